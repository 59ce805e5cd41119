"""The two hours over HTTP. `PUT /observations/{id}` may be repeated until it is answered."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.services import signature_check
from apps.core.api.views import Endpoint
from apps.core.exceptions import Invalid, Reason
from apps.monitoring import selectors, services
from apps.monitoring.api import serializers as s
from apps.monitoring.domain.conditions import Statement
from apps.monitoring.presenters.data import board_data, plan_data
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import site_get


class ObservationDetail(Endpoint):
    """One set of readings, under the identifier the device gave it."""

    @extend_schema(operation_id="observation_get", responses=s.ObservationOut)
    def get(self, request: Request, observation_id: UUID) -> Response:
        found = selectors.observation_get(viewer=request.user, observation_id=observation_id, now=self.now())
        return Response(s.ObservationOut(found).data)

    @extend_schema(
        operation_id="observation_record",
        request=s.ObservationIn,
        responses={200: s.ObservationOut, 201: s.ObservationOut},
        description=(
            "201: recorded now. 200: the same content under this identifier was recorded before; repeating is safe. "
            "409: the identifier was used for another content. 422: values or times that cannot be right, all named."
        ),
    )
    def put(self, request: Request, observation_id: UUID) -> Response:
        given = self.read(request, s.ObservationIn)
        minute = s.whole_minute(given.get("slot_minute"))
        if isinstance(minute, Reason):
            raise Invalid(minute)
        observation, created = services.observation_record(
            observation_id=observation_id,
            session_id=given["session"],
            slot_minute=minute,
            values={name: given[name] for name in s.VALUE_NAMES if given.get(name) is not None},
            observed_at=given["observed_at"],
            entered_at=given["entered_at"],
            device_now=given["device_now"],
            late_reason=given["late_reason"],
            not_done=given["not_done"],
            confirmed=given["confirmed"],
            note=given["note"],
            by=request.user,
            at=self.now(),
        )
        return Response(s.ObservationOut(observation).data, status=201 if created else 200)


@extend_schema(exclude=True)
class ObservationBare(ObservationDetail):
    """The same without the closing stroke."""


class SessionObservations(Endpoint):
    """The readings of a session as they happened."""

    @extend_schema(operation_id="observations_list", responses=s.ObservationOut(many=True))
    def get(self, request: Request, session_id: UUID) -> Response:
        rows = selectors.observations_of(viewer=request.user, session_id=session_id, now=self.now())
        return Response(s.ObservationOut(rows, many=True).data)


class SessionPlan(Endpoint):
    """What is due when, what was done, and what is still in the way of leaving."""

    @extend_schema(operation_id="session_plan_get", responses=s.PlanOut)
    def get(self, request: Request, session_id: UUID) -> Response:
        watch = selectors.watch(viewer=request.user, session_id=session_id, now=self.now())
        return Response(s.PlanOut(plan_data(watch)).data)


class SessionDischarge(Endpoint):
    """Let the participant go."""

    @extend_schema(
        operation_id="session_discharge",
        request=s.DischargeIn,
        responses={201: s.ReleaseOut},
        description="409 names every condition that is not met, with what would meet it.",
    )
    def post(self, request: Request, session_id: UUID) -> Response:
        given, now = self.read(request, s.DischargeIn), self.now()
        signature_check(user=request.user, password=given["password"], meaning="participant.release", at=now)
        release = services.participant_release(
            session_id=session_id,
            statement=Statement(confirmed=frozenset(given["confirmed"]), accepted=given["accepted"]),
            by=request.user,
            at=now,
        )
        return Response(s.ReleaseOut(release).data, status=201)


class SessionReleaseEarly(Endpoint):
    """Let the participant go before every condition holds: an investigator's signed decision, and a deviation."""

    @extend_schema(
        operation_id="session_release_early",
        request=s.EarlyReleaseIn,
        responses={201: s.ReleaseOut},
        description="409 names every ground against it; what the protocol never lets a category override stays.",
    )
    def post(self, request: Request, session_id: UUID) -> Response:
        given, now = self.read(request, s.EarlyReleaseIn), self.now()
        signature_check(
            user=request.user, password=given["password"], meaning="participant.release_early", at=now
        )
        release = services.participant_release_early(
            session_id=session_id,
            statement=Statement(confirmed=frozenset(given["confirmed"]), accepted=given["accepted"]),
            category=given["category"],
            reason=given["reason"],
            by=request.user,
            at=now,
        )
        return Response(s.ReleaseOut(release).data, status=201)


class FindingAcknowledge(Endpoint):
    """Take note of a finding."""

    @extend_schema(operation_id="finding_acknowledge", request=None, responses=s.FindingOut)
    def post(self, request: Request, finding_id: UUID) -> Response:
        found = services.finding_acknowledge(finding_id=finding_id, by=request.user, at=self.now())
        return Response(s.FindingOut(found).data)


class BoardNow(Endpoint):
    """The chairs of a site: who sits where, what is due, who is expected."""

    @extend_schema(operation_id="board_get", parameters=[s.BoardQuery], responses=s.BoardOut)
    def get(self, request: Request) -> Response:
        wanted, now = self.read_query(request, s.BoardQuery), self.now()
        site = None
        if "site" in wanted:
            site = site_get(
                viewer=request.user, site_id=wanted["site"], permission=Permission.SESSION_READ, now=now
            )
        return Response(s.BoardOut(board_data(selectors.board(viewer=request.user, now=now, site=site))).data)
