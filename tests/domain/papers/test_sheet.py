"""The monitoring data sheet: every field from the record, what is not known left open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.papers.domain.record import Sent
from apps.papers.domain.sheet import Effect, Sheet, clock_of, due_day, effect_words, late_from, sheet_of
from tests.domain.monitoring.story import PROTOCOL, T0, calm, minute, predose, reading

from .story import conditions, event, gates, record


def sheet(*args: object, **changes: object) -> Sheet:
    made = sheet_of(record(*args, **changes))  # type: ignore[arg-type]
    assert made is not None
    return made


def effect(code: str, made: Sheet) -> Effect:
    return next(one for one in made.effects if one.code == code)


def test_a_calm_session() -> None:
    made = sheet()
    assert (made.acceptable_before, made.acceptable_end) == (True, True)
    assert (made.total_minutes, made.ready_minute) == (121, 40)
    assert [(one.sbp, one.minute) for one in made.pressures_before] == [(122, -20)]
    assert [one.minute for one in made.pressures_peak] == [40]
    assert [one.minute for one in made.pressures_end] == [118]
    assert [one.experienced for one in made.effects] == [False, False, False, False]
    assert {effect_words(one) for one in made.effects} == {"No"}
    assert made.serious == ()
    assert made.medicine_classes[0] == "Benzodiazepine"


def test_dissociation_from_the_first_reading_beyond_to_the_first_back_within() -> None:
    made = sheet(
        predose(),
        calm(30),
        calm(40, slot=40, cadss_total=12),
        calm(60, cadss_total=6),
        calm(90, slot=90, cadss_total=4),
        calm(118, slot=120),
    )
    found = effect("DISSOCIATION", made)
    assert (found.experienced, effect_words(found)) == (True, "from minute 40 to minute 90")


def test_a_total_no_higher_than_before_the_dose_is_no_dissociation() -> None:
    made = sheet(reading(-20, slot=-1, sbp=120, dbp=80, cadss_total=9), calm(40, slot=40, cadss_total=9))
    assert effect("DISSOCIATION", made).experienced is False


def test_what_never_came_back_is_said_in_words() -> None:
    made = sheet(predose(), calm(15, moaas=4), calm(30, moaas=3), ended=45)
    found = effect("SEDATION", made)
    assert effect_words(found) == "from minute 15, not resolved when last measured at minute 30"


def test_twice_is_two() -> None:
    made = sheet(predose(), calm(15, moaas=4), calm(30), calm(45, moaas=4), calm(60))
    assert (
        effect_words(effect("SEDATION", made)) == "from minute 15 to minute 30; from minute 45 to minute 60"
    )


def test_what_was_neither_measured_nor_reported_is_not_known() -> None:
    made = sheet(predose(), reading(40, slot=40, sbp=130, dbp=80))
    assert effect("DISSOCIATION", made).experienced is None
    assert effect_words(effect("DISSOCIATION", made)) == "Not measured"


def test_breathing_by_the_rule_of_the_protocol_even_when_only_a_sign_was_seen() -> None:
    made = sheet(predose(), reading(20, apnoea=True), reading(25, rr=14), calm(40, slot=40))
    assert effect_words(effect("BREATHING", made)) == "from minute 20 to minute 25"
    assert effect("SATURATION", made).experienced is False
    made = sheet(predose(), calm(30, rr=9), calm(35, rr=12))
    assert effect_words(effect("BREATHING", made)) == "from minute 30 to minute 35"


def test_an_adverse_event_tells_an_effect_by_its_term() -> None:
    made = sheet(events=(event("Somnolence", 10, 55), event("Headache", 10, 55)))
    found = effect("SEDATION", made)
    assert found.experienced is True
    assert effect_words(found) == "reported as “Somnolence”, from minute 10 to minute 55"
    going_on = sheet(events=(event("Dissociative episode", 10, None),))
    assert (
        effect_words(effect("DISSOCIATION", going_on))
        == "reported as “Dissociative episode”, from minute 10, going on"
    )


def test_serious_events_are_named_with_why() -> None:
    made = sheet(events=(event("Syncope", 50, 52, serious=True), event("Nausea", 5, 30)))
    assert [(one.term, one.seriousness) for one in made.serious] == [("Syncope", ("HOSPITALIZATION",))]


def test_two_pressures_of_one_moment_are_both_there() -> None:
    made = sheet(predose(), calm(40, slot=40), calm(40, slot=40, sbp=150))
    assert [one.sbp for one in made.pressures_peak] == [122, 150]
    assert [one.sbp for one in made.pressures_end] == [122, 150]


def test_no_value_is_carried_forward() -> None:
    made = sheet(predose(), reading(118, spo2=98, moaas=5))
    assert (made.pressures_peak, made.pressures_end) == ((), ())


@pytest.mark.parametrize(
    ("outcome", "answer"), [("PASSED", True), ("OVERRIDDEN", False), ("HELD", False), ("", None)]
)
def test_acceptable_before_is_what_the_measured_gates_said(outcome: str, answer: bool | None) -> None:
    assert sheet(gates=gates(BP=outcome)).acceptable_before is answer


def test_acceptable_at_the_end_is_not_known_before_it_and_not_met_by_judgement() -> None:
    assert sheet(ended=None).acceptable_end is None
    assert sheet(conditions=conditions(BP="Below 160/100")).acceptable_end is False
    accepted = tuple(replace(line, is_accepted=line.code == "BP") for line in conditions())
    assert sheet(conditions=accepted).acceptable_end is False


def test_a_session_that_is_not_over_has_no_total_of_minutes() -> None:
    assert sheet(ended=None).total_minutes is None


def test_the_sheet_is_due_seven_days_after_the_day_of_the_session_at_the_site() -> None:
    assert due_day(date(2026, 2, 26), 7) == date(2026, 3, 5)
    clock = clock_of(record(now=minute(0) + timedelta(days=7)))
    assert clock is not None
    assert (clock.session_on, clock.due_on, clock.days_left) == (date(2026, 3, 10), date(2026, 3, 17), 0)
    late = clock_of(record(now=minute(0) + timedelta(days=8)))
    assert late is not None
    assert late.days_left == -1
    # At the site it is already the next day, while it is not yet so in UTC.
    evening = clock_of(record(now=datetime(2026, 3, 17, 23, 30, tzinfo=UTC)))
    assert evening is not None
    assert evening.days_left == -1


def test_a_sheet_that_was_sent_has_no_days_left() -> None:
    clock = clock_of(record(sent=Sent(date(2026, 3, 12), "Ana Ruiz", T0, "R-1")))
    assert clock is not None
    assert clock.days_left is None


def test_without_a_dose_or_where_no_sheet_is_asked_for_there_is_no_clock() -> None:
    assert clock_of(record(dosed_at=None)) is None
    bare = PROTOCOL.model_copy(update={"sheet": None})
    assert sheet_of(record(protocol=bare)) is None
    assert clock_of(record(protocol=bare)) is None


def test_a_sheet_is_late_from_the_midnight_of_the_site_after_its_last_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    late = late_from(date(2026, 3, 29), berlin)  # the day that has 23 hours
    assert late.astimezone(UTC) == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)
    assert late_from(date(2026, 3, 28), berlin).astimezone(UTC) == datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
