"""Multiple imputation: its laws, its parts against computations of another kind, and the published data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from apps.endpoints.domain.estimands import IntercurrentEvent
from apps.endpoints.domain.imputation import (
    Assumption,
    CompletedSets,
    ImputationPlan,
    ImputationResult,
    ImputationRow,
    PooledEstimate,
    Sampling,
    affected_by_leaving,
    analyse,
    barnard_rubin,
    complete,
    imputation_rows,
    multiple_imputation,
    pool,
    tipping_grid,
)
from apps.endpoints.domain.imputation.model import NormalModel, filled, patterns
from apps.endpoints.domain.imputation.posterior import draw_parameters, inverse_wishart
from apps.endpoints.domain.results import NotEstimable
from apps.endpoints.domain.values import NotAnalysable
from tests.domain.endpoints.cast import madrs, treated
from tests.domain.endpoints.hamd import DAYS, PLAN, hamd_rows

QUICK = Sampling(seed=20, sets=30, burn_in=50, thin=5)


def difference(result: ImputationResult) -> PooledEstimate:
    found = result.differences[0].estimate
    assert not isinstance(found, NotEstimable)
    return found


def test_rubins_rules_by_hand() -> None:
    found = pool([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], complete_df=20)
    assert (found.within, found.between) == (1.0, 1.0)
    assert found.estimate.standard_error == pytest.approx((7 / 3) ** 0.5)
    # share 4/7: 1 / (1 / (2 / (4/7)^2) + 1 / (21/23 * 20 * 3/7))
    df = 1 / (1 / 6.125 + 1 / (21 / 23 * 20 * 3 / 7))
    assert found.estimate.df == pytest.approx(df)
    assert found.relative_increase == pytest.approx(4 / 3)
    assert found.fraction_missing == pytest.approx((4 / 3 + 2 / (df + 3)) / (7 / 3))
    assert found.monte_carlo_error == pytest.approx(3**-0.5)
    assert found.estimate.p_value == pytest.approx(2 * stats.t.sf(2 / (7 / 3) ** 0.5, df))
    assert found.estimate.interval.low == pytest.approx(2 - stats.t.ppf(0.975, df) * (7 / 3) ** 0.5)


@given(st.floats(0, 0.99), st.integers(2, 200), st.floats(2, 1000))
def test_barnard_rubin_exceeds_neither_the_complete_data_nor_the_classical_df(
    share: float, sets: int, complete_df: float
) -> None:
    df = barnard_rubin(share=share, sets=sets, complete_df=complete_df)
    assert 0 < df <= complete_df
    assert df * share**2 <= (sets - 1) * (1 + 1e-12)
    classical = barnard_rubin(share=share, sets=sets, complete_df=float("inf"))
    assert share < 1e-100 or classical == pytest.approx((sets - 1) / share**2)


def test_pooling_needs_two_sets_with_variances() -> None:
    for estimates, variances in (([1.0], [1.0]), ([1.0, 2.0], [1.0]), ([1.0, 2.0], [0.0, 0.0])):
        with pytest.raises(NotAnalysable):
            pool(estimates, variances, complete_df=10)


def test_the_inverse_wishart_has_its_mean() -> None:
    scale = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.7], [0.5, -0.7, 2.0]])
    source = np.random.default_rng(3)
    drawn = np.array([inverse_wishart(scale, 20, source) for _ in range(20_000)])
    expected = scale / (20 - 3 - 1)
    spread = drawn.std(axis=0) / 20_000**0.5
    assert (np.abs(drawn.mean(axis=0) - expected) < 4.5 * spread).all()


def complete_rows(n: int = 30) -> tuple[ImputationRow, ...]:
    source = np.random.default_rng(8)
    rows = []
    for i in range(n):
        base = float(source.normal(30, 5))
        level = float(source.normal(-6, 3)) - 0.2 * (base - 30) - 3 * (i % 2)
        outcomes = {day: level + float(source.normal(0, 2)) for day in DAYS}
        rows.append(ImputationRow(f"{i:03}", ("PLACEBO", "DRUG")[i % 2], outcomes, base, {}))
    return tuple(rows)


def test_with_nothing_missing_the_draws_have_the_known_posterior() -> None:
    """Every term by day: coefficients are matrix t around least squares, the matrix inverse Wishart."""
    model = NormalModel.of(complete_rows(), PLAN)
    draws = draw_parameters(model, draws=6000, burn_in=50, thin=1, generator=np.random.default_rng(1))
    n, j = model.outcomes.shape
    small = np.array([[1.0, float(r.arm == "DRUG"), r.covariate] for r in model.rows])
    small[:, 2] -= small[:, 2].mean()
    least, *_ = np.linalg.lstsq(small, model.outcomes)
    residual = model.outcomes - small @ least
    expected_sigma = residual.T @ residual / (n - 3 - j - 1)
    beta = draws.beta.reshape(-1, j, 3)
    inverse = np.linalg.inv(small.T @ small)
    expected_spread = np.sqrt(np.outer(np.diag(expected_sigma), np.diag(inverse)))
    assert (np.abs(beta.mean(axis=0) - least.T) < 5 * expected_spread / 6000**0.5).all()
    assert beta.std(axis=0) == pytest.approx(expected_spread, rel=0.05)
    assert draws.sigma.mean(axis=0) == pytest.approx(expected_sigma, rel=0.05, abs=0.15)


@given(st.integers(0, 10_000))
def test_what_is_missing_gets_its_conditional_mean_and_what_was_seen_stays(seed: int) -> None:
    """Against the precision matrix: E[y_m | y_o] = mean_m - Q_mm^-1 Q_mo (y_o - mean_o)."""
    source = np.random.default_rng(seed)
    n, j = 6, 4
    root = source.normal(size=(j, j)) + 2 * np.eye(j)
    sigma = root @ root.T
    means, outcomes = source.normal(size=(n, j)), source.normal(size=(n, j))
    mask = source.random((n, j)) < 0.6
    outcomes[~mask] = np.nan
    done = filled(outcomes, means, sigma, patterns(mask), None)
    precision = np.linalg.inv(sigma)
    for i in range(n):
        o, m = np.flatnonzero(mask[i]), np.flatnonzero(~mask[i])
        assert (done[i, o] == outcomes[i, o]).all()
        if m.size:
            gap = outcomes[i, o] - means[i, o]
            expected = means[i, m] - np.linalg.solve(precision[np.ix_(m, m)], precision[np.ix_(m, o)] @ gap)
            assert done[i, m] == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_the_noise_has_the_conditional_covariance() -> None:
    sigma = np.array([[4.0, 2.0, 1.0], [2.0, 3.0, 1.5], [1.0, 1.5, 2.0]])
    outcomes = np.tile(np.array([1.0, np.nan, np.nan]), (40_000, 1))
    noise = np.random.default_rng(5).standard_normal(outcomes.shape)
    done = filled(outcomes, np.zeros_like(outcomes), sigma, patterns(~np.isnan(outcomes)), noise)
    expected = sigma[1:, 1:] - np.outer(sigma[1:, 0], sigma[0, 1:]) / sigma[0, 0]
    assert np.cov(done[:, 1:].T) == pytest.approx(expected, rel=0.05)
    assert done[:, 1:].mean(axis=0) == pytest.approx([0.5, 0.25], abs=0.04)


@pytest.mark.parametrize(
    ("assumption", "expected"),
    # own means -1 -2 -3 -4, reference means -1 -1 -2 -2, affected from the third day on
    [
        (Assumption.MISSING_AT_RANDOM, [-1, -2, -3, -4]),
        (Assumption.JUMP_TO_REFERENCE, [-1, -2, -2, -2]),
        (Assumption.COPY_REFERENCE, [-1, -1, -2, -2]),
        (Assumption.COPY_INCREMENTS, [-1, -2, -3, -3]),
    ],
)
def test_each_assumption_has_its_means(assumption: Assumption, expected: list[float]) -> None:
    rows = list(complete_rows())
    rows[1] = replace(rows[1], outcomes={4: 0.0, 5: 0.0}, affected_from=6)
    model = NormalModel.of(rows, replace(PLAN, assumption=assumption))
    beta = np.zeros((4, 3))
    beta[:, 0], beta[:, 1] = [-1, -1, -2, -2], [0, -1, -1, -2]
    means = model.means(beta.ravel())
    assert means[1] == pytest.approx(expected)
    assert means[3] == pytest.approx([-1, -2, -3, -4])  # not affected: own arm
    assert means[0] == pytest.approx([-1, -1, -2, -2])


def test_copying_increments_from_the_first_day_on_is_jumping() -> None:
    rows = list(complete_rows())
    rows[1] = replace(rows[1], outcomes={}, affected_from=4)
    beta = np.random.default_rng(2).normal(size=12)
    jump, copy = (
        NormalModel.of(rows, replace(PLAN, assumption=one)).means(beta)
        for one in (Assumption.JUMP_TO_REFERENCE, Assumption.COPY_INCREMENTS)
    )
    assert jump == pytest.approx(copy)


def test_scores_after_the_event_do_not_enter_a_reference_based_fit_and_are_not_changed() -> None:
    rows = list(complete_rows())
    rows[1] = replace(rows[1], outcomes={4: 0.0, 5: 0.0, 6: 50.0}, affected_from=6)
    jump = complete(rows, plan=replace(PLAN, assumption=Assumption.JUMP_TO_REFERENCE), sampling=QUICK)
    assert list(jump.model.fitting[1]) == [True, True, False, False]
    assert (jump.outcomes[:, 1, :3] == [0.0, 0.0, 50.0]).all()
    at_random = NormalModel.of(rows, PLAN)
    assert list(at_random.fitting[1]) == [True, True, True, False]


def completed(assumption: Assumption = Assumption.MISSING_AT_RANDOM) -> CompletedSets:
    return complete(hamd_rows(), plan=replace(PLAN, assumption=assumption), sampling=QUICK)


@pytest.mark.parametrize("assumption", Assumption)
def test_nothing_seen_is_changed_and_nothing_stays_missing(assumption: Assumption) -> None:
    sets = completed(assumption)
    seen = sets.model.seen
    assert (sets.outcomes[:, seen] == sets.model.outcomes[seen]).all()
    assert np.isfinite(sets.outcomes).all()
    assert sets.outcomes[:, ~seen].std(axis=0).min() > 0


def test_a_shift_of_nought_is_none_and_a_shift_is_linear() -> None:
    sets = completed()
    plain = analyse(sets)
    assert analyse(sets, deltas={"DRUG": 0.0, "PLACEBO": 0.0}).differences == plain.differences
    one, two = (difference(analyse(sets, deltas={"DRUG": d})).estimate.estimate for d in (1.0, 2.0))
    start = difference(plain).estimate.estimate
    assert two - one == pytest.approx(one - start, rel=1e-9)
    assert one > start
    both = difference(analyse(sets, deltas={"DRUG": 1.0, "PLACEBO": 1.0})).estimate.estimate
    other = difference(analyse(sets, deltas={"PLACEBO": 1.0})).estimate.estimate
    assert both == pytest.approx(one + other - start, rel=1e-9)
    with pytest.raises(NotAnalysable, match="HIGH"):
        analyse(sets, deltas={"HIGH": 1.0})


def test_a_seed_gives_the_same_bytes_and_another_does_not() -> None:
    first, again = completed(), completed()
    assert (first.outcomes == again.outcomes).all()
    shuffled = complete(hamd_rows()[::-1], plan=PLAN, sampling=QUICK)
    assert (shuffled.outcomes == first.outcomes).all()
    other = complete(hamd_rows(), plan=PLAN, sampling=replace(QUICK, seed=21))
    assert not (other.outcomes == first.outcomes).all()
    assert "Philox, seed 20, 30 sets" in first.stream


def test_assumptions_about_the_reference_arm_alone_change_nothing() -> None:
    rows = [r if r.arm == "PLACEBO" else replace(r, affected_from=None) for r in hamd_rows()]
    results = [
        multiple_imputation(rows, plan=replace(PLAN, assumption=one), sampling=QUICK).differences
        for one in Assumption
    ]
    assert all(one == results[0] for one in results)


def test_the_published_data_give_the_mixed_models_estimate_under_missing_at_random() -> None:
    """-2.80183358, standard error 1.11628448 (mixed model, visit 7). The posterior is wider than a point estimate."""
    result = multiple_imputation(hamd_rows(), plan=PLAN, sampling=Sampling(seed=7, sets=200))
    found = difference(result)
    assert found.estimate.estimate == pytest.approx(-2.80183358, abs=4 * found.monte_carlo_error)
    assert found.estimate.standard_error == pytest.approx(1.11628448, rel=0.05)
    assert 100 < found.estimate.df < 169
    assert [(one.n, one.imputed) for one in result.means] == [(84, 20), (88, 23)]
    means = [one.estimate for one in result.means if not isinstance(one.estimate, NotEstimable)]
    gap = means[0].estimate.estimate - means[1].estimate.estimate
    assert gap == pytest.approx(found.estimate.estimate, rel=1e-9)


def test_reference_based_assumptions_draw_the_difference_towards_nought_in_their_order() -> None:
    estimates = [difference(analyse(completed(one))).estimate.estimate for one in Assumption]
    at_random, jump, copy, increments = estimates
    assert at_random < increments < copy < jump < 0


def test_the_grid_is_the_whole_analysis_cell_by_cell() -> None:
    sets = completed()
    grid = tipping_grid(sets, arm="DRUG", arm_deltas=[0, 2, 4, 6], reference_deltas=[-1, 0])
    assert len(grid.cells) == 8
    for cell in grid.cells:
        whole = analyse(sets, deltas={"DRUG": cell.arm_delta, "PLACEBO": cell.reference_delta})
        assert cell.estimate.estimate == pytest.approx(difference(whole).estimate.estimate, rel=1e-12)
        assert cell.estimate.p_value == pytest.approx(difference(whole).estimate.p_value, rel=1e-9)
        assert cell.significant == (cell.estimate.p_value < 0.05 and cell.estimate.estimate < 0)
    for reference_delta, tipping in grid.boundary:
        lost = [c.arm_delta for c in grid.cells if c.reference_delta == reference_delta and not c.significant]
        assert tipping == min(lost, default=None)
    assert dict(grid.boundary)[0] is not None
    with pytest.raises(NotAnalysable):
        tipping_grid(sets, arm="PLACEBO", arm_deltas=[0])


def test_it_is_unbiased_where_completers_are_not() -> None:
    """Who does badly leaves: 40 trials, true difference -4. Completers alone see a smaller one."""
    source = np.random.default_rng(44)
    found, completers = [], []
    plan = ImputationPlan((1, 2), 2, ("A", "P"), "P")
    for trial in range(40):
        rows = []
        for i in range(100):
            arm = "AP"[i % 2]
            first = float(source.normal(-4 if arm == "A" else 0, 5))
            second = float(first + source.normal(0, 3))
            leaves = first > -1 and source.random() < 0.95
            outcomes = {1: first} if leaves else {1: first, 2: second}
            rows.append(ImputationRow(f"{i:03}", arm, outcomes, float(source.normal(30, 5)), {}))
        result = multiple_imputation(rows, plan=plan, sampling=Sampling(trial, sets=10, burn_in=40, thin=4))
        found.append(difference(result).estimate.estimate)
        by_arm = {a: [r.outcomes[2] for r in rows if r.arm == a and 2 in r.outcomes] for a in "AP"}
        completers.append(np.mean(by_arm["A"]) - np.mean(by_arm["P"]))
    error = np.std(found) / 40**0.5
    assert np.mean(found) == pytest.approx(-4, abs=3.5 * error)
    assert np.mean(completers) > -4 + 4 * error


def test_leaving_is_the_first_day_after_the_last_score() -> None:
    rows = [
        ImputationRow("1", "DRUG", {4: 1.0, 6: 1.0}, 20, {}),
        ImputationRow("2", "DRUG", {7: 1.0}, 20, {}),
        ImputationRow("3", "DRUG", {}, 20, {}),
    ]
    assert [row.affected_from for row in affected_by_leaving(rows, days=DAYS)] == [7, None, 4]


def test_rows_come_from_scores_and_events() -> None:
    people = [treated("1"), treated("2", "PBO"), treated("3"), treated("4", None), treated("5", strata={})]
    people = [replace(p, strata={"country": "DE"}) if p.number != "5" else p for p in people]
    series = {
        s.number: s
        for s in (
            madrs("1", 40, {8: 30, 15: 25, 28: 20}),
            madrs("2", 35, {8: 30}),
            madrs("4", 30, {8: 20}),
            madrs("5", 30, {8: 20}),
        )
    }
    events = [IntercurrentEvent("1", "stopping", 20), IntercurrentEvent("1", "rescue", 10)]
    asked = {"series": series, "days": (8, 15, 28), "factors": ["country"], "events": events}
    kept = imputation_rows(people, **asked)  # type: ignore[arg-type]
    assert kept.rows == (
        ImputationRow("1", "ESK", {8: -10, 15: -15, 28: -20}, 40, {"country": "DE"}, affected_from=15),
        ImputationRow("2", "PBO", {8: -5}, 35, {"country": "DE"}, affected_from=None),
    )
    assert kept.left_out == (("3", "no baseline"), ("4", "no arm"), ("5", "no country"))
    taken_out = imputation_rows(people, keep_after_event=False, **asked)  # type: ignore[arg-type]
    assert taken_out.rows[0].outcomes == {8: -10}


def test_factors_enter_the_imputation_and_the_analysis() -> None:
    rows = [replace(r, factors={"site": "AB"[int(r.number) % 3 == 0]}) for r in hamd_rows()]
    plan = replace(PLAN, factors=("site",))
    sets = complete(rows, plan=plan, sampling=QUICK)
    assert sets.model.design.shape[2] == 4 * 3 + 1
    assert NormalModel.of(rows, replace(plan, factors_by_day=True)).design.shape[2] == 4 * 4
    assert difference(analyse(sets)).estimate.df < difference(analyse(completed())).estimate.df + 2


def test_every_fault_is_named() -> None:
    rows = list(complete_rows(12))
    with pytest.raises(NotAnalysable) as refusal:
        NormalModel.of(
            [
                *rows,
                rows[0],
                ImputationRow("x", "HIGH", {99: 1.0}, float("nan"), {}),
            ],
            replace(PLAN, factors=("site",)),
        )
    said = " ".join(reason.message for reason in refusal.value.reasons)
    for words in ("occurs twice", "arm of x", "has no site", "not planned", "finite number"):
        assert words in said
    with pytest.raises(NotAnalysable, match="Nobody in DRUG has a score on Day 7"):
        NormalModel.of(
            [replace(r, outcomes={4: 1.0, 5: 2.0, 6: 0.0}) if r.arm == "DRUG" else r for r in rows], PLAN
        )
    same = [replace(r, factors={"copy": r.arm}) for r in rows]
    with pytest.raises(NotAnalysable, match=r"cannot tell these terms .*: copy=PLACEBO on Day 4, "):
        NormalModel.of(same, replace(PLAN, factors=("copy",), factors_by_day=True))
    with pytest.raises(NotAnalysable, match="not among the days"):
        ImputationPlan((1, 2), 3, ("A", "P"), "P")
    with pytest.raises(NotAnalysable, match="no participant"):
        NormalModel.of([], PLAN)
    with pytest.raises(NotAnalysable, match="two draws"):
        complete(rows, plan=PLAN, sampling=Sampling(1, sets=1))
