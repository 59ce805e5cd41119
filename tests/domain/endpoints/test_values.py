"""The records refuse to hold a contradiction."""

from __future__ import annotations

import pytest

from apps.endpoints.domain.values import NotAnalysable, ScoreSeries, TrialRecords
from tests.domain.endpoints.cast import madrs, screened, treated


def test_the_baseline_is_taken_out_of_the_visits() -> None:
    series = ScoreSeries.build("1", "MADRS", [(28, 15), (1, 40), (8, 30)])
    assert series.baseline == 40
    assert list(series.visits) == [8, 28]


def test_a_day_rated_twice_is_an_error_and_not_an_average() -> None:
    with pytest.raises(NotAnalysable, match="two MADRS totals on Day 8"):
        ScoreSeries.build("1", "MADRS", [(1, 40), (8, 30), (8, 31)])


def test_a_change_needs_both_ends() -> None:
    assert madrs("1", 40, {28: 15}).change(28) == -25
    assert madrs("1", 40, {8: 15}).change(28) is None
    assert madrs("1", None, {28: 15}).change(28) is None


def test_the_same_number_cannot_be_two_people() -> None:
    with pytest.raises(NotAnalysable, match="twice"):
        TrialRecords((treated("1"), screened("1")), ())


def test_data_without_a_participant_is_named() -> None:
    with pytest.raises(NotAnalysable) as refusal:
        TrialRecords((treated("1"),), (madrs("2", 30, {}), madrs("3", 30, {})))
    assert [reason.message[0] for reason in refusal.value.reasons] == ["2", "3"]
