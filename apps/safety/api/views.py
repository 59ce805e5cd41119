"""Adverse events: the list, a new one, one to read, change or close."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.pagination import Pages
from apps.core.api.views import Endpoint
from apps.participants.selectors import participant_get
from apps.safety import selectors, services
from apps.safety.api import serializers as s
from apps.safety.presenters import event_values
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.unblinding.services import identity_check


class EventList(Endpoint):
    """The adverse events at my sites, newest onset first."""

    @extend_schema(
        operation_id="adverse_events_list", parameters=[s.EventQuery], responses=s.EventOut(many=True)
    )
    def get(self, request: Request) -> Response:
        wanted = self.read_query(request, s.EventQuery)
        rows = selectors.adverse_events_visible(
            viewer=request.user,
            now=self.now(),
            participant_id=wanted.get("participant"),
            session_id=wanted.get("session"),
            search=wanted["search"],
            serious=wanted["serious"],
            ongoing=wanted["ongoing"],
        )
        if "site" in wanted:
            rows = rows.filter(participant__site__code=wanted["site"])
        pages = Pages()
        found = pages.paginate_queryset(rows, request)
        return pages.get_paginated_response(
            s.EventOut([event_values(event) for event in found or []], many=True).data
        )

    @extend_schema(operation_id="adverse_event_record", request=s.EventIn, responses={201: s.EventOut})
    def post(self, request: Request) -> Response:
        given = self.read(request, s.EventIn)
        made = services.adverse_event_record(**given, by=request.user, at=self.now())
        return Response(_shown(made), status=201)


class EventDetail(Endpoint):
    """One adverse event; a change names its reason and the version its sender saw."""

    @extend_schema(operation_id="adverse_event_get", responses=s.EventOut)
    def get(self, request: Request, adverse_event_id: UUID) -> Response:
        return Response(
            _shown(
                selectors.adverse_event_get(
                    viewer=request.user, adverse_event_id=adverse_event_id, now=self.now()
                )
            )
        )

    @extend_schema(operation_id="adverse_event_update", request=s.EventChangeIn, responses=s.EventOut)
    def patch(self, request: Request, adverse_event_id: UUID) -> Response:
        given = self.read(request, s.EventChangeIn)
        return Response(
            _shown(
                services.adverse_event_update(
                    adverse_event_id=adverse_event_id, **given, by=request.user, at=self.now()
                )
            )
        )


class EventResolve(Endpoint):
    """Record that an event is over."""

    @extend_schema(operation_id="adverse_event_resolve", request=s.ResolveIn, responses=s.EventOut)
    def post(self, request: Request, adverse_event_id: UUID) -> Response:
        given = self.read(request, s.ResolveIn)
        return Response(
            _shown(
                services.adverse_event_resolve(
                    adverse_event_id=adverse_event_id, **given, by=request.user, at=self.now()
                )
            )
        )


def _shown(event: Any) -> Any:
    return s.EventOut(event_values(event)).data


class MedicationList(Endpoint):
    """What a participant takes beside the nasal spray."""

    @extend_schema(operation_id="medications_list", responses=s.MedicationOut(many=True))
    def get(self, request: Request, participant_id: UUID) -> Response:
        participant = participant_get(
            viewer=request.user,
            participant_id=participant_id,
            now=self.now(),
            permission=Permission.ADVERSE_EVENT_READ,
        )
        return Response(s.MedicationOut(selectors.medications_of(participant=participant), many=True).data)

    @extend_schema(operation_id="medication_record", request=s.MedicationIn, responses={201: s.MedicationOut})
    def post(self, request: Request, participant_id: UUID) -> Response:
        given = self.read(request, s.MedicationIn)
        made = services.medication_record(
            participant_id=participant_id, **given, by=request.user, at=self.now()
        )
        return Response(s.MedicationOut(made).data, status=201)


class MedicationStop(Endpoint):
    """Record the last day of a medicine."""

    @extend_schema(operation_id="medication_stop", request=s.MedicationStopIn, responses=s.MedicationOut)
    def post(self, request: Request, medication_id: UUID) -> Response:
        given = self.read(request, s.MedicationStopIn)
        ended = services.medication_stop(medication_id=medication_id, **given, by=request.user, at=self.now())
        return Response(s.MedicationOut(ended).data)


@method_decorator(sensitive_variables(), name="post")
class EventUnblind(Endpoint):
    """Open the envelope for a serious, related and unexpected event. The safety physician's alone."""

    @extend_schema(operation_id="adverse_event_unblind", request=s.UnblindIn, responses=s.UnblindedOut)
    def post(self, request: Request, adverse_event_id: UUID) -> Response:
        now = self.now()
        event = selectors.adverse_event_get(viewer=request.user, adverse_event_id=adverse_event_id, now=now)
        access.check(
            user=request.user,
            permission=Permission.UNBLINDING_SUSAR,
            site_id=event.participant.site_id,
            now=now,
        )
        given = self.read(request, s.UnblindIn)
        meaning = "I open the treatment code for a suspected unexpected serious reaction"
        identity_check(
            email=given.pop("email"), password=given.pop("password"), meaning=meaning, by=request.user, at=now
        )
        told = services.reaction_unblind(adverse_event_id=event.pk, **given, by=request.user, at=now)
        values = {
            "opening": told.opening.pk,
            "participant": told.opening.subject,
            "treatment": told.arm,
            "told_at": told.at,
        }
        response = Response(s.UnblindedOut(values).data)
        response["Cache-Control"] = "no-store, private, max-age=0"
        return response
