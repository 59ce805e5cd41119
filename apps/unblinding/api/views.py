"""Opening envelopes by program. An answer that holds a treatment is never to be stored by anything on its way."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.services import signature_check
from apps.core.api.pagination import Pages
from apps.core.api.views import Endpoint
from apps.participants.selectors import participant_get
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.unblinding import selectors, services
from apps.unblinding.api import serializers as s
from apps.unblinding.domain.assessment import Assessment

_sealed = method_decorator(sensitive_variables(), name="post")


def unkept(response: Response) -> Response:
    """Return the answer marked so that nothing on its way keeps it."""
    response["Cache-Control"] = "no-store, private, max-age=0"
    response["Pragma"] = "no-cache"
    return response


class Opened(Endpoint):
    """An endpoint that checks who is at the other end before it acts."""

    def confirmed(self, request: Request, serializer: type[s.IdentityIn], meaning: str) -> dict[str, Any]:
        """Return the rest of the body after both components of the signature are found right."""
        given = self.read(request, serializer)
        services.identity_check(
            email=given.pop("email"),
            password=given.pop("password"),
            meaning=meaning,
            by=request.user,
            at=self.now(),
        )
        return given

    def revealed(self, told: services.Revealed) -> Response:
        """Return the answer."""
        values = {
            "opening": told.opening.pk,
            "participant": told.opening.subject,
            "treatment": told.arm,
            "told_at": told.at,
        }
        return unkept(Response(s.RevealedOut(values).data))


@_sealed
class CodeBreak(Opened):
    """The emergency code break of one participant."""

    @extend_schema(operation_id="code_break", request=s.BreakIn, responses=s.RevealedOut)
    def post(self, request: Request, participant_id: UUID) -> Response:
        found = participant_get(viewer=request.user, participant_id=participant_id, now=self.now())
        access.check(
            user=request.user,
            permission=Permission.UNBLINDING_OPEN,
            site_id=found.site_id,
            now=self.now(),
        )
        given = self.confirmed(request, s.BreakIn, "I open the treatment code of this participant")
        told = services.envelope_break(participant_id=participant_id, **given, by=request.user, at=self.now())
        return self.revealed(told)


@_sealed
class HandOver(Opened):
    """Hand a treatment over to a clinician; the caller gets a code to read out, and no treatment."""

    @extend_schema(operation_id="code_hand_over", request=s.HandOverIn, responses={201: s.HandedOverOut})
    def post(self, request: Request, participant_id: UUID) -> Response:
        found = participant_get(viewer=request.user, participant_id=participant_id, now=self.now())
        access.check(
            user=request.user,
            permission=Permission.UNBLINDING_MEDIATE,
            site_id=found.site_id,
            now=self.now(),
        )
        given = self.confirmed(
            request, s.HandOverIn, "I hand the treatment of this participant over to a clinician"
        )
        handed = services.envelope_hand_over(
            participant_id=participant_id,
            **given,
            entropy=secrets.token_bytes(16),
            by=request.user,
            at=self.now(),
        )
        values = {
            "opening": handed.opening.pk,
            "clinician": handed.opening.reader.email,
            "code": handed.code,
            "expires_at": handed.opening.expires_at,
        }
        return unkept(Response(s.HandedOverOut(values).data, status=201))


@_sealed
class MessageRead(Opened):
    """Read what was handed over to me, once."""

    @extend_schema(operation_id="code_message_read", request=s.MessageIn, responses=s.RevealedOut)
    def post(self, request: Request, opening_id: UUID) -> Response:
        selectors.message_get(reader=request.user, opening_id=opening_id)
        given = self.confirmed(request, s.MessageIn, "I read the treatment that was handed over to me")
        told = services.message_read(opening_id=opening_id, **given, by=request.user, at=self.now())
        return self.revealed(told)


class OpeningList(Endpoint):
    """That envelopes were opened at my sites, latest first. Never what was in them."""

    @extend_schema(operation_id="code_breaks_list", responses=s.OpeningOut(many=True))
    def get(self, request: Request) -> Response:
        now, pages = self.now(), Pages()
        rows = pages.paginate_queryset(selectors.openings_visible(viewer=request.user, now=now), request)
        found = [s.opening_values(one, now=now) for one in rows or []]
        return pages.get_paginated_response(s.OpeningOut(found, many=True).data)


class OpeningDetail(Endpoint):
    """One opening."""

    @extend_schema(operation_id="code_break_get", responses=s.OpeningOut)
    def get(self, request: Request, opening_id: UUID) -> Response:
        now = self.now()
        found = selectors.opening_get(viewer=request.user, opening_id=opening_id, now=now)
        return Response(s.OpeningOut(s.opening_values(found, now=now)).data)


class AssessmentSign(Endpoint):
    """Sign what an unblinding does to the trial, or correct it."""

    @extend_schema(
        operation_id="impact_assessment_sign", request=s.AssessmentIn, responses={201: s.AssessmentOut}
    )
    def post(self, request: Request, opening_id: UUID) -> Response:
        given, now = self.read(request, s.AssessmentIn), self.now()
        meaning = "I have assessed what this unblinding does to the trial"
        signature_check(user=request.user, password=given.pop("password"), meaning=meaning, at=now)
        seen, change_reason = given.pop("seen"), given.pop("change_reason")
        made = services.assessment_sign(
            opening_id=opening_id,
            given=Assessment(treatment=given.pop("decision"), **given),
            change_reason=change_reason,
            seen=seen,
            by=request.user,
            at=now,
        )
        return Response(s.AssessmentOut(made).data, status=201)


class DrillList(Endpoint):
    """Drills at my sites, latest first; and the start of one."""

    @extend_schema(operation_id="code_drills_list", responses=s.DrillOut(many=True))
    def get(self, request: Request) -> Response:
        pages = Pages()
        rows = pages.paginate_queryset(selectors.drills_visible(viewer=request.user, now=self.now()), request)
        return pages.get_paginated_response(
            s.DrillOut([s.drill_values(drill) for drill in rows or []], many=True).data
        )

    @extend_schema(operation_id="code_drill_start", request=s.DrillIn, responses={201: s.DrillOut})
    def post(self, request: Request) -> Response:
        given = self.read(request, s.DrillIn)
        drill = services.drill_start(site_id=given["site"], by=request.user, at=self.now())
        return Response(s.DrillOut(s.drill_values(drill)).data, status=201)


@_sealed
class DrillOpen(Opened):
    """Open the envelope of one's own drill; the label means nothing."""

    @extend_schema(operation_id="code_drill_open", request=s.BreakIn, responses=s.RevealedOut)
    def post(self, request: Request, drill_id: UUID) -> Response:
        selectors.drill_get(viewer=request.user, drill_id=drill_id, now=self.now())
        given = self.confirmed(request, s.BreakIn, "I open a treatment code in a drill")
        told = services.drill_open(drill_id=drill_id, **given, by=request.user, at=self.now())
        return self.revealed(told)


