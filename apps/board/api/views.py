"""Dashboards and the audit trail. No endpoint here could return an arm: the login cannot read one."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.board import presenters, selectors, services
from apps.board.api import serializers as s
from apps.core.api.pagination import Pages
from apps.core.api.views import Endpoint
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import site_get, study_get


class CoordinatorDashboard(Endpoint):
    """Today at a site."""

    @extend_schema(operation_id="dashboard_coordinator", responses=s.CoordinatorOut)
    def get(self, request: Request, site_id: UUID) -> Response:
        now = self.now()
        site = site_get(viewer=request.user, site_id=site_id, permission=Permission.DASHBOARD_SITE, now=now)
        day = selectors.today_at(viewer=request.user, site=site, now=now)
        body = {
            "site": day.site,
            "sessions": day.sessions,
            "due": day.due,
            "overdue": day.overdue,
            "coming": day.coming,
            "screenings": day.screenings,
            "to_randomize": [participant.number for participant in day.to_randomize],
            "findings_open": len(day.findings),
            "reminders_failed": day.reminders_failed,
        }
        return Response(s.CoordinatorOut(body).data)


class SponsorDashboard(Endpoint):
    """Enrolment of a study, small cells hidden."""

    @extend_schema(operation_id="dashboard_sponsor", responses=s.SponsorOut)
    def get(self, request: Request, code: str) -> Response:
        now = self.now()
        study = study_get(viewer=request.user, code=code, now=now)
        found = selectors.enrolment_of(viewer=request.user, study=study, now=now)
        return Response(presenters.enrolment_body(found))


class AuditEvents(Endpoint):
    """Acts of a study, latest first, as far as I may read them."""

    @extend_schema(
        operation_id="audit_events_list", parameters=[s.AuditQuery], responses=s.AuditOut(many=True)
    )
    def get(self, request: Request, code: str) -> Response:
        now = self.now()
        study = study_get(viewer=request.user, code=code, now=now)
        wanted = self.read_query(request, s.AuditQuery)
        pages = Pages()
        rows = pages.paginate_queryset(
            selectors.audit_events(viewer=request.user, study=study, now=now, **wanted), request
        )
        return pages.get_paginated_response(s.AuditOut(rows, many=True).data)


class AuditVerifications(Endpoint):
    """Walks over the chains of acts of a study, latest first; and asking for one."""

    @extend_schema(operation_id="audit_verifications_list", responses=s.AuditVerificationOut(many=True))
    def get(self, request: Request, code: str) -> Response:
        now = self.now()
        study = study_get(viewer=request.user, code=code, now=now)
        pages = Pages()
        rows = pages.paginate_queryset(
            selectors.audit_verifications(viewer=request.user, study=study, now=now), request
        )
        return pages.get_paginated_response(s.AuditVerificationOut(rows, many=True).data)

    @extend_schema(
        operation_id="audit_verification_request", request=None, responses={202: s.AuditVerificationOut}
    )
    def post(self, request: Request, code: str) -> Response:
        now = self.now()
        study = study_get(viewer=request.user, code=code, now=now)
        run = services.audit_verification_request(study=study, by=request.user, at=now)
        return Response(s.AuditVerificationOut(run).data, status=202)


class AuditAnchors(Endpoint):
    """The latest anchors, with the heads of this study's chains."""

    @extend_schema(operation_id="audit_anchors_list", responses=s.AuditAnchorOut(many=True))
    def get(self, request: Request, code: str) -> Response:
        now = self.now()
        study = study_get(viewer=request.user, code=code, now=now)
        found = selectors.audit_anchors(viewer=request.user, study=study, now=now)
        return Response(s.AuditAnchorOut(found, many=True).data)
