"""Rates, each with its denominator, and the intervals against published values."""

from __future__ import annotations

import math

import pytest

from apps.endpoints.domain.binary import (
    OnsetRule,
    endpoint_rate,
    has_onset,
    number_needed,
    onset_rate,
    rate,
    rate_difference,
    remission,
    response,
    wilson_interval,
)
from apps.endpoints.domain.results import MissingRule
from apps.endpoints.domain.values import NotAnalysable
from tests.domain.endpoints.cast import madrs


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    # Newcombe, Stat Med 1998;17:857, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_agrees_with_newcombe_1998a(count: int, n: int, low: float, high: float) -> None:
    interval = wilson_interval(count, n)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("a", "m", "b", "n", "low", "high"),
    # Newcombe, Stat Med 1998;17:873, table II, method 10
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
    ],
)
def test_differences_agree_with_newcombe_1998b(
    a: int, m: int, b: int, n: int, low: float, high: float
) -> None:
    difference = rate_difference(rate(a, m, rule=MissingRule.NONE), rate(b, n, rule=MissingRule.NONE))
    assert (difference.interval.low, difference.interval.high) == pytest.approx((low, high), abs=5e-5)
    assert difference.value == pytest.approx(a / m - b / n, rel=1e-12)


def test_an_impossible_count_is_refused_and_nobody_has_no_rate() -> None:
    with pytest.raises(NotAnalysable):
        wilson_interval(3, 2)
    assert rate(0, 0, rule=MissingRule.NONE).value is None
    with pytest.raises(NotAnalysable):
        rate_difference(rate(0, 0, rule=MissingRule.NONE), rate(1, 2, rule=MissingRule.NONE))


def test_rates_that_treat_the_missing_differently_are_not_compared() -> None:
    with pytest.raises(NotAnalysable):
        rate_difference(rate(1, 2, rule=MissingRule.LOCF), rate(1, 2, rule=MissingRule.OBSERVED_CASES))


SERIES = {
    s.number: s
    for s in (
        madrs("1", 40, {8: 30, 28: 20}),  # exactly half: response
        madrs("2", 40, {28: 21}),
        madrs("3", 30, {8: 12}),  # left after a response and a remission
        madrs("4", 30, {}),
        madrs("5", 24, {28: 12}),  # response and remission at the cut-off
    )
}
MEMBERS = ["1", "2", "3", "4", "5", "6"]  # 6 was never rated


@pytest.mark.parametrize(
    ("rule", "responders", "remitters", "denominator"),
    [
        (MissingRule.OBSERVED_CASES, 2, 1, 3),
        (MissingRule.LOCF, 3, 2, 4),
        (MissingRule.NON_RESPONDER, 2, 1, 6),
    ],
)
def test_each_rule_has_its_own_denominator(
    rule: MissingRule, responders: int, remitters: int, denominator: int
) -> None:
    responded = endpoint_rate(MEMBERS, series=SERIES, day=28, reached=response(share=0.5), rule=rule)
    remitted = endpoint_rate(MEMBERS, series=SERIES, day=28, reached=remission(at_most=12), rule=rule)
    assert (responded.count, responded.denominator, responded.rule) == (responders, denominator, rule)
    assert (remitted.count, remitted.denominator) == (remitters, denominator)


def test_a_member_who_is_missing_from_an_iterator_still_counts() -> None:
    rule = MissingRule.NON_RESPONDER
    once = endpoint_rate(iter(MEMBERS), series=SERIES, day=28, reached=remission(at_most=12), rule=rule)
    assert once.denominator == 6


def test_a_rate_at_a_visit_needs_a_rule() -> None:
    with pytest.raises(NotAnalysable):
        endpoint_rate(MEMBERS, series=SERIES, day=28, reached=remission(at_most=12), rule=MissingRule.NONE)


RULE = OnsetRule(onset_day=2, end_day=28, excursion_days=(8, 15, 22))


@pytest.mark.parametrize(
    ("visits", "expected"),
    [
        ({2: 20, 8: 20, 15: 20, 22: 20, 28: 20}, True),
        ({2: 21, 8: 20, 15: 20, 22: 20, 28: 20}, False),
        ({2: 20, 8: 20, 15: 30, 22: 20, 28: 20}, True),  # one excursion, still a quarter better
        ({2: 20, 8: 20, 15: 31, 22: 20, 28: 20}, False),
        ({2: 20, 8: 25, 15: 25, 22: 20, 28: 20}, False),  # two excursions
        ({2: 20, 8: 20, 15: 20, 22: 20, 28: 21}, False),  # none is allowed at the end
        ({2: 20, 8: 20, 15: 20, 22: 20}, False),
        ({2: 20, 8: 20, 22: 20, 28: 20}, False),  # not seen is not kept
    ],
)
def test_onset_of_response_with_its_one_excursion(visits: dict[int, float], expected: bool) -> None:
    assert has_onset(madrs("1", 40, visits), rule=RULE) is expected


def test_onset_by_day_eight_does_not_look_back_at_day_two() -> None:
    late = OnsetRule(onset_day=8, end_day=28, excursion_days=(2, 8, 15, 22))
    assert has_onset(madrs("1", 40, {2: 39, 8: 20, 15: 20, 22: 20, 28: 20}), rule=late)


def test_onset_counts_everybody_in_the_set() -> None:
    series = {"1": madrs("1", 40, {2: 20, 8: 20, 15: 20, 22: 20, 28: 20})}
    found = onset_rate(["1", "2"], series=series, rule=RULE)
    assert (found.count, found.denominator, found.rule) == (1, 2, MissingRule.NON_RESPONDER)


def test_the_published_transform_2_response_gives_its_number_needed_to_treat() -> None:
    # 70/101 against 52/100: 69.3 % and 52.0 %
    difference = rate_difference(
        rate(70, 101, rule=MissingRule.OBSERVED_CASES), rate(52, 100, rule=MissingRule.OBSERVED_CASES)
    )
    needed = number_needed(difference)
    assert needed.value == pytest.approx(5.78, abs=0.01)
    assert not needed.crosses_infinity
    assert needed.low < 5.78 < needed.high


def test_a_number_needed_to_treat_runs_through_infinity_when_the_difference_may_be_none() -> None:
    difference = rate_difference(rate(5, 20, rule=MissingRule.NONE), rate(4, 20, rule=MissingRule.NONE))
    needed = number_needed(difference)
    assert needed.crosses_infinity
    assert needed.low < 0 < needed.high
    none = number_needed(
        rate_difference(rate(4, 20, rule=MissingRule.NONE), rate(4, 20, rule=MissingRule.NONE))
    )
    assert none.value is None
    assert not math.isnan(none.low)
