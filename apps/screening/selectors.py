"""Reading screenings: the answers that count, the facts they give, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.asking import Asked, Question, ask_together
from apps.core.exceptions import NotFound, Reason
from apps.instruments import selectors as instruments
from apps.participants import selectors as participants
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Participant
from apps.screening.domain.decision import ScreeningState
from apps.screening.domain.eligibility import Assessment, Verdict, assess
from apps.screening.domain.facts import Known, facts_of
from apps.screening.domain.sections import CRITERION, FACT
from apps.screening.models import Answer, Screening
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import FactValue, Protocol, Stage
from apps.studies.selectors import protocol_of

AnswerKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class EligibilitySnapshot:
    """Eligibility just before a draw. `facts` include scores that no page may show; `reasons` never tell them."""

    eligible: bool
    signed: bool
    reasons: tuple[Reason, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    screening_id: UUID | None = None


def screening_latest(*, participant: Participant, lock: bool = False) -> Screening | None:
    """Return the newest attempt; `lock` needs a transaction."""
    rows = Screening.objects.select_related("protocol_version", "decided_by").filter(participant=participant)
    if lock:
        rows = rows.select_for_update(of=("self",))
    return rows.order_by("-attempt").first()


def screening_of(
    *, viewer: User, participant_id: UUID, now: datetime
) -> tuple[Participant, Screening | None]:
    """
    Return a participant with the newest attempt.

    :raises NotFound: if the participant is absent, or the viewer does not hold screening:read at the site
    """
    participant = participants.participant_get(
        viewer=viewer, participant_id=participant_id, now=now, permission=Permission.SCREENING_READ
    )
    return participant, screening_latest(participant=participant)


def screening_get(
    *, viewer: User, screening_id: UUID, now: datetime, lock: bool = False
) -> tuple[Participant, Screening]:
    """
    Return an attempt with its participant; `lock` locks both, the participant first, as every writer does.

    :raises NotFound: if it is absent or at another site
    """
    owner = Screening.objects.filter(pk=screening_id).values_list("participant_id", flat=True).first()
    if owner is None:
        raise NotFound("There is no such screening.")
    participant = participants.participant_get(
        viewer=viewer, participant_id=owner, now=now, permission=Permission.SCREENING_READ, lock=lock
    )
    rows = Screening.objects.select_related("protocol_version")
    if lock:
        rows = rows.select_for_update(of=("self",))
    return participant, rows.get(pk=screening_id)


def screenings_of(*, participant: Participant) -> QuerySet[Screening]:
    """Return every attempt, newest first."""
    return Screening.objects.filter(participant=participant).select_related("decided_by").order_by("-attempt")


def answers_current(*, screening: Screening) -> dict[AnswerKey, Answer]:
    """Return the answers that count, by kind and key: those no later one has replaced."""
    rows = Answer.objects.filter(screening=screening, superseded_by__isnull=True).select_related(
        "recorded_by"
    )
    return {(answer.kind, answer.key): answer for answer in rows}


def values_current(*, screening: Screening) -> dict[AnswerKey, Any]:
    """Return the values that count, by kind and key; None where something was not assessed."""
    rows = Answer.objects.filter(screening=screening, superseded_by__isnull=True)
    return {(kind, key): value for kind, key, value in rows.values_list("kind", "key", "value")}


def facts_current(
    *, participant: Participant, screening: Screening, values: dict[AnswerKey, Any] | None = None
) -> dict[str, FactValue]:
    """Return every fact of the protocol: for rules. Sensitive ones are among them."""
    totals = ask_together(instruments.totals_known(participant=participant.pk))[0]
    found = values if values is not None else values_current(screening=screening)
    return _facts(participant, screening, found, totals)


def _facts(
    participant: Participant,
    screening: Screening,
    values: dict[AnswerKey, Any],
    totals: Iterable[tuple[str, str, int | None]],
) -> dict[str, FactValue]:
    rated: dict[str, dict[str, int | None]] = {}
    for instrument, visit, total in totals:
        rated.setdefault(instrument, {})[visit] = total
    known = Known(
        age_years=participant.age_years,
        sex=participant.sex,
        country=participant.site.country,
        site=participant.site.code,
        entered=_of_kind(FACT, values),
        totals=rated,
        attempt=screening.attempt,
    )
    return facts_of(protocol_of(screening.protocol_version), known)


def assessment(
    *,
    participant: Participant,
    screening: Screening,
    stage: Stage,
    values: dict[AnswerKey, Any] | None = None,
    facts: dict[str, FactValue] | None = None,
) -> Assessment:
    """Return the verdict of an attempt at a gate, with every reason."""
    protocol: Protocol = protocol_of(screening.protocol_version)
    found = values if values is not None else values_current(screening=screening)
    return assess(
        protocol=protocol,
        facts=facts
        if facts is not None
        else facts_current(participant=participant, screening=screening, values=found),
        judgements=_of_kind(CRITERION, found),
        stage=stage,
    )


def eligibility_for_randomization(*, participant_id: UUID) -> EligibilitySnapshot:
    """
    Return whether a participant may be randomized, with everything against it, from the answers as they are now.

    The caller has asked for the permission, asks for the consent itself, and holds the participant's lock, which
    every writer of answers takes.
    """
    participant = Participant.objects.select_related("site", "study").get(pk=participant_id)
    return eligibility_judged(
        participant, ask_together(*eligibility_questions(participant_id=participant_id))
    )


def eligibility_questions(*, participant_id: UUID) -> tuple[Asked, ...]:
    """Return what `eligibility_judged` must know, for who asks more at the same time."""
    return (
        _attempt_latest(participant=participant_id),
        _values_standing(participant=participant_id),
        instruments.totals_known(participant=participant_id),
    )


def eligibility_judged(participant: Participant, answers: Sequence[list[Any]]) -> EligibilitySnapshot:
    """Return the verdict from the answers to `eligibility_questions`."""
    attempts, standing, totals = answers
    if not attempts:
        return EligibilitySnapshot(False, False, (Reason("not_screened", "There is no screening yet."),))
    screening = attempts[0]
    values = {(kind, key): value for of, kind, key, value in standing if of == screening.pk}
    facts = _facts(participant, screening, values, totals)
    found = assessment(
        participant=participant, screening=screening, stage="randomization", values=values, facts=facts
    )
    signed = (
        screening.state == ScreeningState.ELIGIBLE.value
        and participant.status == ParticipantStatus.ELIGIBLE.value
    )
    reasons = list(found.reasons)
    if not signed:
        reasons.append(Reason("not_signed", "An investigator has not signed the eligibility."))
    return EligibilitySnapshot(
        eligible=found.verdict is Verdict.ELIGIBLE,
        signed=signed,
        reasons=tuple(reasons),
        facts=dict(facts),
        screening_id=screening.pk,
    )


@Question
def _attempt_latest(participant: UUID) -> QuerySet[Screening]:
    rows = Screening.objects.select_related("protocol_version").defer("protocol_version__document")
    return rows.filter(participant=participant).order_by("-attempt")[:1]


@Question
def _values_standing(participant: UUID) -> QuerySet[Answer]:
    rows = Answer.objects.filter(screening__participant=participant, superseded_by__isnull=True)
    return rows.values_list("screening_id", "kind", "key", "value")


def _of_kind(kind: str, values: dict[AnswerKey, Any]) -> dict[str, Any]:
    return {key: value for (held, key), value in values.items() if held == kind}
