"""The screening of a participant: opened, read with both verdicts, answered, signed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.services import signature_check
from apps.core.api.views import Endpoint
from apps.core.exceptions import NotFound
from apps.participants.models import Participant
from apps.screening import selectors, services
from apps.screening.api import serializers as s
from apps.screening.domain.decision import Signed
from apps.screening.models import Screening


class Screened(Endpoint):
    """What every endpoint of a screening needs: the newest attempt, and its full account."""

    def load(self, request: Request, participant_id: UUID) -> tuple[Participant, Screening]:
        """
        Return a participant with the newest attempt.

        :raises NotFound: if there is none the caller may read
        """
        participant, screening = selectors.screening_of(
            viewer=request.user, participant_id=participant_id, now=self.now()
        )
        if screening is None:
            raise NotFound("There is no screening yet.")
        return participant, screening

    def full(self, participant: Participant, screening: Screening) -> dict[str, Any]:
        """Return the screening with its answers and both gates, as the output serializer writes it."""
        answers = selectors.answers_current(screening=screening)
        values = {key: answer.value for key, answer in answers.items()}
        facts = selectors.facts_current(participant=participant, screening=screening, values=values)
        gates = {
            f"{stage}_gate": selectors.assessment(
                participant=participant, screening=screening, stage=stage, values=values, facts=facts
            )
            for stage in ("screening", "randomization")
        }
        plain = {name: getattr(screening, name) for name in s.ScreeningAttemptOut().fields}
        return s.ScreeningAttemptFullOut({**plain, **gates, "answers": list(answers.values())}).data


class ScreeningOpen(Endpoint):
    """Open a screening; an open one is returned as it is."""

    @extend_schema(
        operation_id="screening_open",
        request=s.OpenIn,
        responses={200: s.ScreeningAttemptOut, 201: s.ScreeningAttemptOut},
    )
    def post(self, request: Request) -> Response:
        now = self.now()
        screening = services.screening_open(**self.read(request, s.OpenIn), by=request.user, at=now)
        made = screening.opened_at == now
        return Response(s.ScreeningAttemptOut(screening).data, status=201 if made else 200)


class ScreeningDetail(Screened):
    """The newest attempt with its answers and both verdicts, every reason named."""

    @extend_schema(operation_id="screening_get", responses=s.ScreeningAttemptFullOut)
    def get(self, request: Request, participant_id: UUID) -> Response:
        return Response(self.full(*self.load(request, participant_id)))


class Answers(Screened):
    """Put answers, all or none. What says the same as before is left alone."""

    @extend_schema(
        operation_id="screening_answers_put", request=s.AnswersIn, responses=s.ScreeningAttemptFullOut
    )
    def put(self, request: Request, participant_id: UUID) -> Response:
        now = self.now()
        given = self.read(request, s.AnswersIn)["answers"]
        participant, screening = self.load(request, participant_id)
        services.answers_record(
            screening_id=screening.pk,
            answers=[services.AnswerGiven(**{"observed_at": now, **answer}) for answer in given],
            by=request.user,
            at=now,
        )
        screening.refresh_from_db()
        return Response(self.full(participant, screening))


class Decision(Screened):
    """Sign the verdict, with the password once more."""

    @extend_schema(operation_id="screening_decide", request=s.DecisionIn, responses=s.ScreeningAttemptOut)
    def post(self, request: Request, participant_id: UUID) -> Response:
        now = self.now()
        given = self.read(request, s.DecisionIn)
        _, screening = self.load(request, participant_id)
        signed = Signed(given["signed"])
        signature_check(
            user=request.user,
            password=given["password"],
            meaning=f"screening {signed.value.lower()}",
            at=now,
        )
        done = services.screening_decide(
            screening_id=screening.pk,
            signed=signed,
            version=given["version"],
            note=given["note"],
            by=request.user,
            at=now,
        )
        return Response(s.ScreeningAttemptOut(done).data)


class Reopen(Screened):
    """Take a signature back to correct an error."""

    @extend_schema(operation_id="screening_reopen", request=s.ReopenIn, responses=s.ScreeningAttemptOut)
    def post(self, request: Request, participant_id: UUID) -> Response:
        given = self.read(request, s.ReopenIn)
        _, screening = self.load(request, participant_id)
        done = services.screening_reopen(screening_id=screening.pk, **given, by=request.user, at=self.now())
        return Response(s.ScreeningAttemptOut(done).data)
