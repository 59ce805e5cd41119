"""Conditional-mean imputation: the mixed model's own estimate, the jackknife by hand, its laws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from apps.endpoints.domain.imputation import (
    Assumption,
    ConditionalMeanResult,
    ImputationRow,
    Sampling,
    conditional_mean_imputation,
    multiple_imputation,
)
from apps.endpoints.domain.imputation.conditional_mean import restricted_likelihood
from apps.endpoints.domain.imputation.model import NormalModel
from apps.endpoints.domain.results import ModelEstimate, NotEstimable
from apps.endpoints.domain.values import NotAnalysable
from tests.domain.endpoints.hamd import PLAN, hamd_rows


def difference(result: ConditionalMeanResult) -> ModelEstimate:
    found = result.differences[0].estimate
    assert isinstance(found, ModelEstimate)
    return found


def some_rows(n: int = 40) -> tuple[ImputationRow, ...]:
    rows = hamd_rows()
    return tuple(
        row for arm in ("DRUG", "PLACEBO") for row in [one for one in rows if one.arm == arm][: n // 2]
    )


def test_under_missing_at_random_it_is_the_mixed_models_published_estimate() -> None:
    result = conditional_mean_imputation(hamd_rows(), plan=PLAN)
    found = difference(result)
    assert found.estimate == pytest.approx(-2.80183358, abs=5e-9)
    assert found.standard_error == pytest.approx(
        1.11628448, rel=0.02
    )  # the model's own; the jackknife is another
    assert found.df == float("inf")
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(found.estimate / found.standard_error)))
    assert result.left_out_fits == 172
    assert [(one.n, one.imputed) for one in result.means] == [(84, 20), (88, 23)]


def test_the_search_does_not_depend_on_where_it_starts() -> None:
    model = NormalModel.of(some_rows(), replace(PLAN, assumption=Assumption.JUMP_TO_REFERENCE))
    for place in (0, 13, 26):
        fewer = model.without(place)
        beta, sigma = restricted_likelihood(fewer)
        warm_beta, warm_sigma = restricted_likelihood(fewer, start=sigma * 1.3 + np.eye(4))
        assert warm_beta == pytest.approx(beta, rel=1e-7, abs=1e-9)
        assert warm_sigma == pytest.approx(sigma, rel=1e-7)


def test_the_standard_error_is_the_jackknifes() -> None:
    """From scratch without each participant: new design, new search from the moments."""
    rows = some_rows(20)
    whole = conditional_mean_imputation(rows, plan=PLAN)
    values = [
        difference(conditional_mean_imputation(rows[:i] + rows[i + 1 :], plan=PLAN)).estimate
        for i in range(len(rows))
    ]
    n = len(values)
    expected = ((n - 1) / n * np.sum((np.array(values) - np.mean(values)) ** 2)) ** 0.5
    assert difference(whole).standard_error == pytest.approx(expected, rel=1e-6)


def test_reference_based_estimates_are_those_of_many_imputations() -> None:
    for assumption in (Assumption.JUMP_TO_REFERENCE, Assumption.COPY_INCREMENTS):
        plan = replace(PLAN, assumption=assumption)
        steady = difference(conditional_mean_imputation(hamd_rows(), plan=plan))
        many = multiple_imputation(hamd_rows(), plan=plan, sampling=Sampling(seed=3, sets=150, thin=5))
        drawn = many.differences[0].estimate
        assert not isinstance(drawn, NotEstimable)
        assert steady.estimate == pytest.approx(drawn.estimate.estimate, abs=4 * drawn.monte_carlo_error)
        # Rubin's rules charge the borrowed information, the jackknife does not.
        assert steady.standard_error < drawn.estimate.standard_error


def test_a_shift_is_linear_and_of_nought_is_none() -> None:
    rows = some_rows()
    plain, none, one, two = (
        difference(conditional_mean_imputation(rows, plan=PLAN, deltas=deltas)).estimate
        for deltas in (None, {"DRUG": 0.0}, {"DRUG": 1.0}, {"DRUG": 2.0})
    )
    assert none == plain
    assert two - one == pytest.approx(one - plain, rel=1e-9)
    assert one > plain
    with pytest.raises(NotAnalysable, match="HIGH"):
        conditional_mean_imputation(rows, plan=PLAN, deltas={"HIGH": 1.0})


def test_with_nothing_missing_every_assumption_is_the_plain_analysis() -> None:
    rows = [replace(r, affected_from=None) for r in some_rows() if len(r.outcomes) == 4]
    results = [
        conditional_mean_imputation(rows, plan=replace(PLAN, assumption=one)).differences
        for one in Assumption
    ]
    assert all(one == results[0] for one in results)


def test_a_level_that_one_participant_alone_has_can_be_left_out_with_them() -> None:
    rows = [replace(r, factors={"country": "AB"[i % 2]}) for i, r in enumerate(some_rows(30))]
    rows[3] = replace(rows[3], factors={"country": "C"})
    result = conditional_mean_imputation(rows, plan=replace(PLAN, factors=("country",)))
    assert difference(result).standard_error > 0


def test_the_order_of_rows_changes_nothing() -> None:
    rows = some_rows(30)
    assert conditional_mean_imputation(rows[::-1], plan=PLAN) == conditional_mean_imputation(rows, plan=PLAN)


def test_a_covariance_matrix_that_cannot_be_fitted_is_said() -> None:
    source = np.random.default_rng(1)
    rows = [
        ImputationRow(
            f"{i:02}",
            ("DRUG", "PLACEBO")[i % 2],
            {4: level, 5: level, 6: level, 7: level},
            float(20 + i % 3),
            {},
        )
        for i in range(12)
        for level in [float(source.normal())]
    ]
    with pytest.raises(NotAnalysable, match="could not be fitted"):
        conditional_mean_imputation(rows, plan=PLAN)
