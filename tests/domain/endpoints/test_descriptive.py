"""Observed numbers, and nothing but."""

from __future__ import annotations

import math

import pytest

from apps.endpoints.domain.descriptive import (
    CategoryRow,
    NumberRow,
    baseline_table,
    change_by_visit,
    summarize,
)
from apps.endpoints.domain.groups import group_participants
from apps.endpoints.domain.locf import carry_forward
from apps.endpoints.domain.values import NotAnalysable
from tests.domain.endpoints.cast import ARMS, madrs, treated


def test_a_summary_worked_by_hand() -> None:
    summary = summarize([2, 4, 4, 4, 5, 5, 7, 9])
    assert summary.n == 8
    assert summary.mean == 5
    assert summary.sd == pytest.approx(math.sqrt(32 / 7), rel=1e-12)
    # Quartiles average at the jumps: the 2nd and 3rd value, the 6th and 7th.
    assert (summary.q1, summary.median, summary.q3) == (4, 4.5, 6)
    assert (summary.minimum, summary.maximum) == (2, 9)
    assert summary.mean_interval is not None
    # t(0.975, 7) = 2.364624
    assert summary.mean_interval.high - 5 == pytest.approx(2.364624 * math.sqrt(32 / 7 / 8), rel=1e-6)


def test_nothing_is_invented_for_nobody_or_for_one() -> None:
    assert summarize([]).mean is None
    assert summarize([3]).mean == 3
    assert summarize([3]).sd is None
    assert summarize([3]).mean_interval is None


def test_a_value_that_is_no_number_is_refused() -> None:
    with pytest.raises(NotAnalysable):
        summarize([1, math.nan])


def test_the_baseline_table_summarises_numbers_and_counts_words() -> None:
    groups = group_participants(
        [
            treated("1", characteristics={"Age": 40.0, "Sex": "Female"}),
            treated("2", characteristics={"Age": 50.0, "Sex": "Male"}),
            treated("3", "PBO", characteristics={"Age": None, "Sex": "Female"}),
        ],
        arms=ARMS,
        total=True,
    )
    age, sex = baseline_table(groups, names=["Age", "Sex"]).rows
    assert isinstance(age, NumberRow)
    assert [s.mean for s in age.summaries] == [45, None, 45]
    assert age.missing == (0, 1, 1)
    assert isinstance(sex, CategoryRow)
    assert [(level, [rate.count for rate in rates]) for level, rates in sex.levels] == [
        ("Female", [1, 1, 2]),
        ("Male", [1, 0, 1]),
    ]
    assert [rate.denominator for rate in sex.levels[0][1]] == [2, 1, 3]


def test_a_characteristic_cannot_be_a_number_here_and_a_word_there() -> None:
    groups = group_participants(
        [treated("1", characteristics={"Age": 40.0}), treated("2", characteristics={"Age": "forty"})],
        arms=None,
    )
    with pytest.raises(NotAnalysable):
        baseline_table(groups, names=["Age"])


def test_change_by_visit_counts_only_who_was_seen_that_day() -> None:
    groups = group_participants([treated("1"), treated("2"), treated("3")], arms=None)
    series = {
        s.number: s
        for s in (madrs("1", 40, {8: 30, 28: 10}), madrs("2", 30, {8: 30}), madrs("3", None, {8: 9}))
    }
    day8, day28 = change_by_visit(groups, series=series, days=[8, 28])
    assert (day8.change.n, day8.change.mean, day8.baseline.mean) == (2, -5, 35)
    assert (day28.change.n, day28.change.mean, day28.baseline.mean) == (1, -30, 40)


def test_carrying_forward_takes_the_latest_score_after_baseline_and_never_the_baseline() -> None:
    derived = carry_forward(
        [
            madrs("1", 40, {2: 30, 15: 20}),
            madrs("2", 40, {28: 12}),
            madrs("3", 40, {}),  # nothing after baseline: no value, and not a change of zero
            madrs("4", None, {28: 12}),
            madrs("5", 40, {8: 25, 35: 5}),  # seen after the target day: that is not carried back
        ],
        day=28,
    )
    assert [(d.number, d.change, d.observed_day, d.carried) for d in derived] == [
        ("1", -20, 15, True),
        ("2", -28, 28, False),
        ("5", -15, 8, True),
    ]
