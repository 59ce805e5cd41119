"""The schedule from the draw to the last visit: planned, moved, appointed, held, missed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, NotAllowed, NotFound, Refused
from apps.instruments.models import RatingSlot
from apps.participants.models import Participant
from apps.participants.services import participant_discontinue
from apps.schedule import selectors
from apps.schedule.domain.acts import NotAppointed, VisitNotOpen
from apps.schedule.models import Visit
from apps.schedule.services import (
    visit_appoint,
    visit_attend,
    visit_hold,
    visit_miss,
    visits_plan,
    visits_reanchor,
)
from tests.factories.cast import Cast
from tests.factories.treatment import in_treatment, stock_make, visit_of

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def person(cast: Cast, at: datetime) -> Participant:
    stock_make(cast, at=at)
    return in_treatment(cast, at=at)


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


def hold(participant: Participant, code: str, *, cast: Cast, at: datetime) -> Visit:
    return visit_hold(visit=visit_of(participant, code), by=cast.nurse, at=at)


def test_a_draw_lays_out_every_visit_from_the_very_day_at_the_site(person: Participant) -> None:
    visits = list(selectors.visits_of(participant_id=person.pk))
    assert [visit.code for visit in visits] == [
        "D1",
        "D2",
        "D4",
        "D8",
        "D11",
        "D15",
        "D18",
        "D22",
        "D25",
        "D28",
    ]
    assert [visit.day for visit in visits if visit.is_dose] == [1, 4, 8, 11, 15, 18, 22, 25]
    assert visits[0].target_date == date(2026, 3, 10)
    # Day 28 is after the spring change: midnight in Berlin is then 22:00 UTC.
    assert visits[-1].opens_at.isoformat() == "2026-04-05T22:00:00+00:00"
    assert AuditEvent.objects.filter(kind="schedule.planned", participant_number=person.number).count() == 1


def test_planning_twice_keeps_what_stands(person: Participant, cast: Cast, at: datetime) -> None:
    before = list(selectors.visits_of(participant_id=person.pk))
    again = visits_plan(participant=person, expected_at=at + timedelta(days=3), by=cast.coordinator, at=at)
    assert list(again) == before


def test_the_blinded_rater_gets_a_slot_for_each_madrs_and_for_nothing_else(person: Participant) -> None:
    slots = RatingSlot.objects.filter(participant=person)
    assert {slot.visit_code for slot in slots} == {"D1", "D2", "D8", "D15", "D22", "D28"}
    assert {slot.instrument for slot in slots} == {"MADRS"}


def test_a_first_dose_on_another_day_moves_every_window_and_interview_with_it(
    person: Participant, cast: Cast, at: datetime
) -> None:
    moved = visits_reanchor(participant=person, first_dose_date=date(2026, 3, 12), by=cast.nurse, at=at)
    assert len(moved) == 10
    assert visit_of(person, "D28").target_date == date(2026, 4, 8)
    day_8 = visit_of(person, "D8")
    assert RatingSlot.objects.get(participant=person, visit_code="D8").opens_at == day_8.opens_at


def test_a_visit_already_held_keeps_its_window(person: Participant, cast: Cast, at: datetime) -> None:
    hold(person, "D1", cast=cast, at=at)
    hold(person, "D2", cast=cast, at=at + timedelta(days=1))
    before = visit_of(person, "D2").opens_at
    visits_reanchor(participant=person, first_dose_date=date(2026, 3, 12), by=cast.nurse, at=at)
    assert visit_of(person, "D2").opens_at == before


def test_an_appointment_keeps_day_hour_and_chair(person: Participant, cast: Cast, at: datetime) -> None:
    when = datetime(2026, 3, 13, 9, 30, tzinfo=BERLIN)
    visit = visit_appoint(
        visit_id=visit_of(person, "D4").pk, planned_at=when, chair=2, by=cast.coordinator, at=at
    )
    assert (visit.planned_at, visit.chair, visit.version) == (when, 2, 2)
    assert AuditEvent.objects.filter(kind="visit.appointed", subject_id=str(visit.pk)).exists()


def test_an_appointment_is_refused_with_every_ground(person: Participant, cast: Cast, at: datetime) -> None:
    hold(person, "D1", cast=cast, at=at)
    with pytest.raises(NotAppointed) as refused:
        visit_appoint(
            visit_id=visit_of(person, "D4").pk,
            planned_at=datetime(2026, 3, 11, 9, tzinfo=BERLIN),
            chair=9,
            by=cast.coordinator,
            at=at,
        )
    assert codes(refused) == ["window_not_open", "doses_too_close", "no_such_chair"]


def test_appointments_keep_clear_of_each_other(person: Participant, cast: Cast, at: datetime) -> None:
    hold(person, "D1", cast=cast, at=at)

    def appoint(code: str, day: int) -> Visit:
        return visit_appoint(
            visit_id=visit_of(person, code).pk,
            planned_at=datetime(2026, 3, day, 9, tzinfo=BERLIN),
            chair=1,
            by=cast.coordinator,
            at=at,
        )

    appoint("D4", 14)
    with pytest.raises(NotAppointed) as refused:
        appoint("D8", 16)
    assert codes(refused) == ["too_many_doses_in_a_week"]
    appoint("D8", 17)


def test_appointing_the_first_dose_for_another_day_moves_the_schedule(
    person: Participant, cast: Cast, at: datetime
) -> None:
    visit_appoint(
        visit_id=visit_of(person, "D1").pk,
        planned_at=datetime(2026, 3, 12, 9, tzinfo=BERLIN),
        chair=1,
        by=cast.coordinator,
        at=at,
    )
    first = visit_of(person, "D1")
    assert first.target_date == date(2026, 3, 12)
    assert first.planned_at is not None
    assert visit_of(person, "D4").target_date == date(2026, 3, 15)


def test_who_may_not_plan_may_not_appoint_and_another_site_is_not_there(
    person: Participant, cast: Cast, at: datetime
) -> None:
    visit = visit_of(person, "D4")
    when = datetime(2026, 3, 13, 9, tzinfo=BERLIN)
    with pytest.raises(NotAllowed):
        visit_appoint(visit_id=visit.pk, planned_at=when, by=cast.nurse, at=at)
    for stranger in (cast.other_coordinator, cast.rater, cast.sponsor, cast.outsider):
        with pytest.raises(NotFound):
            visit_appoint(visit_id=visit.pk, planned_at=when, by=stranger, at=at)
    with pytest.raises(NotFound):
        visit_appoint(visit_id=uuid4(), planned_at=when, by=cast.coordinator, at=at)


def test_a_stale_version_is_a_conflict(person: Participant, cast: Cast, at: datetime) -> None:
    visit = visit_of(person, "D4")
    when = datetime(2026, 3, 13, 9, tzinfo=BERLIN)
    visit_appoint(visit_id=visit.pk, planned_at=when, version=1, by=cast.coordinator, at=at)
    with pytest.raises(Conflict):
        visit_appoint(visit_id=visit.pk, planned_at=when, version=1, by=cast.investigator, at=at)


def test_a_visit_without_a_dose_is_held_by_the_coordinator(
    person: Participant, cast: Cast, at: datetime
) -> None:
    later = at + timedelta(days=1)
    visit = visit_attend(visit_id=visit_of(person, "D2").pk, held_at=later, by=cast.coordinator, at=later)
    assert visit.held_by == cast.coordinator
    with pytest.raises(VisitNotOpen) as twice:
        visit_attend(visit_id=visit.pk, held_at=later, by=cast.coordinator, at=later)
    assert codes(twice) == ["visit_held"]


def test_a_dosing_visit_is_held_by_its_spray_alone(person: Participant, cast: Cast, at: datetime) -> None:
    with pytest.raises(VisitNotOpen) as refused:
        visit_attend(visit_id=visit_of(person, "D1").pk, held_at=at, by=cast.coordinator, at=at)
    assert codes(refused) == ["held_by_the_dose"]


def test_a_visit_held_outside_its_window_is_recorded_as_such(
    person: Participant, cast: Cast, at: datetime
) -> None:
    hold(person, "D1", cast=cast, at=at)
    late = at + timedelta(days=5)
    visit = visit_attend(visit_id=visit_of(person, "D2").pk, held_at=late, by=cast.coordinator, at=late)
    event = AuditEvent.objects.get(kind="visit.held", subject_id=str(visit.pk))
    assert event.detail["in_window"] is False
    assert event.detail["study_day"] == 6


def test_the_last_double_blind_visit_completes_treatment(
    person: Participant, cast: Cast, at: datetime
) -> None:
    hold(person, "D1", cast=cast, at=at)
    end = at + timedelta(days=27)
    visit_attend(visit_id=visit_of(person, "D28").pk, held_at=end, by=cast.coordinator, at=end)
    person.refresh_from_db()
    assert person.status == "COMPLETED"


def test_a_visit_is_missed_with_a_reason_once_its_window_is_open(
    person: Participant, cast: Cast, at: datetime
) -> None:
    visit = visit_of(person, "D4")
    with pytest.raises(VisitNotOpen) as early:
        visit_miss(visit_id=visit.pk, reason="", by=cast.coordinator, at=at)
    assert codes(early) == ["window_not_open", "reason_needed"]
    later = at + timedelta(days=3)
    missed = visit_miss(
        visit_id=visit.pk, reason="Did not come, telephoned twice", by=cast.coordinator, at=later
    )
    assert missed.missed_by == cast.coordinator
    with pytest.raises(VisitNotOpen) as twice:
        visit_miss(visit_id=visit.pk, reason="Again", by=cast.coordinator, at=later)
    assert codes(twice) == ["visit_missed"]


def test_who_left_the_trial_has_nothing_due(person: Participant, cast: Cast, at: datetime) -> None:
    later = at + timedelta(days=4)
    assert {visit.code for visit in selectors.visits_due(viewer=cast.coordinator, now=later)} == {
        "D1",
        "D2",
        "D4",
    }
    participant_discontinue(
        participant_id=person.pk,
        reason_code="WITHDREW_CONSENT",
        reason="Moved away",
        by=cast.coordinator,
        at=later,
    )
    assert not selectors.visits_due(viewer=cast.coordinator, now=later)
    with pytest.raises(VisitNotOpen) as refused:
        visit_attend(visit_id=visit_of(person, "D2").pk, held_at=later, by=cast.coordinator, at=later)
    assert codes(refused) == ["left_the_trial"]


def test_visits_are_read_by_the_clinic_and_by_nobody_else(
    person: Participant, cast: Cast, at: datetime
) -> None:
    for reader in (cast.coordinator, cast.investigator, cast.nurse, cast.monitor):
        assert selectors.visits_between(viewer=reader, now=at).count() == 10
    for stranger in (cast.rater, cast.sponsor, cast.pharmacist, cast.other_coordinator, cast.outsider):
        assert selectors.visits_between(viewer=stranger, now=at).count() == 0
