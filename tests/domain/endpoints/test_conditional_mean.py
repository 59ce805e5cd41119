"""Conditional-mean imputation: the mixed model's own estimate, the jackknife by hand, its laws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from apps.endpoints.domain.ancova import AncovaRow, fit_ancova
from apps.endpoints.domain.imputation import (
    Assumption,
    ConditionalMeanResult,
    ImputationRow,
    Sampling,
    conditional_mean_imputation,
    multiple_imputation,
)
from apps.endpoints.domain.imputation.analysis import SetAnalysis
from apps.endpoints.domain.imputation.conditional_mean import restricted_likelihood
from apps.endpoints.domain.imputation.model import NormalModel, filled, patterns
from apps.endpoints.domain.mmrm import Factor, MmrmModel, ModelFrame, Numeric, fit_mmrm, usual_terms
from apps.endpoints.domain.results import ModelEstimate, NotEstimable
from apps.endpoints.domain.values import NotAnalysable
from tests.domain.endpoints.hamd import DAYS, PLAN, hamd_rows


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


@pytest.mark.parametrize("assumption", Assumption)
def test_it_equals_the_same_written_out_participant_by_participant(assumption: Assumption) -> None:
    """Covariance matrix from the mixed model's own fit, coefficients by dense least squares, means by hand."""
    rows = hamd_rows()
    long = [(row, day, row.outcomes[day]) for row in rows for day in sorted(row.outcomes)]
    frame = ModelFrame(
        subject=[row.number for row, _, _ in long],
        outcome=[value for _, _, value in long],
        columns={
            "VISIT": Factor([str(day) for _, day, _ in long], ("4", "5", "6", "7")),
            "ARM": Factor([row.arm for row, _, _ in long], ("PLACEBO", "DRUG")),
            "BASE": Numeric([row.covariate for row, _, _ in long]),
        },
        visit="VISIT",
    )
    terms = usual_terms(["BASE", "BASE*VISIT"], arm="ARM", visit="VISIT")
    sigma = np.array(fit_mmrm(frame, model=MmrmModel("ARM", "PLACEBO", terms)).sigma)

    def lines(row: ImputationRow, arm: str) -> np.ndarray:
        """(4, 12): mean, drug, baseline at each visit."""
        return np.kron(np.eye(4), [1.0, float(arm == "DRUG"), row.covariate])

    left, right = np.zeros((12, 12)), np.zeros(12)
    for row in rows:
        o = [DAYS.index(day) for day in sorted(row.outcomes)]
        x, weight = lines(row, row.arm)[o], np.linalg.inv(sigma[np.ix_(o, o)])
        left += x.T @ weight @ x
        right += x.T @ weight @ np.array([row.outcomes[DAYS[place]] for place in o])
    beta = np.linalg.solve(left, right)

    completed = []
    for row in rows:
        own, reference = lines(row, row.arm) @ beta, lines(row, "PLACEBO") @ beta
        start = 4 if row.affected_from is None else DAYS.index(row.affected_from)
        mean = own.copy()
        if assumption is Assumption.COPY_REFERENCE and start < 4:
            mean = reference
        for place in range(start, 4):
            if assumption is Assumption.JUMP_TO_REFERENCE:
                mean[place] = reference[place]
            elif assumption is Assumption.COPY_INCREMENTS:
                reached = own[start - 1] - reference[start - 1] if start else 0.0
                mean[place] = reference[place] + reached
        o = [DAYS.index(day) for day in sorted(row.outcomes)]
        seen = np.array([row.outcomes[DAYS[place]] for place in o])
        slope = sigma[3, o] @ np.linalg.inv(sigma[np.ix_(o, o)])
        value = row.outcomes.get(7, mean[3] + slope @ (seen - mean[o]))
        completed.append(AncovaRow(row.number, row.arm, float(value), {}, row.covariate))
    wanted = (
        fit_ancova(completed, arms=PLAN.arms, reference="PLACEBO", factors=[], covariate="BASE")
        .differences[0]
        .estimate
    )
    assert isinstance(wanted, ModelEstimate)
    plan = replace(PLAN, assumption=assumption)
    model = NormalModel.of(rows, plan)
    fitted, own_sigma = restricted_likelihood(model)
    assert own_sigma == pytest.approx(sigma, rel=1e-9)
    done = filled(model.outcomes, model.means(fitted), own_sigma, patterns(model.seen), None)
    analysis = SetAnalysis.of(model.rows, plan)
    contrast = analysis.difference("DRUG", "PLACEBO")
    assert not isinstance(contrast, NotEstimable)
    found, _ = analysis.estimates(contrast, done[:, 3:])
    assert found[0] == pytest.approx(wanted.estimate, rel=1e-9)


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
