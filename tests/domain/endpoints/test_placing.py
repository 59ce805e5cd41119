"""Readings and their visits: each rule worked by hand on the same readings, and nothing lost under any."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.endpoints.domain.placing import Placing, place_readings, placing_from_protocol, scores_of
from apps.endpoints.domain.readings import Left, RecordedReading
from apps.endpoints.domain.report import compose_report
from apps.endpoints.domain.report.readings import readings_section
from apps.endpoints.domain.values import NotAnalysable, TrialRecords
from apps.studies.domain.loading import load_shipped
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.protocol.windowing import Windowing
from tests.domain.endpoints.cast import treated
from tests.domain.endpoints.test_report import BY_ARM, PROVENANCE, table

START = datetime(2024, 3, 5, 9, tzinfo=UTC)


def protocol(**rule: object) -> Protocol:
    """TRANSFORM-2 (MADRS on Days 1, 2, 8, 15, 22, 28; windows of a day about 8, 15, 22, one after 28) with a rule."""
    shipped = load_shipped("transform_2")
    endpoints = shipped.endpoints.model_copy(update={"windowing": Windowing(**rule)})
    return shipped.model_copy(update={"endpoints": endpoints})


@cache
def placing(**rule: object) -> Placing:
    return placing_from_protocol(protocol(**rule))


def madrs(visit: str, day: int | None, value: float, *, number: str = "1", hour: int = 0) -> RecordedReading:
    return RecordedReading(
        number, "MADRS", visit, day, START + timedelta(days=day or 0, hours=hour), float(value)
    )


#: Baseline, Day 2 a day late, Day 8 in time, Day 15 three days early, Day 22 on time, Day 28 four days late, and one
#: more in between that was recorded at no visit of the grid.
READINGS = (
    madrs("D1", 1, 40),
    madrs("D2", 3, 36),
    madrs("D8", 8, 30),
    madrs("D15", 12, 26),
    madrs("X1", 17, 24),
    madrs("D22", 22, 20),
    madrs("D28", 32, 10),
)


@pytest.mark.parametrize(
    ("rule", "visits", "left"),
    [
        ({}, {2: 36, 8: 30, 15: 26, 22: 20, 28: 10}, {"X1": Left.UNSCHEDULED}),
        (
            {"rule": "visit_windows"},
            {8: 30, 22: 20},
            {"D2": Left.OUTSIDE, "D15": Left.OUTSIDE, "X1": Left.OUTSIDE, "D28": Left.OUTSIDE},
        ),
        # Contiguous by hand: 2 to 4 is Day 2, 5 to 11 Day 8, 12 to 18 Day 15 (18.5 is the middle of 15 and 22),
        # 19 to 24 Day 22, 25 to 29 Day 28, whose window of the grid ends on Day 29. Day 17 is nearer than Day 12.
        (
            {"rule": "contiguous"},
            {2: 36, 8: 30, 15: 24, 22: 20},
            {"D15": Left.DUPLICATE, "D28": Left.OUTSIDE},
        ),
        (
            {"rule": "contiguous", "duplicates": "first"},
            {2: 36, 8: 30, 15: 26, 22: 20},
            {"X1": Left.DUPLICATE, "D28": Left.OUTSIDE},
        ),
        (
            {"rule": "contiguous", "last_day": 35},
            {2: 36, 8: 30, 15: 24, 22: 20, 28: 10},
            {"D15": Left.DUPLICATE},
        ),
    ],
)
def test_each_rule_by_hand(rule: dict[str, object], visits: dict[int, float], left: dict[str, Left]) -> None:
    chosen = placing(**rule)
    placed = place_readings(READINGS, placing=chosen)
    (series,) = scores_of(placed, placing=chosen)
    assert (series.baseline, dict(series.visits)) == (40, visits)
    assert {one.reading.visit: one.why for one in placed if one.counts_for is None} == left


@pytest.mark.parametrize(
    ("day", "expected"), [(4, "D2"), (5, "D8"), (11, "D8"), (12, "D15"), (25, "D28"), (29, "D28"), (30, None)]
)
def test_the_edges_of_windows_without_gaps(day: int, expected: str | None) -> None:
    (one,) = place_readings([madrs("X1", day, 9)], placing=placing(rule="contiguous"))
    assert one.counts_for == expected


@pytest.mark.parametrize(("tie", "owner"), [("later", "D8"), ("earlier", "D2")])
def test_a_day_between_two_visits_goes_by_the_tie(tie: str, owner: str) -> None:
    (one,) = place_readings([madrs("X1", 5, 9)], placing=placing(rule="contiguous", tie=tie))
    assert one.counts_for == owner
    two = place_readings(
        [madrs("D8", 7, 30), madrs("X1", 9, 31)], placing=placing(rule="contiguous", tie=tie)
    )
    assert [one.reading.day for one in two if one.counts_for == "D8"] == [9 if tie == "later" else 7]


def test_the_visits_own_window_is_told_under_every_rule() -> None:
    for rule in ("as_planned", "visit_windows", "contiguous"):
        placed = place_readings(READINGS, placing=placing(rule=rule))
        outside = {one.reading.visit for one in placed if one.in_window is False}
        assert outside == {"D2", "D15", "D28"}, rule
        assert [one.reading.visit for one in placed if one.in_window is None] == ["X1"]


def test_only_what_was_recorded_as_baseline_becomes_one_and_not_after_its_day() -> None:
    chosen = placing(rule="contiguous")
    placed = place_readings([madrs("D1", 2, 40), madrs("D2", 1, 30)], placing=chosen)
    assert {one.reading.visit: (one.counts_for, one.why) for one in placed} == {
        "D1": (None, Left.AFTER_BASELINE),
        "D2": (None, Left.OUTSIDE),
    }
    early = place_readings([madrs("D1", -2, 40)], placing=chosen)
    assert (early[0].counts_for, early[0].in_window) == ("D1", False)
    planned = place_readings([madrs("D1", 2, 40)], placing=placing())
    assert (planned[0].counts_for, planned[0].in_window) == ("D1", False)


def test_without_a_first_dose_only_the_baseline_counts() -> None:
    chosen = placing(rule="visit_windows")
    placed = place_readings([madrs("D1", None, 40), madrs("D8", None, 30)], placing=chosen)
    assert [(one.counts_for, one.why) for one in placed] == [("D1", None), (None, Left.NO_DAY)]
    assert [one.counts_for for one in place_readings([madrs("D8", None, 30)], placing=placing())] == ["D8"]


def test_scales_do_not_take_each_others_windows() -> None:
    phq = replace(madrs("D15", 9, 12), instrument="PHQ9")
    chosen = placing(rule="contiguous")
    placed = place_readings([phq, madrs("D8", 8, 30)], placing=chosen)
    # PHQ-9 is asked on Days 15 and 28 only, so that Day 9 is nearest to Day 15 there, and to Day 8 for the MADRS.
    assert {one.reading.instrument: one.counts_for for one in placed} == {"PHQ9": "D15", "MADRS": "D8"}


def test_two_of_one_visit_are_refused() -> None:
    twice = [madrs("D8", 8, 30), madrs("D8", 9, 31)]
    for rule in ("as_planned", "visit_windows", "contiguous"):
        chosen = placing(rule=rule)
        with pytest.raises(NotAnalysable, match=r"D8 twice|two MADRS"):
            scores_of(place_readings(twice, placing=chosen), placing=chosen)


@given(
    st.lists(
        st.tuples(st.sampled_from(["D1", "D2", "D8", "D15", "D22", "D28", "X1", "X2"]), st.integers(1, 40)),
        unique_by=lambda pair: pair[0],
    ),
    st.sampled_from(["as_planned", "visit_windows", "contiguous"]),
    st.sampled_from(["nearest", "first", "last"]),
    st.randoms(use_true_random=False),
)
def test_every_reading_comes_out_once_whatever_the_order(rows, rule, duplicates, dice: random.Random) -> None:
    chosen = placing(rule=rule, duplicates=duplicates)
    readings = [madrs(visit, day, day) for visit, day in rows]
    placed = place_readings(readings, placing=chosen)
    assert Counter(one.reading for one in placed) == Counter(readings)
    used = [one.counts_for for one in placed if one.counts_for]
    assert len(used) == len(set(used))
    assert all((one.counts_for is None) == (one.why is not None) for one in placed)
    dice.shuffle(readings)
    assert place_readings(readings, placing=chosen) == placed


def records(chosen: Placing, *, arms: bool = True, people: int = 12) -> TrialRecords:
    """The readings above for each of some participants."""
    numbers = [f"{place:02d}" for place in range(people)]
    placed = place_readings(
        [replace(one, number=number) for number in numbers for one in READINGS], placing=chosen
    )
    return TrialRecords(
        tuple(
            treated(n, ("ESK" if place % 2 else "PBO") if arms else None) for place, n in enumerate(numbers)
        ),
        scores_of(placed, placing=chosen),
        readings=placed,
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # visit: count for it, outside its own window, (count for another visit, duplicates,) left out otherwise
        ({}, {"Day 2": [12, 12, 0], "Day 15": [12, 12, 0], "Day 28": [12, 12, 0], "Unscheduled": [None, 0, 12]}),
        (
            {"rule": "contiguous", "last_day": 35},
            {"Day 2": [12, 12, 0, 0, 0], "Day 15": [12, 12, 0, 12, 0], "Unscheduled": [None, 0, 12, 0, 0]},
        ),
        ({"rule": "visit_windows"}, {"Day 2": [0, 12, 0, 0, 12], "Day 8": [12, 0, 0, 0, 0]}),
    ],
)  # fmt: skip
def test_the_report_counts_them_by_visit(rule: dict[str, object], expected: dict[str, list[int]]) -> None:
    chosen = placing(**rule)
    report = compose_report(
        records(chosen), plan=replace(BY_ARM, analyses=(), placing=chosen), provenance=PROVENANCE
    )
    rows = {
        row.cells[0].text: [cell.value for cell in row.cells[2:]] for row in table(report, "readings").rows
    }
    for visit, counts in expected.items():
        assert rows[visit] == counts


def test_readers_who_know_arms_get_a_listing_and_pooled_ones_neither_number_nor_arm() -> None:
    chosen = placing(rule="contiguous")
    full = replace(BY_ARM, analyses=(), placing=chosen)
    section = readings_section(records(chosen), full)
    assert section is not None
    listed = section.blocks[-1]
    assert [cell.text for cell in listed.rows[0].cells[:2]] == ["00", "Placebo"]  # type: ignore[union-attr]
    words = {row.cells[-1].text for row in listed.rows}  # type: ignore[union-attr]
    assert "Left out: taken in no visit's window" in words
    assert "Counts for Day 2; not taken in the window, Day 2" in words
    assert "Left out: the reading of Day 17 counts for Day 15" in words
    assert "Counts for Day 15" in words  # recorded at no planned visit

    pooled = replace(full, arms=None, reference=None)
    seen = readings_section(records(chosen), pooled)
    assert seen is not None
    assert seen == readings_section(records(chosen, arms=False), pooled)
    text = str(seen)
    assert "Placebo" not in text
    assert "'00'" not in text
    few = readings_section(records(chosen, people=3), pooled)
    assert few is not None
    assert {cell.text for row in few.blocks[1].rows for cell in row.cells[2:]} <= {"<5", "0", "–", ""}  # type: ignore[union-attr]


def test_a_protocol_that_says_nothing_is_written_as_before() -> None:
    shipped = load_shipped("sustain_3")
    assert shipped.endpoints.windowing == Windowing()
    assert "windowing" not in shipped.model_dump(mode="json")["endpoints"]
    assert "windowing" in protocol(rule="contiguous").model_dump(mode="json")["endpoints"]
