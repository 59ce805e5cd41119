"""Check-in: who may sit where, when, and every ground against it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.audit.models import AuditEvent
from apps.core.exceptions import NotFound
from apps.dosing.models import SessionTransition
from apps.dosing.services import (
    CheckInRefused,
    session_check_in,
)
from apps.participants.models import Participant
from apps.participants.services import participant_discontinue
from tests.apps.dosing.acts import codes
from tests.factories.cast import Cast
from tests.factories.treatment import (
    checked_in,
    in_treatment,
    observing,
    visit_of,
)


def test_check_in_opens_a_session_in_a_chair(person: Participant, cast: Cast, at: datetime) -> None:
    session = session_check_in(visit_id=visit_of(person, "D1").pk, chair=3, by=cast.coordinator, at=at)
    assert (session.state, session.chair, session.version) == ("CHECKED_IN", 3, 1)
    step = SessionTransition.objects.get(session=session)
    assert (step.action, step.from_state, step.to_state) == ("CHECK_IN", "", "CHECKED_IN")
    event = AuditEvent.objects.get(kind="session.checked_in")
    assert (event.participant_number, event.site_code) == (person.number, "DE01")


def test_check_in_is_refused_with_every_ground(person: Participant, cast: Cast, at: datetime) -> None:
    participant_discontinue(
        participant_id=person.pk, reason_code="WITHDREW_CONSENT", reason="", by=cast.investigator, at=at
    )
    with pytest.raises(CheckInRefused) as refused:
        session_check_in(visit_id=visit_of(person, "D4").pk, chair=7, by=cast.nurse, at=at)
    assert codes(refused) == [
        "not_in_treatment",
        "no_consent",
        "window_not_open",
        "first_dose_first",
        "no_such_chair",
    ]


def test_a_visit_without_a_dose_has_no_session(person: Participant, cast: Cast, at: datetime) -> None:
    with pytest.raises(CheckInRefused) as refused:
        session_check_in(visit_id=visit_of(person, "D2").pk, chair=1, by=cast.nurse, at=at)
    assert "no_dosing_visit" in codes(refused)


def test_one_session_for_a_visit_and_one_person_to_a_chair(
    person: Participant, cast: Cast, at: datetime
) -> None:
    checked_in(cast, person, at=at, chair=1)
    with pytest.raises(CheckInRefused) as twice:
        session_check_in(visit_id=visit_of(person, "D1").pk, chair=1, by=cast.nurse, at=at)
    assert codes(twice) == ["session_open", "chair_taken"]
    other = in_treatment(cast, at=at)
    with pytest.raises(CheckInRefused) as same_chair:
        session_check_in(visit_id=visit_of(other, "D1").pk, chair=1, by=cast.nurse, at=at)
    assert codes(same_chair) == ["chair_taken"]


def test_the_day_after_a_dose_is_too_soon_for_the_next(person: Participant, cast: Cast, at: datetime) -> None:
    """Given two days late, the first dose moves the window of Day 4; the spacing still counts from the real dose."""
    late = at + timedelta(days=2)
    observing(cast, person, at=late)
    with pytest.raises(CheckInRefused) as refused:
        session_check_in(
            visit_id=visit_of(person, "D4").pk, chair=2, by=cast.nurse, at=late + timedelta(days=1)
        )
    assert "doses_too_close" in codes(refused)


def test_who_may_not_check_in_here_finds_no_visit(person: Participant, cast: Cast, at: datetime) -> None:
    visit = visit_of(person, "D1")
    for stranger in (
        cast.other_nurse,
        cast.rater,
        cast.sponsor,
        cast.pharmacist,
        cast.outsider,
        cast.monitor,
    ):
        with pytest.raises(NotFound):
            session_check_in(visit_id=visit.pk, chair=1, by=stranger, at=at)
