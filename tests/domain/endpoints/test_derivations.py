"""Scores derived for the target day, and the analysis of covariance on ranks."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

import pytest

from apps.endpoints.domain.ancova import AncovaRow
from apps.endpoints.domain.binary import endpoint_rate, response
from apps.endpoints.domain.locf import DerivedScore, carry_forward, derive
from apps.endpoints.domain.rank_ancova import fit_rank_ancova, rank_rows
from apps.endpoints.domain.results import MissingRule, ModelEstimate
from apps.endpoints.domain.values import NotAnalysable
from tests.domain.endpoints.cast import madrs

SERIES = (
    madrs("1", 40, {8: 30, 28: 20}),
    madrs("2", 30, {2: 28, 8: 12}),
    madrs("3", 35, {}),
    madrs("4", None, {28: 10}),
)


def test_observed_cases_are_those_of_the_day() -> None:
    found = derive(SERIES, day=28, rule=MissingRule.OBSERVED_CASES)
    assert found.scores == (DerivedScore("1", 40, 20, 28, 28),)
    assert found.left_out == (("2", "no score on Day 28"), ("3", "no score on Day 28"), ("4", "no baseline"))


def test_the_last_observation_is_carried_and_the_baseline_is_not() -> None:
    found = derive(SERIES, day=28, rule=MissingRule.LOCF)
    assert found.scores == (DerivedScore("1", 40, 20, 28, 28), DerivedScore("2", 30, 12, 8, 28))
    assert found.left_out == (("3", "no score after baseline and up to Day 28"), ("4", "no baseline"))
    assert carry_forward(SERIES, day=28) == found.scores


def test_the_baseline_is_carried_over_whatever_was_seen_between() -> None:
    found = derive(SERIES, day=28, rule=MissingRule.BOCF)
    assert [(one.number, one.change, one.carried) for one in found.scores] == [
        ("1", -20, False),
        ("2", 0, True),
        ("3", 0, True),
    ]
    assert found.scores[1].observed_day == 1
    assert found.left_out == (("4", "no baseline"),)


def test_a_rule_that_derives_nothing_is_refused() -> None:
    with pytest.raises(NotAnalysable, match="derives no score"):
        derive(SERIES, day=28, rule=MissingRule.NON_RESPONDER)


def test_a_baseline_carried_forward_is_no_response_but_counts() -> None:
    by_number = {one.number: one for one in SERIES}
    found = endpoint_rate(
        by_number, series=by_number, day=28, reached=response(share=0.5), rule=MissingRule.BOCF
    )
    assert (found.count, found.denominator) == (1, 3)


def row(number: int, arm: str, outcome: float, covariate: float = 4.0) -> AncovaRow:
    return AncovaRow(f"{number:03}", arm, outcome, {}, covariate)


def test_equal_changes_share_the_mean_of_their_ranks() -> None:
    rows = [row(i, "ESK", y) for i, y in enumerate([-2.0, -1.0, -2.0, 0.0])]
    assert [one.outcome for one in rank_rows(rows)] == [1.5, 3, 1.5, 4]
    both = rank_rows([replace(one, covariate=float(i)) for i, one in enumerate(rows)], rank_covariate=True)
    assert [one.covariate for one in both] == [1, 2, 3, 4]
    assert rank_rows([]) == ()


def ranked(rows: list[AncovaRow]) -> ModelEstimate:
    result = fit_rank_ancova(
        rows, arms=["ESK", "PBO"], reference="PBO", factors=[], covariate="baseline CGI-S"
    )
    estimate = result.differences[0].estimate
    assert isinstance(estimate, ModelEstimate)
    return estimate


def cgi_rows(*, n: int = 40, seed: int = 3) -> list[AncovaRow]:
    source = random.Random(seed)
    rows = []
    for i in range(n):
        arm, baseline = ("ESK", "PBO")[i % 2], source.choice([4, 5, 6])
        rows.append(row(i, arm, source.choice([-3, -2, -1, 0]) - (arm == "ESK"), baseline))
    return rows


def test_the_test_depends_on_the_order_of_the_changes_alone() -> None:
    rows = cgi_rows()
    stretched = [replace(one, outcome=one.outcome**3 + 5) for one in rows]
    assert ranked(stretched) == ranked(rows)
    turned = ranked([replace(one, outcome=-one.outcome) for one in rows])
    assert turned.estimate == pytest.approx(-ranked(rows).estimate, rel=1e-9)
    assert turned.p_value == pytest.approx(ranked(rows).p_value, rel=1e-9)


def test_without_covariate_it_orders_allocations_as_the_exact_rank_sum_test_does() -> None:
    """With a covariate that balances out, the difference of mean ranks is the rank-sum statistic, counted over all
    70 allocations of four out of eight."""
    ranks = {}
    for chosen in combinations(range(8), 4):
        rows = [row(i, "ESK" if i in chosen else "PBO", float(i) ** 2, float(i % 2)) for i in range(8)]
        if sum(i % 2 for i in chosen) == 2:
            ranks[chosen] = (ranked(rows).estimate, sum(i + 1 for i in chosen) / 4)
    assert len(ranks) == 36
    for difference, mean in ranks.values():
        assert difference == pytest.approx(2 * (mean - 4.5), abs=1e-9)


def test_a_ranked_covariate_says_so() -> None:
    result = fit_rank_ancova(
        cgi_rows(),
        arms=["ESK", "PBO"],
        reference="PBO",
        factors=[],
        covariate="baseline",
        rank_covariate=True,
    )
    assert result.covariate == "rank of baseline"
