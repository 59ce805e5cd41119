"""Papers over HTTP: as PDF, and as the values behind it."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import Endpoint
from apps.core.exceptions import NotFound
from apps.papers import presenters, selectors, services
from apps.papers.api import serializers as s
from apps.papers.domain.documents.blocks import Kind
from apps.papers.services import Paper
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import site_get

KIND = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=list(presenters.PAPERS))
PDF = {(200, "application/pdf"): OpenApiTypes.BINARY}


def _kind(given: str) -> Kind:
    if given not in presenters.PAPERS:
        raise NotFound("There is no such paper.")
    return cast(Kind, given)


class PaperDetail(Endpoint):
    """A paper of a session as values."""

    @extend_schema(operation_id="paper_get", parameters=[KIND], responses=s.PaperOut)
    def get(self, request: Request, session_id: UUID, kind: str) -> Response:
        wanted, now = _kind(kind), self.now()
        watch = selectors.watch_of(viewer=request.user, session_id=session_id, now=now)
        record = selectors.record_of(viewer=request.user, watch=watch)
        if wanted == "downtime":
            sheet = selectors.downtime_of_session(viewer=request.user, session_id=session_id, now=now)
            values: dict | None = presenters.downtime_values(sheet)
        else:
            values = presenters.paper_values(record, wanted)
        if values is None:
            raise NotFound("This session has no such paper.")
        about = presenters.head_values(record, now=now)
        return Response(s.PaperOut({"paper": wanted, "about": about, "values": values}).data)


class PaperPdf(Endpoint):
    """A paper of a session as PDF. Printing it is recorded."""

    @extend_schema(operation_id="paper_pdf_get", parameters=[KIND], responses=PDF)
    def get(self, request: Request, session_id: UUID, kind: str) -> HttpResponse:
        wanted, now = _kind(kind), self.now()
        if wanted == "downtime":
            return _pdf(services.downtime_print(session_id=session_id, by=request.user, at=now))
        return _pdf(services.paper_print(session_id=session_id, kind=wanted, by=request.user, at=now))


class VisitDowntime(Endpoint):
    """The sheet to write on for a visit without a session, as PDF. Printing it is recorded."""

    @extend_schema(operation_id="visit_downtime_pdf_get", responses=PDF)
    def get(self, request: Request, visit_id: UUID) -> HttpResponse:
        return _pdf(services.downtime_print(visit_id=visit_id, by=request.user, at=self.now()))


def _pdf(made: Paper) -> HttpResponse:
    answer = HttpResponse(made.content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{made.name}"'
    answer["Cache-Control"] = "no-store"
    return answer


class SheetsDue(Endpoint):
    """The finished sessions whose sheet was not sent, the most pressing first."""

    @extend_schema(
        operation_id="sheets_due_list", parameters=[s.SheetsDueQuery], responses=s.SheetDueOut(many=True)
    )
    def get(self, request: Request) -> Response:
        wanted, now = self.read_query(request, s.SheetsDueQuery), self.now()
        site = None
        if "site" in wanted:
            site = site_get(
                viewer=request.user, site_id=wanted["site"], permission=Permission.SESSION_READ, now=now
            )
        found = selectors.sheets_due(viewer=request.user, now=now, site=site)
        return Response(s.SheetDueOut(found, many=True).data)


class SheetSent(Endpoint):
    """That the sheet of a session was sent."""

    @extend_schema(
        operation_id="sheet_sent_record",
        request=s.SentIn,
        responses={201: s.SendingOut},
        description="409: it stands as sent already; take that back first, with a reason.",
    )
    def post(self, request: Request, session_id: UUID) -> Response:
        given = self.read(request, s.SentIn)
        line = services.sheet_sending_record(session_id=session_id, **given, by=request.user, at=self.now())
        return Response(s.SendingOut(line).data, status=201)

    @extend_schema(
        operation_id="sheet_sent_take_back",
        request=s.TakeBackIn,
        responses={201: s.SendingOut},
        description="A new line: it was not sent after all. The earlier line stays.",
    )
    def patch(self, request: Request, session_id: UUID) -> Response:
        given = self.read(request, s.TakeBackIn)
        line = services.sheet_sending_take_back(
            session_id=session_id, reason=given["reason"], by=request.user, at=self.now()
        )
        return Response(s.SendingOut(line).data, status=201)
