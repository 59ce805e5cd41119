"""Studies, their protocol, sites and delegation log."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.pagination import Pages
from apps.core.api.views import Endpoint
from apps.studies import access, presenters, selectors, services
from apps.studies.api import serializers as s
from apps.studies.domain.permissions import Permission, Role


class StudyList(Endpoint):
    """The studies I belong to."""

    @extend_schema(operation_id="studies_list", responses=s.StudyOut(many=True))
    def get(self, request: Request) -> Response:
        return Response(s.StudyOut(selectors.studies_of(viewer=request.user, now=self.now()), many=True).data)


class StudyDetail(Endpoint):
    """One study."""

    @extend_schema(operation_id="study_get", responses=s.StudyOut)
    def get(self, request: Request, code: str) -> Response:
        return Response(s.StudyOut(selectors.study_get(viewer=request.user, code=code, now=self.now())).data)


class StudyProtocol(Endpoint):
    """The protocol in force, as data."""

    @extend_schema(operation_id="study_protocol_get", responses=s.ProtocolOut)
    def get(self, request: Request, code: str) -> Response:
        now = self.now()
        study = selectors.study_get(viewer=request.user, code=code, now=now)
        access.check_anywhere(user=request.user, permission=Permission.STUDY_READ, study_id=study.id, now=now)
        version = selectors.protocol_version_current(study=study, now=now)
        shown = presenters.protocol_public(version.document)
        body = {
            "number": version.number,
            "label": version.label,
            "digest": version.digest,
            "effective_at": version.effective_at,
        }
        return Response(s.ProtocolOut({**body, "document": shown}).data)


class SiteList(Endpoint):
    """The sites of a study."""

    @extend_schema(operation_id="sites_list", responses=s.SiteOut(many=True))
    def get(self, request: Request, code: str) -> Response:
        now = self.now()
        study = selectors.study_get(viewer=request.user, code=code, now=now)
        access.check_anywhere(user=request.user, permission=Permission.STUDY_READ, study_id=study.id, now=now)
        return Response(s.SiteOut(study.sites.order_by("code"), many=True).data)

    @extend_schema(operation_id="site_create", request=s.SiteIn, responses={201: s.SiteOut})
    def post(self, request: Request, code: str) -> Response:
        now = self.now()
        study = selectors.study_get(viewer=request.user, code=code, now=now)
        site = services.site_create(study=study, **self.read(request, s.SiteIn), by=request.user, at=now)
        return Response(s.SiteOut(site).data, status=201)


class DelegationList(Endpoint):
    """The delegation log, as far as I may read it."""

    @extend_schema(operation_id="delegations_list", responses=s.DelegationOut(many=True))
    def get(self, request: Request, code: str) -> Response:
        now = self.now()
        study = selectors.study_get(viewer=request.user, code=code, now=now)
        access.check_anywhere(
            user=request.user, permission=Permission.DELEGATION_READ, study_id=study.id, now=now
        )
        pages = Pages()
        rows = pages.paginate_queryset(
            selectors.delegations_of(viewer=request.user, study=study, now=now), request
        )
        return pages.get_paginated_response(s.DelegationOut(rows, many=True).data)

    @extend_schema(operation_id="delegation_grant", request=s.DelegationIn, responses={201: s.DelegationOut})
    def post(self, request: Request, code: str) -> Response:
        now = self.now()
        study = selectors.study_get(viewer=request.user, code=code, now=now)
        given = self.read(request, s.DelegationIn)
        given["role"] = Role(given["role"])
        made = services.delegation_grant(study_id=study.id, **given, by=request.user, at=now)
        return Response(s.DelegationOut(made).data, status=201)


class DelegationEnd(Endpoint):
    """End a delegation now, with a reason."""

    @extend_schema(operation_id="delegation_end", request=s.ReasonIn, responses=s.DelegationOut)
    def post(self, request: Request, delegation_id: UUID) -> Response:
        ended = services.delegation_end(
            delegation_id=delegation_id, **self.read(request, s.ReasonIn), by=request.user, at=self.now()
        )
        return Response(s.DelegationOut(ended).data)
