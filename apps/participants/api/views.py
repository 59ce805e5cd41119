"""Participants, their consents, their identity, and leaving."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.pagination import Pages
from apps.core.api.views import Endpoint
from apps.core.exceptions import Invalid, Reason
from apps.participants import selectors, services
from apps.participants.api import serializers as s

KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="A UUID; the same as `id` in the body"
)


class ParticipantList(Endpoint):
    """Everybody at my sites; and the way in."""

    @extend_schema(
        operation_id="participants_list",
        parameters=[s.ParticipantQuery],
        responses=s.ParticipantOut(many=True),
    )
    def get(self, request: Request) -> Response:
        wanted = self.read_query(request, s.ParticipantQuery)
        rows = selectors.participants_of(
            viewer=request.user,
            now=self.now(),
            status=wanted.get("status", ""),
            search=wanted.get("search", ""),
        )
        if "study" in wanted:
            rows = rows.filter(study__code=wanted["study"])
        if "site" in wanted:
            rows = rows.filter(site__code=wanted["site"])
        pages = Pages()
        return pages.get_paginated_response(
            s.ParticipantOut(pages.paginate_queryset(rows, request), many=True).data
        )

    @extend_schema(
        operation_id="participant_enroll",
        parameters=[KEY],
        request=s.ParticipantIn,
        responses={200: s.ParticipantOut, 201: s.ParticipantOut},
    )
    def post(self, request: Request) -> Response:
        now = self.now()
        given = self.read(request, s.ParticipantIn)
        chosen = given.pop("id", None) or self._key(request)
        participant = services.participant_enroll(**given, participant_id=chosen, by=request.user, at=now)
        # A repeated request answers with the participant made by the first one.
        made = participant.recorded_at == now
        return Response(s.ParticipantOut(participant).data, status=201 if made else 200)

    @staticmethod
    def _key(request: Request) -> UUID | None:
        text = request.headers.get("Idempotency-Key", "")
        try:
            return UUID(text) if text else None
        except ValueError:
            raise Invalid(Reason("invalid", "The key must be a UUID.", "Idempotency-Key")) from None


class ParticipantDetail(Endpoint):
    """One participant, by number: no name, no arm."""

    @extend_schema(operation_id="participant_get", responses=s.ParticipantOut)
    def get(self, request: Request, participant_id: UUID) -> Response:
        found = selectors.participant_get(viewer=request.user, participant_id=participant_id, now=self.now())
        return Response(s.ParticipantOut(found).data)


class ConsentList(Endpoint):
    """The consents of a participant, newest first."""

    @extend_schema(operation_id="consents_list", responses=s.ConsentOut(many=True))
    def get(self, request: Request, participant_id: UUID) -> Response:
        found = selectors.participant_get(viewer=request.user, participant_id=participant_id, now=self.now())
        return Response(s.ConsentOut(selectors.consents_of(participant=found), many=True).data)

    @extend_schema(operation_id="consent_record", request=s.ConsentIn, responses={201: s.ConsentOut})
    def post(self, request: Request, participant_id: UUID) -> Response:
        now = self.now()
        consent = services.consent_record(
            participant_id=participant_id, **self.read(request, s.ConsentIn), by=request.user, at=now
        )
        return Response(s.ConsentOut(consent).data, status=201 if consent.recorded_at == now else 200)


class IdentityDetail(Endpoint):
    """Who the participant is. Every reading is recorded."""

    @extend_schema(operation_id="identity_read", responses=s.IdentityOut)
    def get(self, request: Request, participant_id: UUID) -> Response:
        identity = services.identity_read(participant_id=participant_id, by=request.user, at=self.now())
        return Response(s.IdentityOut(identity).data)


class ParticipantDiscontinue(Endpoint):
    """Let a participant leave."""

    @extend_schema(
        operation_id="participant_discontinue", request=s.DiscontinueIn, responses=s.ParticipantOut
    )
    def post(self, request: Request, participant_id: UUID) -> Response:
        left = services.participant_discontinue(
            participant_id=participant_id,
            **self.read(request, s.DiscontinueIn),
            by=request.user,
            at=self.now(),
        )
        return Response(s.ParticipantOut(left).data)
