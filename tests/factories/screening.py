"""Screenings for tests: opened, answered, rated and signed, as the story needs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from apps.instruments.models import RatingSlot
from apps.instruments.services import rating_record
from apps.participants.models import Participant
from apps.screening import selectors
from apps.screening.domain.decision import Signed
from apps.screening.domain.sections import CRITERION, FACT
from apps.screening.models import Screening
from apps.screening.services import AnswerGiven, answers_record, screening_decide, screening_open
from apps.studies.selectors import protocol_of
from tests.factories.answers import PASSING_TOTALS, passing_facts, passing_judgements
from tests.factories.cast import Cast
from tests.factories.participants import enrolled
from tests.factories.ratings import items_with_total

#: Screening takes four weeks; who is eligible at `at` consented this long before.
SCREENING_TAKES = timedelta(days=27)


def opened(cast: Cast, *, at: datetime, **changes: Any) -> tuple[Participant, Screening]:
    """Enrol somebody who consented at `at` and open the screening."""
    participant = enrolled(cast, at=at, **changes)
    return participant, screening_open(participant_id=participant.pk, by=cast.coordinator, at=at)


def answered(
    cast: Cast,
    screening: Screening,
    *,
    at: datetime,
    facts: dict[str, Any] | None = None,
    judgements: dict[str, Any] | None = None,
) -> None:
    """Answer everything so that all criteria pass, except what is given."""
    protocol = protocol_of(screening.protocol_version)
    questions = {(FACT, key): value for key, value in passing_facts(protocol, **(facts or {})).items()} | {
        (CRITERION, code): value for code, value in passing_judgements(protocol, **(judgements or {})).items()
    }
    answers_record(
        screening_id=screening.pk,
        answers=[AnswerGiven(kind, key, value, at) for (kind, key), value in questions.items()],
        by=cast.coordinator,
        at=at,
    )


def rated(
    cast: Cast, participant: Participant, *, at: datetime, totals: dict[str, int] | None = None
) -> None:
    """Let the blinded rater hold every planned interview that is open by `at`, each on the first day of its window."""
    wanted = {**PASSING_TOTALS["MADRS"], **(totals or {})}
    for slot in RatingSlot.objects.filter(participant=participant, opens_at__lte=at, ratings__isnull=True):
        total = wanted[slot.visit_code.partition(".")[0]]
        held = min(at, slot.opens_at + timedelta(hours=10))
        rating_record(
            slot_id=slot.pk,
            items=items_with_total("MADRS", total or 0),
            observed_at=held,
            entered_at=held,
            by=cast.rater,
            at=at,
        )


def signed(cast: Cast, participant: Participant, *, at: datetime, as_: Signed = Signed.ELIGIBLE) -> Screening:
    """Let the investigator sign the verdict on the answers as they are."""
    screening = selectors.screening_latest(participant=participant)
    assert screening is not None
    return screening_decide(
        screening_id=screening.pk, signed=as_, version=screening.version, by=cast.investigator, at=at
    )


def eligible(cast: Cast, *, at: datetime, **person: Any) -> Participant:
    """Return somebody who is eligible at `at` with everything known that randomization asks for."""
    began = at - SCREENING_TAKES
    participant = enrolled(cast, at=at, consented_at=began, **person)
    screening = screening_open(participant_id=participant.pk, by=cast.coordinator, at=at)
    answered(cast, screening, at=at)
    rated(cast, participant, at=at)
    signed(cast, participant, at=at)
    participant.refresh_from_db()
    return participant
