"""A small study with people in both arms, far enough to be reported on."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from apps.dosing.models import DosingSession, SessionTransition
from apps.instruments.models import Rating
from apps.participants.models import Participant
from apps.randomization.services import participant_randomize
from apps.safety.models import AdverseEvent, Medication
from apps.schedule.models import Visit
from tests.apps.randomization import worlds
from tests.apps.randomization.conftest import ready, verdicts
from tests.factories.cast import Cast

__all__ = ["ready", "verdicts"]

DAY = timedelta(days=1)


def treated(cast: Cast, one: Participant, *, at: datetime, number: int) -> None:
    """Give Day 1, ratings to Day 28 (the last of them missing for some), the oral drug and an adverse event."""
    visit = one.visits.filter(code="D1").first() or Visit.objects.create(
        participant=one, code="D1", label="Day 1", day=1, is_dose=True, opens_at=at, target_date=at.date(),
        closes_at=at + DAY, recorded_at=at, recorded_by=cast.coordinator,
    )  # fmt: skip
    session = DosingSession.objects.create(
        visit=visit, participant=one, site=one.site, state="DISCHARGED", chair=1, dose_mg=56, dose_requested_at=at,
        dose_requested_by=cast.investigator, checked_in_at=at, dosed_at=at + timedelta(hours=1),
        ended_at=at + timedelta(hours=3), recorded_at=at, recorded_by=cast.nurse,
    )  # fmt: skip
    SessionTransition.objects.create(
        session=session, action="SPRAY", from_state="CLEARED", to_state="DOSING", at=at + timedelta(hours=1),
        recorded_at=at + timedelta(hours=1), recorded_by=cast.nurse,
    )  # fmt: skip
    Medication.objects.create(
        participant=one,
        kind="STUDY_ORAL",
        name="sertraline",
        started_on=at.date(),
        recorded_at=at,
        recorded_by=cast.coordinator,
    )
    for code, day, total in (
        ("D1", 1, 38),
        ("D2", 2, 30),
        ("D8", 8, 26),
        ("D15", 15, 24),
        ("D22", 22, 22),
        ("D28", 28, 8 + number),
    ):
        if code == "D28" and number % 4 == 0:
            continue
        when = at + (day - 1) * DAY
        Rating.objects.create(
            participant=one, instrument="MADRS", visit_code=code, items={}, total=total + number % 5, observed_at=when,
            entered_at=when, recorded_at=when, recorded_by=cast.rater,
        )  # fmt: skip
    AdverseEvent.objects.create(
        participant=one, term="Dizziness", severity="MILD", causality="POSSIBLE",
        onset_at=at + timedelta(hours=1, minutes=20),
        resolved_at=at + timedelta(hours=2), outcome="RESOLVED", site_aware_at=at + timedelta(hours=2), recorded_at=at,
        recorded_by=cast.nurse,
    )  # fmt: skip


@pytest.fixture
def reported(ready: Cast, at: datetime) -> Cast:
    """Twelve people of Berlin, randomized for real."""
    for number in range(1, 13):
        one = worlds.participant_make(ready, at=at)
        participant_randomize(participant_id=one.pk, key=uuid4(), by=ready.investigator, at=at)
        one.refresh_from_db()
        treated(ready, one, at=at, number=number)
    return ready
