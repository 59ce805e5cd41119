"""Windows on real clocks, and doses that must not come too close."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.schedule.domain.windows import (
    Place,
    day_date,
    day_start,
    place,
    spacing_reasons,
    study_day,
    window,
)
from apps.studies.domain.protocol.visits import Spacing, VisitPlan

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ["Europe/Berlin", "America/New_York", "America/Santiago", "America/Havana", "Asia/Kolkata", "UTC"]
TWICE_A_WEEK = Spacing(min_days_between_doses=2, max_doses_per_week=2)
dates = st.dates(date(2024, 1, 1), date(2030, 12, 31))


def plan(day: int, before: int = 0, after: int = 0) -> VisitPlan:
    return VisitPlan(code="V", label="Visit", day=day, window_before_days=before, window_after_days=after)


def test_day_one_is_the_day_of_the_first_dose_and_the_day_before_is_minus_one() -> None:
    first = date(2026, 3, 10)
    assert day_date(first_dose_date=first, day=1) == first
    assert day_date(first_dose_date=first, day=28) == date(2026, 4, 6)
    assert day_date(first_dose_date=first, day=-1) == date(2026, 3, 9)


def test_there_is_no_day_zero() -> None:
    with pytest.raises(ValueError, match="no day 0"):
        day_date(first_dose_date=date(2026, 3, 10), day=0)


@given(dates, st.integers(-60, 400).filter(bool))
def test_a_study_day_and_its_date_say_the_same(first: date, day: int) -> None:
    assert study_day(first_dose_date=first, on=day_date(first_dose_date=first, day=day)) == day


def test_a_window_before_day_one_passes_over_the_missing_day_zero() -> None:
    found = window(plan=plan(1, before=1), first_dose_date=date(2026, 3, 10), tz=BERLIN)
    assert found.opens_at == datetime(2026, 3, 8, 23, tzinfo=UTC)


def test_a_window_is_local_midnight_to_local_midnight_across_the_spring_change() -> None:
    """Berlin lost an hour on 29 March 2026: the day has 23 hours, the window none too many."""
    found = window(plan=plan(20, before=1, after=1), first_dose_date=date(2026, 3, 10), tz=BERLIN)
    assert found.target_date == date(2026, 3, 29)
    assert found.opens_at == datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert found.closes_at == datetime(2026, 3, 30, 22, tzinfo=UTC)
    assert found.closes_at - found.opens_at == timedelta(hours=71)


def test_where_midnight_does_not_exist_the_day_begins_when_the_clock_has_jumped() -> None:
    """Santiago springs forward at midnight: on 6 September 2026 there is no 00:30."""
    opened = day_start(date(2026, 9, 6), ZoneInfo("America/Santiago"))
    assert opened.astimezone(ZoneInfo("America/Santiago")).strftime("%d %H:%M") == "06 01:00"


@given(dates, st.sampled_from(ZONES))
def test_days_tile_the_time_line_without_gap_or_overlap(day: date, zone: str) -> None:
    tz = ZoneInfo(zone)
    opened, closed = day_start(day, tz), day_start(day + timedelta(days=1), tz)
    assert opened.astimezone(tz).date() == day
    assert (closed - timedelta(microseconds=1)).astimezone(tz).date() == day
    assert closed.astimezone(tz).date() == day + timedelta(days=1)


@given(
    dates,
    st.integers(1, 100),
    st.integers(0, 7),
    st.integers(0, 7),
    st.sampled_from(ZONES),
    st.integers(0, 3),
)
def test_an_instant_is_in_the_window_exactly_when_its_local_date_is(
    first: date, day: int, before: int, after: int, zone: str, beside: int
) -> None:
    tz = ZoneInfo(zone)
    found = window(plan=plan(day, before, after), first_dose_date=first, tz=tz)
    for moment in (
        found.opens_at - timedelta(hours=beside, seconds=1),
        found.opens_at + timedelta(hours=beside),
        found.closes_at - timedelta(seconds=1),
        found.closes_at,
    ):
        local = moment.astimezone(tz).date()
        inside = (
            found.target_date - timedelta(days=before) <= local <= found.target_date + timedelta(days=after)
        )
        assert (place(found, moment) is Place.OPEN) is inside


def test_the_closing_instant_is_late() -> None:
    found = window(plan=plan(4, 1, 1), first_dose_date=date(2026, 3, 10), tz=BERLIN)
    assert place(found, found.opens_at - timedelta(microseconds=1)) is Place.EARLY
    assert place(found, found.opens_at) is Place.OPEN
    assert place(found, found.closes_at - timedelta(microseconds=1)) is Place.OPEN
    assert place(found, found.closes_at) is Place.LATE


@pytest.mark.parametrize("days", [(1, 4, 8, 11, 15, 18, 22, 25), (1, 5, 9, 12, 16, 19, 23, 26)])
def test_the_planned_induction_days_break_no_spacing(days: tuple[int, ...]) -> None:
    first = date(2026, 3, 10)
    doses = [day_date(first_dose_date=first, day=day) for day in days]
    for index, dose in enumerate(doses):
        assert spacing_reasons(on=dose, other_doses=doses[:index], spacing=TWICE_A_WEEK) == ()


def test_a_dose_on_the_day_after_a_dose_is_too_close_and_says_how_close() -> None:
    (reason, *_) = spacing_reasons(
        on=date(2026, 3, 11), other_doses=[date(2026, 3, 10)], spacing=TWICE_A_WEEK
    )
    assert reason.code == "doses_too_close"
    assert "1 day from" in reason.message
    assert "2 days" in reason.message


def test_a_third_dose_within_seven_days_is_refused_even_with_clear_days_between() -> None:
    reasons = spacing_reasons(
        on=date(2026, 3, 16), other_doses=[date(2026, 3, 10), date(2026, 3, 13)], spacing=TWICE_A_WEEK
    )
    assert [reason.code for reason in reasons] == ["too_many_doses_in_a_week"]
    assert (
        spacing_reasons(
            on=date(2026, 3, 17), other_doses=[date(2026, 3, 10), date(2026, 3, 13)], spacing=TWICE_A_WEEK
        )
        == ()
    )


def test_every_ground_is_given_at_once() -> None:
    reasons = spacing_reasons(
        on=date(2026, 3, 12), other_doses=[date(2026, 3, 10), date(2026, 3, 13)], spacing=TWICE_A_WEEK
    )
    assert [reason.code for reason in reasons] == ["doses_too_close", "too_many_doses_in_a_week"]


@given(st.sets(st.integers(0, 40), max_size=10), st.integers(0, 40), st.integers(1, 7), st.integers(1, 7))
def test_spacing_is_refused_exactly_when_a_gap_or_a_week_breaks_the_rule(
    others: set[int], day: int, gap: int, most: int
) -> None:
    base = date(2026, 1, 1)
    spacing = Spacing(min_days_between_doses=gap, max_doses_per_week=most)
    on, doses = base + timedelta(days=day), [base + timedelta(days=other) for other in others]
    too_close = any(abs(day - other) < gap for other in others)
    crowded = any(
        sum(start <= other < start + 7 for other in others - {day}) + 1 > most
        for start in range(day - 6, day + 1)
    )
    assert bool(spacing_reasons(on=on, other_doses=doses, spacing=spacing)) is (too_close or crowded)
