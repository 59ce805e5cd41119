"""Sessions: open one, and take it step by step. Every act names the version its sender saw."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.services import signature_check
from apps.core.api.pagination import Pages
from apps.core.api.views import Endpoint
from apps.dosing import selectors, services
from apps.dosing.api import serializers as s
from apps.dosing.models import DosingSession
from apps.dosing.presenters import session_values
from apps.studies import access
from apps.studies.domain.permissions import Permission


def _shown(request: Request, session_id: UUID, now: datetime) -> dict[str, Any]:
    session = selectors.session_get(viewer=request.user, session_id=session_id, now=now)
    return s.DosingSessionDetailOut(session_values(session=session, now=now)).data


class SessionList(Endpoint):
    """The sessions at my sites, newest first; and check-in."""

    @extend_schema(
        operation_id="sessions_list", parameters=[s.SessionQuery], responses=s.DosingSessionOut(many=True)
    )
    def get(self, request: Request) -> Response:
        wanted = self.read_query(request, s.SessionQuery)
        rows = selectors.sessions_visible(viewer=request.user, now=self.now())
        if "site" in wanted:
            rows = rows.filter(site__code=wanted["site"])
        if "participant" in wanted:
            rows = rows.filter(participant_id=wanted["participant"])
        if wanted["open"] is not None:
            rows = rows.filter(ended_at__isnull=wanted["open"])
        pages = Pages()
        return pages.get_paginated_response(
            s.DosingSessionOut(pages.paginate_queryset(rows, request), many=True).data
        )

    @extend_schema(
        operation_id="session_check_in", request=s.CheckInIn, responses={201: s.DosingSessionDetailOut}
    )
    def post(self, request: Request) -> Response:
        now = self.now()
        session = services.session_check_in(**self.read(request, s.CheckInIn), by=request.user, at=now)
        return Response(s.DosingSessionDetailOut(session_values(session=session, now=now)).data, status=201)


class SessionDetail(Endpoint):
    """One session: gates, doses open, kits and devices."""

    @extend_schema(operation_id="session_get", responses=s.DosingSessionDetailOut)
    def get(self, request: Request, session_id: UUID) -> Response:
        return Response(_shown(request, session_id, self.now()))


class _Act(Endpoint):
    """One act on a session; the answer is the session as it stands then."""

    def done(self, request: Request, session: DosingSession, now: datetime) -> Response:
        return Response(_shown(request, session.pk, now))


class SessionGates(_Act):
    """Answer gates: one, several or all."""

    @extend_schema(operation_id="session_gates_record", request=s.GatesIn, responses=s.DosingSessionDetailOut)
    def post(self, request: Request, session_id: UUID) -> Response:
        now = self.now()
        given = self.read(request, s.GatesIn)
        return self.done(
            request, services.gates_record(session_id=session_id, **given, by=request.user, at=now), now
        )


class SessionGateOverride(_Act):
    """Let the dose go on against a gate that holds: an investigator's act, signed with the password."""

    @extend_schema(
        operation_id="session_gate_override", request=s.OverrideIn, responses=s.DosingSessionDetailOut
    )
    def post(self, request: Request, session_id: UUID, gate: str) -> Response:
        now = self.now()
        given = self.read(request, s.OverrideIn)
        session = selectors.session_get(viewer=request.user, session_id=session_id, now=now)
        access.check(user=request.user, permission=Permission.GATE_OVERRIDE, site_id=session.site_id, now=now)
        password = given.pop("password")
        signature_check(user=request.user, password=password, meaning=f"Override of gate {gate}", at=now)
        done = services.gate_override(session_id=session_id, gate=gate, **given, by=request.user, at=now)
        return self.done(request, done, now)


class SessionClear(_Act):
    """Clear the session to dose."""

    @extend_schema(operation_id="session_clear", request=s.VersionIn, responses=s.DosingSessionDetailOut)
    def post(self, request: Request, session_id: UUID) -> Response:
        now = self.now()
        given = self.read(request, s.VersionIn)
        return self.done(
            request, services.session_clear(session_id=session_id, **given, by=request.user, at=now), now
        )


class SessionDose(_Act):
    """Ask for the dose of this visit; the answer names its kits."""

    @extend_schema(operation_id="session_dose_request", request=s.DoseIn, responses=s.DosingSessionDetailOut)
    def post(self, request: Request, session_id: UUID) -> Response:
        now = self.now()
        given = self.read(request, s.DoseIn)
        return self.done(
            request, services.dose_request(session_id=session_id, **given, by=request.user, at=now), now
        )


class SessionSpray(_Act):
    """Record the first spray of the next device. The first of all is T0."""

    @extend_schema(operation_id="session_spray", request=s.SprayIn, responses=s.DosingSessionDetailOut)
    def post(self, request: Request, session_id: UUID) -> Response:
        now = self.now()
        given = {"sprayed_at": now, **self.read(request, s.SprayIn)}
        return self.done(
            request, services.spray_first(session_id=session_id, **given, by=request.user, at=now), now
        )


class DeviceClose(_Act):
    """Record the second spray of a device and how it went."""

    @extend_schema(operation_id="session_device_close", request=s.CloseIn, responses=s.DosingSessionDetailOut)
    def post(self, request: Request, session_id: UUID, ordinal: int) -> Response:
        now = self.now()
        given = self.read(request, s.CloseIn)
        done = services.device_close(session_id=session_id, ordinal=ordinal, **given, by=request.user, at=now)
        return self.done(request, done, now)


class SessionStop(_Act):
    """Stop before any spray, or end the dose here; with a reason."""

    @extend_schema(operation_id="session_stop", request=s.StopIn, responses=s.DosingSessionDetailOut)
    def post(self, request: Request, session_id: UUID) -> Response:
        now = self.now()
        given = self.read(request, s.StopIn)
        return self.done(
            request, services.session_stop(session_id=session_id, **given, by=request.user, at=now), now
        )
