"""Who watches whom, the prescriber on site, and the report of both, over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.services import signature_check
from apps.core.api.views import Endpoint
from apps.monitoring import selectors, services
from apps.monitoring.api import watcher_serializers as s
from apps.monitoring.presenters.attendance import attendance_csv
from apps.monitoring.presenters.data import attendance_data
from apps.studies.domain.permissions import Permission
from apps.studies.models import Site
from apps.studies.selectors import site_get

CONFLICT = "409 names, for each session whose version is not the one expected, who watches it now."


class SessionWatcher(Endpoint):
    """Who watches a participant, and how the watch changed hands."""

    @extend_schema(operation_id="session_watcher_get", responses=s.WatchingDetailOut)
    def get(self, request: Request, session_id: UUID) -> Response:
        found = selectors.watching(viewer=request.user, session_id=session_id, now=self.now())
        return Response(s.WatchingDetailOut(found).data)


def _expected(given: dict[str, Any]) -> dict[UUID, int]:
    return {entry["session"]: entry["version"] for entry in given["sessions"]}


class WatchTakeOver(Endpoint):
    """Take over the watch: one participant or a whole shift, all or none, with one signature."""

    @extend_schema(
        operation_id="watch_take_over",
        request=s.TakeOverIn,
        responses={200: s.WatchingOut(many=True)},
        description=f"You watch them from now on. {CONFLICT}",
    )
    def post(self, request: Request) -> Response:
        given, now = self.read(request, s.TakeOverIn), self.now()
        signature_check(user=request.user, password=given["password"], meaning="watch.taken", at=now)
        taken = services.watch_take_over(expected=_expected(given), by=request.user, at=now)
        return Response(s.WatchingOut(taken, many=True).data)


class WatchLeave(Endpoint):
    """Leave although nobody takes over. From then on nobody watches them, and everybody is told."""

    @extend_schema(
        operation_id="watch_leave",
        request=s.LeaveIn,
        responses={200: s.WatchingOut(many=True)},
        description=CONFLICT,
    )
    def post(self, request: Request) -> Response:
        given, now = self.read(request, s.LeaveIn), self.now()
        signature_check(user=request.user, password=given["password"], meaning="watch.left", at=now)
        left = services.watch_leave(
            expected=_expected(given), reason=given["reason"], by=request.user, at=now
        )
        return Response(s.WatchingOut(left, many=True).data)


class Prescribers(Endpoint):
    """The prescribers on site."""

    @extend_schema(operation_id="prescribers_get", responses=s.PresenceOut)
    def get(self, request: Request, site_id: UUID) -> Response:
        return self._answer(request, site_id)

    @extend_schema(
        operation_id="prescriber_mark",
        request=s.PresenceIn,
        responses=s.PresenceOut,
        description="Mark yourself on site, or off; repeating is safe. A stay ends at latest at the site's midnight.",
    )
    def put(self, request: Request, site_id: UUID) -> Response:
        given = self.read(request, s.PresenceIn)
        services.prescriber_mark(site_id=site_id, on_site=given["on_site"], by=request.user, at=self.now())
        return self._answer(request, site_id)

    def _answer(self, request: Request, site_id: UUID) -> Response:
        now = self.now()
        site = selectors.presence_site(viewer=request.user, site_id=site_id, now=now)
        found = selectors.prescribers_on_site(site=site, now=now)
        return Response(s.PresenceOut({"site": site.code, "prescribers": found}).data)


def _asked(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """Return the sites and days of the report asked for."""
    wanted, now = endpoint.read_query(request, s.AttendanceQuery), endpoint.now()
    site: Site | None = None
    if "site" in wanted:
        site = site_get(
            viewer=request.user, site_id=wanted["site"], permission=Permission.WATCH_REPORT, now=now
        )
    sites = selectors.attendance_sites(viewer=request.user, now=now, site=site)
    return {"sites": sites, "starts_on": wanted["starts_on"], "ends_on": wanted["ends_on"]}


class AttendanceReport(Endpoint):
    """For each session who watched how long, the minutes nobody watched, and those without a prescriber on site."""

    @extend_schema(operation_id="attendance_get", parameters=[s.AttendanceQuery], responses=s.AttendanceOut)
    def get(self, request: Request) -> Response:
        found = selectors.attendance(viewer=request.user, **_asked(self, request), now=self.now())
        return Response(s.AttendanceOut(attendance_data(found)).data)


class AttendanceFile(Endpoint):
    """The same as CSV, one line for each session."""

    @extend_schema(
        operation_id="attendance_csv_get",
        parameters=[s.AttendanceQuery],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        found = services.attendance_export(**_asked(self, request), by=request.user, at=self.now())
        return HttpResponse(attendance_csv(found), content_type="text/csv; charset=utf-8")
