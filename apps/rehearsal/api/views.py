"""Rehearsals, going live and closing, for programs."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.services import signature_check
from apps.core.api.pagination import Pages
from apps.core.api.views import Endpoint
from apps.core.exceptions import NotFound
from apps.rehearsal import presenters, selectors, services
from apps.rehearsal.api import serializers as s
from apps.rehearsal.domain.document import document_pdf
from apps.rehearsal.services.runs import MOST_SEED
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import study_get


class RehearsalList(Endpoint):
    """The rehearsals of a study, and asking for one; the operator runs it with the owner's login."""

    @extend_schema(operation_id="rehearsals_list", responses=s.RehearsalOut(many=True))
    def get(self, request: Request, code: str) -> Response:
        now = self.now()
        study = study_get(viewer=request.user, code=code, now=now)
        pages = Pages()
        rows = pages.paginate_queryset(selectors.runs_of(viewer=request.user, study=study, now=now), request)
        return pages.get_paginated_response(s.RehearsalOut(rows, many=True).data)

    @extend_schema(operation_id="rehearsal_request", request=s.RehearsalIn, responses={202: s.RehearsalOut})
    def post(self, request: Request, code: str) -> Response:
        now = self.now()
        study = study_get(viewer=request.user, code=code, now=now)
        given = self.read(request, s.RehearsalIn)
        seed = secrets.randbelow(MOST_SEED) if given["seed"] is None else given["seed"]
        run = services.rehearsal_request(
            study=study, participants=given["participants"], seed=seed, by=request.user, at=now
        )
        where = f"/api/v1/rehearsals/{run.pk}/"
        return Response(s.RehearsalOut(run).data, status=202, headers={"Location": where})


class RehearsalDetail(Endpoint):
    """One rehearsal: what was rehearsed, what was found, who signed."""

    @extend_schema(operation_id="rehearsal_get", responses=s.RehearsalDetailOut)
    def get(self, request: Request, run_id: UUID) -> Response:
        run = selectors.run_get(viewer=request.user, run_id=run_id, now=self.now())
        signatures = s.RehearsalSignatureOut(selectors.signatures_of(run=run), many=True).data
        body: dict[str, Any] = {"parts": run.parts, "findings": run.findings, "played": run.played}
        return Response({**s.RehearsalOut(run).data, **body, "signatures": signatures})


class Signatures(Endpoint):
    """Sign the report, with the password once more."""

    @extend_schema(
        operation_id="rehearsal_sign",
        request=s.RehearsalSignatureIn,
        responses={201: s.RehearsalSignatureOut},
    )
    def post(self, request: Request, run_id: UUID) -> Response:
        now = self.now()
        given = self.read(request, s.RehearsalSignatureIn)
        selectors.run_get(viewer=request.user, run_id=run_id, now=now)
        signature_check(user=request.user, password=given["password"], meaning=services.MEANING, at=now)
        signature = services.rehearsal_sign(run_id=run_id, by=request.user, at=now)
        return Response(s.RehearsalSignatureOut(signature).data, status=201)


class Report(Endpoint):
    """The report as PDF."""

    @extend_schema(
        operation_id="rehearsal_report",
        responses={(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, "The report")},
    )
    def get(self, request: Request, run_id: UUID) -> HttpResponse:
        run = selectors.run_get(viewer=request.user, run_id=run_id, now=self.now())
        if run.finished_at is None:
            raise NotFound("There is no such report.")
        content = document_pdf(presenters.document_of(run, selectors.signatures_of(run=run)))
        answer = HttpResponse(content, content_type="application/pdf")
        answer["Content-Disposition"] = f'attachment; filename="rehearsal-{run.study.code}.pdf"'
        answer["Cache-Control"] = "no-store"
        return answer


class GoLive(Endpoint):
    """What stands against going live, and the step itself."""

    @extend_schema(operation_id="study_go_live_get", responses=s.GoLiveOut)
    def get(self, request: Request, code: str) -> Response:
        now = self.now()
        study = study_get(viewer=request.user, code=code, now=now)
        access.check_anywhere(
            user=request.user, permission=Permission.REHEARSAL_READ, study_id=study.pk, now=now
        )
        proof = selectors.proof_of(study=study, now=now)
        shown = presenters.go_live_of(state=study.state, proof=proof)
        body = {"study": study.code, "state": study.state, "rehearsal": proof.run_id}
        return Response(s.GoLiveOut({**body, "reasons_against": shown.reasons}).data)

    @extend_schema(operation_id="study_go_live", request=s.RehearsalSignatureIn, responses=s.StudyStateOut)
    def post(self, request: Request, code: str) -> Response:
        now = self.now()
        study = study_get(viewer=request.user, code=code, now=now)
        given = self.read(request, s.RehearsalSignatureIn)
        signature_check(user=request.user, password=given["password"], meaning="study goes live", at=now)
        return Response(
            s.StudyStateOut(services.study_go_live(study_id=study.pk, by=request.user, at=now)).data
        )


class Close(Endpoint):
    """Close a live study nobody is in any more."""

    @extend_schema(operation_id="study_close", request=s.StudyCloseIn, responses=s.StudyStateOut)
    def post(self, request: Request, code: str) -> Response:
        now = self.now()
        study = study_get(viewer=request.user, code=code, now=now)
        given = self.read(request, s.StudyCloseIn)
        signature_check(user=request.user, password=given["password"], meaning="study is closed", at=now)
        closed = services.study_close(study_id=study.pk, reason=given["reason"], by=request.user, at=now)
        return Response(s.StudyStateOut(closed).data)
