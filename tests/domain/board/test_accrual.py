from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.board.domain.accrual import accrual, forecast, planned_by

FIRST = date(2026, 1, 1)


def test_the_actual_line_counts_up_to_everybody() -> None:
    days = [FIRST, FIRST + timedelta(days=3), FIRST + timedelta(days=3)]
    found = accrual(days=days, goal=10, planned_months=5, opened_on=FIRST, today=FIRST + timedelta(days=10))
    assert found.actual[-1] == (FIRST + timedelta(days=10), 3)
    assert [count for _, count in found.actual] == [0, 1, 3, 3]


def test_the_plan_is_a_straight_line_to_the_goal() -> None:
    found = accrual(days=[], goal=120, planned_months=12, opened_on=FIRST, today=FIRST)
    assert [count for _, count in found.target] == [10 * month for month in range(13)]
    assert planned_by(found, today=FIRST + timedelta(days=62)) == 20


def test_one_a_day_means_as_many_days_as_are_missing() -> None:
    days = [FIRST + timedelta(days=n) for n in range(60)]
    today = days[-1] + timedelta(days=1)
    found = forecast(days=days, goal=160, today=today)
    assert found is not None
    assert abs((found.expected - today).days - 100) <= 2
    # Poisson: 100 more arrivals take 100 days give or take 1.28 times ten.
    assert 10 <= (found.expected - found.early).days <= 16
    assert 10 <= (found.late - found.expected).days <= 16


def test_no_forecast_without_arrivals_or_beyond_the_goal() -> None:
    assert forecast(days=[], goal=10, today=FIRST) is None
    assert forecast(days=[FIRST] * 10, goal=10, today=FIRST) is None
    assert forecast(days=[FIRST], goal=10, today=FIRST + timedelta(days=400)) is None


@given(st.lists(st.integers(0, 300), max_size=60), st.integers(1, 200), st.integers(1, 48))
def test_lines_never_fall_and_intervals_hold_their_middle(offsets: list[int], goal: int, months: int) -> None:
    days = [FIRST + timedelta(days=n) for n in offsets]
    found = accrual(
        days=days, goal=goal, planned_months=months, opened_on=FIRST, today=FIRST + timedelta(days=301)
    )
    counts = [count for _, count in found.actual]
    assert counts == sorted(counts)
    assert counts[-1] == len(days)
    if found.forecast:
        assert found.forecast.early <= found.forecast.expected <= found.forecast.late