class LetterList(Endpoint):
    """The treatment letters of my sites' participants, once the study is over: that they are ready."""

    @extend_schema(operation_id="treatment_letters_list", responses=s.LetterOut(many=True))
    def get(self, request: Request) -> Response:
        pages = Pages()
        rows = pages.paginate_queryset(
            selectors.letters_visible(viewer=request.user, now=self.now()), request
        )
        return pages.get_paginated_response(s.LetterOut(rows or [], many=True).data)


@_sealed
class LetterOpen(Opened):
    """Open one letter, to hand it out; every opening is kept."""

    @extend_schema(
        operation_id="treatment_letter_open",
        request=s.LetterIn,
        responses={(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, "The letter")},
    )
    def post(self, request: Request, letter_id: UUID) -> HttpResponse:
        selectors.letter_get(viewer=request.user, letter_id=letter_id, now=self.now())
        given = self.confirmed(request, s.LetterIn, "I open the treatment letter of this participant")
        told = services.letter_open(letter_id=letter_id, **given, by=request.user, at=self.now())
        answer = HttpResponse(told.pages, content_type="application/pdf")
        answer["Content-Disposition"] = f'attachment; filename="letter-{told.opening.subject}.pdf"'
        answer["Cache-Control"] = "no-store, private, max-age=0"
        return answer
