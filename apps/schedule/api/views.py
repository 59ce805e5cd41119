"""Visits: the list, one of them, and what can be done with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.pagination import Pages
from apps.core.api.views import Endpoint
from apps.schedule import selectors, services
from apps.schedule.api import serializers as s


def _shown(found: Any, *, now: datetime, many: bool = False) -> Any:
    def status_of(visit: Any) -> str:
        return selectors.status_of(visit, now=now).value

    return s.ScheduledVisitOut(found, many=many, context={"status_of": status_of}).data


class VisitList(Endpoint):
    """The visits at my sites, the one that closes first at the head."""

    @extend_schema(
        operation_id="visits_list", parameters=[s.VisitQuery], responses=s.ScheduledVisitOut(many=True)
    )
    def get(self, request: Request) -> Response:
        now = self.now()
        wanted = self.read_query(request, s.VisitQuery)
        rows = selectors.visits_between(
            viewer=request.user,
            now=now,
            starts_at=wanted.get("starts_at"),
            ends_at=wanted.get("ends_at"),
        )
        if "participant" in wanted:
            rows = rows.filter(participant_id=wanted["participant"])
        if "site" in wanted:
            rows = rows.filter(participant__site__code=wanted["site"])
        if "study" in wanted:
            rows = rows.filter(participant__study__code=wanted["study"])
        if "status" in wanted:
            rows = selectors.with_status(rows, status=wanted["status"], now=now)
        pages = Pages()
        return pages.get_paginated_response(
            _shown(pages.paginate_queryset(rows, request), now=now, many=True)
        )


class VisitDetail(Endpoint):
    """One visit."""

    @extend_schema(operation_id="visit_get", responses=s.ScheduledVisitOut)
    def get(self, request: Request, visit_id: UUID) -> Response:
        now = self.now()
        return Response(_shown(selectors.visit_get(viewer=request.user, visit_id=visit_id, now=now), now=now))


class VisitAppoint(Endpoint):
    """Appoint a visit. The appointment of the first dose moves all windows with it."""

    @extend_schema(operation_id="visit_appoint", request=s.AppointIn, responses=s.ScheduledVisitOut)
    def post(self, request: Request, visit_id: UUID) -> Response:
        now = self.now()
        given = self.read(request, s.AppointIn)
        return Response(
            _shown(services.visit_appoint(visit_id=visit_id, **given, by=request.user, at=now), now=now)
        )


class VisitHold(Endpoint):
    """Record that a visit without a dose was held; a dosing visit is held by its first spray."""

    @extend_schema(operation_id="visit_hold", request=s.HoldIn, responses=s.ScheduledVisitOut)
    def post(self, request: Request, visit_id: UUID) -> Response:
        now = self.now()
        given = {"held_at": now, **self.read(request, s.HoldIn)}
        return Response(
            _shown(services.visit_attend(visit_id=visit_id, **given, by=request.user, at=now), now=now)
        )


class VisitMiss(Endpoint):
    """Record that a visit will not be held any more, and why."""

    @extend_schema(operation_id="visit_miss", request=s.MissIn, responses=s.ScheduledVisitOut)
    def post(self, request: Request, visit_id: UUID) -> Response:
        now = self.now()
        given = self.read(request, s.MissIn)
        return Response(
            _shown(services.visit_miss(visit_id=visit_id, **given, by=request.user, at=now), now=now)
        )
