"""Readings sorted into windows: one counts, every other says why it does not."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.endpoints.domain.values import NotAnalysable
from apps.endpoints.domain.windows import (
    AnalysisWindow,
    Duplicates,
    Excluded,
    Reading,
    Tie,
    assign_windows,
    contiguous_windows,
    days_between,
    series_of,
    windows_from_visits,
)
from apps.studies.domain.loading import load_shipped

START = datetime(2024, 3, 5, 9, tzinfo=UTC)
D8, D15 = AnalysisWindow("D8", 8, 5, 11), AnalysisWindow("D15", 15, 12, 18)
BASELINE = AnalysisWindow("D1", 1, -3, 1)


def reading(day: int, *, number: str = "1", hour: int = 0, value: float = 20.0) -> Reading:
    at = START + timedelta(days=day, hours=hour)
    return Reading(number, f"{day}/{hour}", day, at, value)


def counted(
    *readings: Reading, duplicates: Duplicates = Duplicates.NEAREST, tie: Tie = Tie.LATER
) -> list[tuple[str, int]]:
    found = assign_windows(readings, windows=[BASELINE, D8, D15], duplicates=duplicates, tie=tie)
    return [(one.window.code, one.reading.day) for one in found.assigned]


@pytest.mark.parametrize(
    ("duplicates", "tie", "expected"),
    [
        (Duplicates.NEAREST, Tie.LATER, 9),
        (Duplicates.NEAREST, Tie.EARLIER, 7),
        (Duplicates.FIRST, Tie.LATER, 5),
        (Duplicates.LAST, Tie.LATER, 11),
    ],
)
def test_of_several_in_one_window_the_rule_decides(duplicates: Duplicates, tie: Tie, expected: int) -> None:
    readings = [reading(11), reading(5), reading(9), reading(7)]
    assert counted(*readings, duplicates=duplicates, tie=tie) == [("D8", expected)]


def test_what_does_not_count_says_why() -> None:
    found = assign_windows([reading(8), reading(10), reading(30)], windows=[D8, D15])
    assert [(one.reading.day, one.why, one.instead, one.reason) for one in found.left_out] == [
        (10, Excluded.DUPLICATE, "8/0", "Day 8 counts for D8: the reading nearest to the target day counts."),
        (30, Excluded.OUTSIDE, None, "Day 30 lies in no window."),
    ]


def test_two_of_one_day_are_told_apart_by_time() -> None:
    first, second = reading(8, hour=1), reading(8, hour=3)
    chosen = assign_windows([second, first], windows=[D8]).assigned[0].reading
    assert chosen is second
    chosen = assign_windows([second, first], windows=[D8], tie=Tie.EARLIER).assigned[0].reading
    assert chosen is first


def test_where_windows_overlap_the_nearer_target_has_it() -> None:
    wide = [AnalysisWindow("D8", 8, 1, 14), AnalysisWindow("D16", 16, 9, 20)]

    def owner(day: int, tie: Tie) -> str:
        return assign_windows([reading(day)], windows=wide, tie=tie).assigned[0].window.code

    assert [owner(day, Tie.LATER) for day in (9, 11, 12, 13)] == ["D8", "D8", "D16", "D16"]
    assert owner(12, Tie.EARLIER) == "D8"


def test_there_is_no_day_nought() -> None:
    assert (days_between(-1, 1), days_between(-3, 2), days_between(5, 2)) == (1, 4, 3)
    with pytest.raises(NotAnalysable, match="Day 0"):
        assign_windows([reading(0)], windows=[D8])
    with pytest.raises(NotAnalysable, match="Day 0"):
        AnalysisWindow("D1", 1, 0, 2)


def test_windows_without_gaps_give_every_day_to_the_nearest_visit() -> None:
    found = contiguous_windows([("D8", 8), ("D2", 2), ("D15", 15)], first_day=2, last_day=28)
    assert [(w.code, w.first_day, w.last_day) for w in found] == [
        ("D2", 2, 4),
        ("D8", 5, 11),
        ("D15", 12, 28),
    ]
    early = contiguous_windows([("D8", 8), ("D2", 2)], first_day=2, last_day=9, tie=Tie.EARLIER)
    assert [(w.first_day, w.last_day) for w in early] == [(2, 5), (6, 9)]
    with pytest.raises(NotAnalysable):
        contiguous_windows([("A", 8), ("B", 8)], first_day=1, last_day=9)


def test_the_protocols_visits_are_windows() -> None:
    protocol = load_shipped("transform_2")
    windows = windows_from_visits(protocol.visit(code) for code in protocol.endpoints.visits)
    assert [window.target_day for window in windows] == [2, 8, 15, 22, 28]
    for window in windows:
        assert window.first_day <= window.target_day <= window.last_day


def test_series_carry_the_target_days_and_the_baseline() -> None:
    readings = [
        reading(-2, value=40),
        reading(9, value=30),
        reading(17, value=20),
        reading(16, number="2", value=9),
    ]
    found = assign_windows(readings, windows=[BASELINE, D8, D15])
    first, second = series_of(found, instrument="MADRS", baseline_code="D1")
    assert (first.baseline, first.visits) == (40, {8: 30, 15: 20})
    assert (second.number, second.baseline, second.visits) == ("2", None, {15: 9})


@given(
    st.lists(st.tuples(st.sampled_from("12"), st.integers(1, 30), st.integers(0, 5)), unique=True),
    st.sampled_from(Duplicates),
    st.sampled_from(Tie),
    st.randoms(use_true_random=False),
)
def test_every_reading_comes_out_once_whatever_the_order(rows, duplicates, tie, random) -> None:
    readings = [reading(day, number=number, hour=hour) for number, day, hour in rows]
    found = assign_windows(readings, windows=[D8, D15], duplicates=duplicates, tie=tie)
    out = Counter(one.reading for one in found.assigned) + Counter(one.reading for one in found.left_out)
    assert out == Counter(readings)
    places = [(one.reading.number, one.window.code) for one in found.assigned]
    assert len(places) == len(set(places))
    random.shuffle(readings)
    assert assign_windows(readings, windows=[D8, D15], duplicates=duplicates, tie=tie) == found


def test_faults_are_named() -> None:
    with pytest.raises(NotAnalysable, match="twice"):
        assign_windows([reading(8), reading(8)], windows=[D8])
    with pytest.raises(NotAnalysable, match="share"):
        assign_windows([], windows=[D8, AnalysisWindow("X", 8, 8, 8)])
    with pytest.raises(NotAnalysable, match="target day"):
        AnalysisWindow("D8", 8, 9, 11)
