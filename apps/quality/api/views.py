"""Deviations: read, entered, assessed, signed."""

from __future__ import annotations

from uuid import UUID

from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.services import signature_check
from apps.core.api.pagination import Pages
from apps.core.api.views import Endpoint
from apps.quality import presenters, selectors, services
from apps.quality.api import serializers as s
from apps.quality.domain.deviations import Assessment, Entry
from apps.studies import access
from apps.studies.domain.permissions import Permission

_ENTRY = tuple(Entry.__dataclass_fields__)
_ASSESSMENT = tuple(Assessment.__dataclass_fields__)


class _Shown(Endpoint):
    def shown(self, request: Request, deviation_id: UUID, status: int = 200) -> Response:
        """Answer with the deviation as it stands now."""
        found = selectors.deviation_get(viewer=request.user, deviation_id=deviation_id, now=self.now())
        values = presenters.values(selectors.dealt(found, now=self.now()))
        return Response(s.DeviationOut(values).data, status=status)


class DeviationList(_Shown):
    """The deviations of my sites, the latest first; and a new one."""

    @extend_schema(
        operation_id="deviations_list", parameters=[s.DeviationQuery], responses=s.DeviationOut(many=True)
    )
    def get(self, request: Request) -> Response:
        wanted = self.read_query(request, s.DeviationQuery)
        site, session = wanted.pop("site", None), wanted.pop("session", None)
        rows = selectors.deviations_visible(viewer=request.user, now=self.now(), session_id=session, **wanted)
        if site:
            rows = rows.filter(site__code=site)
        pages = Pages()
        found = pages.paginate_queryset(rows, request)
        values = [presenters.values(selectors.dealt(one, now=self.now())) for one in found or []]
        return pages.get_paginated_response(s.DeviationOut(values, many=True).data)

    @extend_schema(operation_id="deviation_record", request=s.DeviationIn, responses={201: s.DeviationOut})
    def post(self, request: Request) -> Response:
        given = self.read(request, s.DeviationIn)
        entry = Entry(**{name: given.pop(name) for name in _ENTRY})
        made = services.deviation_record(entry=entry, **given, by=request.user, at=self.now())
        return self.shown(request, made.pk, 201)


class DeviationDetail(_Shown):
    """One deviation as it stands."""

    @extend_schema(operation_id="deviation_get", responses=s.DeviationOut)
    def get(self, request: Request, deviation_id: UUID) -> Response:
        return self.shown(request, deviation_id)


class DeviationAssess(_Shown):
    """Assess it, or assess it anew with a reason."""

    @extend_schema(
        operation_id="deviation_assess", request=s.DeviationAssessmentIn, responses={201: s.DeviationOut}
    )
    def post(self, request: Request, deviation_id: UUID) -> Response:
        given = self.read(request, s.DeviationAssessmentIn)
        assessment = Assessment(**{name: given.pop(name) for name in _ASSESSMENT})
        services.deviation_assess(
            deviation_id=deviation_id, given=assessment, **given, by=request.user, at=self.now()
        )
        return self.shown(request, deviation_id, 201)


@method_decorator(sensitive_variables(), name="post")
class DeviationSign(_Shown):
    """An investigator's signature under the assessment in force, with the password."""

    @extend_schema(operation_id="deviation_sign", request=s.SignIn, responses={201: s.DeviationOut})
    def post(self, request: Request, deviation_id: UUID) -> Response:
        now = self.now()
        found = selectors.deviation_get(viewer=request.user, deviation_id=deviation_id, now=now)
        access.check(user=request.user, permission=Permission.DEVIATION_SIGN, site_id=found.site_id, now=now)
        given = self.read(request, s.SignIn)
        signature_check(user=request.user, password=given["password"], meaning=services.MEANING, at=now)
        services.deviation_sign(deviation_id=deviation_id, seen=given["seen"], by=request.user, at=now)
        return self.shown(request, deviation_id, 201)
