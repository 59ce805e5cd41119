"""What must hold whatever the data: the fit's symmetries, and the models it contains."""

from __future__ import annotations

import random
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.endpoints.domain.ancova import AncovaRow, fit_ancova
from apps.endpoints.domain.mmrm import (
    Covariance,
    DegreesOfFreedom,
    Estimation,
    Factor,
    FTest,
    MmrmFit,
    ModelFrame,
    Numeric,
    fit_mmrm,
)
from apps.endpoints.domain.results import ModelEstimate, Weights
from apps.endpoints.domain.values import NotAnalysable
from tests.domain.endpoints.mmrm.cast import (
    estimates,
    hamd_frame,
    hamd_model,
    real,
    trial,
    trial_model,
)

some_trials = settings(max_examples=12, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)
structures = st.sampled_from(list(Covariance))


def small_trial(seed: int) -> ModelFrame:
    return trial(subjects=60, visits=3, seed=seed, drop_out=0.1, effect=-3)


def numbers(fit: MmrmFit) -> list[float]:
    """Estimate, standard error and degrees of freedom of every difference."""
    found = [real(one.estimate) for one in fit.differences]
    return [value for one in found for value in (one.estimate, one.standard_error, one.df)]


@given(seed=seeds, structure=structures)
@some_trials
def test_the_order_of_rows_changes_nothing_at_all(seed: int, structure: Covariance) -> None:
    frame = small_trial(seed)
    order = list(range(len(frame.subject)))
    random.Random(seed).shuffle(order)
    shuffled = replace(
        frame,
        subject=[frame.subject[row] for row in order],
        outcome=[frame.outcome[row] for row in order],
        columns={
            name: replace(column, values=[column.values[row] for row in order])
            for name, column in frame.columns.items()
        },
    )
    model = trial_model(structure)
    first, second = fit_mmrm(frame, model=model), fit_mmrm(shuffled, model=model)
    assert first == second
    assert first.patterns == second.patterns


@given(seed=seeds, structure=structures)
@some_trials
def test_other_names_of_subjects_visits_arms_and_levels_change_only_names(
    seed: int, structure: Covariance
) -> None:
    frame = small_trial(seed)
    names = {"PBO": "zeta", "ESK": "alpha", "Day 7": "week 9", "Day 14": "week 10", "Day 21": "week 1"}
    names |= {"EU": "3", "NA": "1", "ROW": "2"}
    columns = {
        name: Factor([names[str(v)] for v in c.values], tuple(names[level] for level in c.levels))
        if isinstance(c, Factor)
        else c
        for name, c in frame.columns.items()
    }
    renamed = replace(
        frame, subject=[f"{zlib.crc32(s.encode()) % 9973}-{s}" for s in frame.subject], columns=columns
    )
    first = fit_mmrm(frame, model=trial_model(structure))
    second = fit_mmrm(renamed, model=trial_model(structure, reference="zeta"))
    assert numbers(first) == pytest.approx(numbers(second), rel=1e-9)
    assert [names[one.visit] for one in first.differences] == [one.visit for one in second.differences]


@given(seed=seeds, structure=structures, shift=st.floats(-1e4, 1e4), scale=st.floats(1e-3, 1e3))
@some_trials
def test_the_outcome_may_be_shifted_and_measured_in_other_units(
    seed: int, structure: Covariance, shift: float, scale: float
) -> None:
    frame = small_trial(seed)
    moved = replace(frame, outcome=[None if y is None else shift + scale * y for y in frame.outcome])
    first, second = (fit_mmrm(one, model=trial_model(structure)) for one in (frame, moved))
    for mine, theirs in zip(first.differences, second.differences, strict=True):
        a, b = real(mine.estimate), real(theirs.estimate)
        assert [b.estimate / scale, b.standard_error / scale, b.df] == pytest.approx(
            [a.estimate, a.standard_error, a.df], rel=1e-6
        )
    means, moved_means = ([real(one.estimate).estimate for one in fit.ls_means] for fit in (first, second))
    assert [shift + scale * mean for mean in means] == pytest.approx(moved_means, rel=1e-8, abs=1e-8)


@given(seed=seeds, shift=st.sampled_from([-1e6, 1e3, 1e6]), scale=st.floats(1e-2, 1e2))
@some_trials
def test_a_covariate_may_be_shifted_by_a_million_and_measured_in_other_units(
    seed: int, shift: float, scale: float
) -> None:
    frame = small_trial(seed)
    base = [shift + scale * value for value in frame.columns["BASE"].values]  # type: ignore[operator]
    moved = fit_mmrm(replace(frame, columns={**frame.columns, "BASE": Numeric(base)}), model=trial_model())
    plain = fit_mmrm(frame, model=trial_model())
    assert not moved.lost
    assert numbers(moved) == pytest.approx(numbers(plain), rel=1e-6)
    assert [real(one.estimate).estimate for one in moved.ls_means] == pytest.approx(
        [real(one.estimate).estimate for one in plain.ls_means], rel=1e-6
    )


@given(seed=seeds, structure=structures)
@some_trials
def test_differences_do_not_depend_on_the_weights_of_means(seed: int, structure: Covariance) -> None:
    frame = small_trial(seed)
    first, second = (fit_mmrm(frame, model=trial_model(structure, weights=one)) for one in Weights)
    assert numbers(first) == pytest.approx(numbers(second), rel=1e-9)


@given(seed=seeds, structure=structures)
@some_trials
def test_a_difference_is_the_difference_of_means_and_turns_with_the_reference(
    seed: int, structure: Covariance
) -> None:
    frame = small_trial(seed)
    fit, turned = (fit_mmrm(frame, model=trial_model(structure, reference=one)) for one in ("PBO", "ESK"))
    means = {(one.arm, one.visit): real(one.estimate).estimate for one in fit.ls_means}
    for here, there in zip(fit.differences, turned.differences, strict=True):
        a, b = real(here.estimate), real(there.estimate)
        assert a.estimate == pytest.approx(
            means["ESK", here.visit] - means["PBO", here.visit], rel=1e-8, abs=1e-10
        )
        assert [a.estimate, a.standard_error, a.df, a.p_value] == pytest.approx(
            [-b.estimate, b.standard_error, b.df, b.p_value], rel=1e-8
        )
        assert fit.mean_contrast({("ESK", here.visit): 1, ("PBO", here.visit): -1}) == a


@given(seed=seeds)
@some_trials
def test_one_visit_alone_is_the_analysis_of_covariance(seed: int) -> None:
    frame = trial(subjects=40, visits=1, seed=seed, effect=-3)
    fit = fit_mmrm(frame, model=trial_model())
    rows = [
        AncovaRow(subject, str(arm), float(y), {"REGION": str(region)}, float(base))  # type: ignore[arg-type]
        for subject, arm, y, region, base in zip(
            frame.subject,
            frame.columns["ARM"].values,
            frame.outcome,
            frame.columns["REGION"].values,
            frame.columns["BASE"].values,
            strict=True,
        )
    ]
    told = fit_ancova(rows, arms=["PBO", "ESK"], reference="PBO", factors=["REGION"], covariate="BASE")
    a, b = real(fit.differences[0].estimate), real(told.differences[0].estimate)
    assert [a.estimate, a.standard_error, a.t, a.p_value, a.interval.low, a.interval.high] == pytest.approx(
        [b.estimate, b.standard_error, b.t, b.p_value, b.interval.low, b.interval.high], rel=1e-9
    )
    assert a.df == pytest.approx(told.df, rel=1e-10)
    assert fit.sigma[0][0] == pytest.approx(told.residual_sd**2, rel=1e-10)


@given(seed=seeds)
@some_trials
def test_complete_data_with_compound_symmetry_are_the_analysis_of_variance(seed: int) -> None:
    """The split plot: arms are tested against subjects, visits within arms against the rest; F and df are exact."""
    subjects, visits = 24, 4
    frame = trial(subjects=subjects, visits=visits, seed=seed, effect=-3)
    fit = fit_mmrm(
        frame,
        model=trial_model(Covariance.COMPOUND_SYMMETRY, terms=(("AVISIT",), ("ARM",), ("AVISIT", "ARM"))),
    )
    y = np.array(frame.outcome, dtype=float).reshape(subjects, visits)
    arms = [y[0::2], y[1::2]]
    n = subjects // 2
    between = sum(visits * np.sum((arm.mean(axis=1) - arm.mean()) ** 2) for arm in arms) / (subjects - 2)
    within = sum(
        np.sum((arm - arm.mean(axis=1, keepdims=True) - arm.mean(axis=0) + arm.mean()) ** 2) for arm in arms
    ) / ((subjects - 2) * (visits - 1))
    f_arm = visits * n * sum((arm.mean() - y.mean()) ** 2 for arm in arms) / between
    gap = arms[0].mean(axis=0) - arms[1].mean(axis=0)
    f_both = n / 2 * np.sum((gap - gap.mean()) ** 2) / (visits - 1) / within

    days = [one.visit for one in fit.differences]
    average = real(
        fit.mean_contrast({("ESK", d): 1 / visits for d in days} | {("PBO", d): -1 / visits for d in days})
    )
    assert [average.t**2, average.df] == pytest.approx([f_arm, subjects - 2], rel=1e-7)
    both = fit.f_test([{f"AVISIT={day}:ARM=ESK": 1.0} for day in days[1:]])
    assert isinstance(both, FTest)
    assert [both.f, both.denominator_df] == pytest.approx([f_both, (subjects - 2) * (visits - 1)], rel=1e-7)
    assert fit.sigma[0][0] - fit.sigma[0][1] == pytest.approx(within, rel=1e-8)
    assert fit.sigma[0][0] + (visits - 1) * fit.sigma[0][1] == pytest.approx(between, rel=1e-8)


def test_it_equals_conditional_mean_imputation_and_the_analysis_of_covariance() -> None:
    """Every missing outcome put at its mean given the subject's others, the last visit alone gives the same."""
    frame = hamd_frame()
    fit = fit_mmrm(frame, model=hamd_model())
    beta = {name: one.estimate for name, one in estimates(fit).items()}
    sigma, visits = np.array(fit.sigma), fit.visits
    outcome: dict[str, dict[str, float]] = {}
    about: dict[str, tuple[str, float]] = {}
    columns = zip(*(frame.columns[name].values for name in ("VISIT", "THERAPY", "BASVAL")), strict=True)
    for subject, y, (visit, arm, base) in zip(frame.subject, frame.outcome, columns, strict=True):
        outcome.setdefault(subject, {})[str(visit)] = float(y)  # type: ignore[arg-type]
        about[subject] = (str(arm), float(base))  # type: ignore[arg-type]

    def mean(subject: str, visit: str) -> float:
        arm, base = about[subject]
        later = beta.get(f"VISIT={visit}", 0.0) + base * beta.get(f"BASVAL:VISIT={visit}", 0.0)
        treated = (arm == "DRUG") * (beta["THERAPY=DRUG"] + beta.get(f"VISIT={visit}:THERAPY=DRUG", 0.0))
        return beta["intercept"] + base * beta["BASVAL"] + later + treated

    rows = []
    for subject, seen in outcome.items():
        there = [place for place, visit in enumerate(visits) if visit in seen]
        away = np.array([seen[visits[place]] - mean(subject, visits[place]) for place in there])
        weights = np.linalg.solve(sigma[np.ix_(there, there)], sigma[there, -1])
        value = seen.get(visits[-1], mean(subject, visits[-1]) + float(weights @ away))
        rows.append(AncovaRow(subject, about[subject][0], value, {}, about[subject][1]))
    told = fit_ancova(rows, arms=["DRUG", "PLACEBO"], reference="PLACEBO", factors=[], covariate="BASVAL")
    assert sum("7" not in seen for seen in outcome.values()) > 20
    assert real(told.differences[0].estimate).estimate == pytest.approx(
        real(fit.differences[-1].estimate).estimate, rel=1e-9
    )


@given(
    seed=seeds, structure=structures, subjects=st.integers(4, 14), visits=st.integers(1, 5), ml=st.booleans()
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_every_number_told_of_a_tiny_trial_is_one(
    seed: int, structure: Covariance, subjects: int, visits: int, ml: bool
) -> None:
    model = trial_model(
        structure,
        terms=(("AVISIT",), ("ARM",), ("AVISIT", "ARM")),
        estimation=Estimation.ML if ml else Estimation.REML,
        degrees_of_freedom=DegreesOfFreedom.SATTERTHWAITE if ml else DegreesOfFreedom.KENWARD_ROGER,
    )
    try:
        fit = fit_mmrm(trial(subjects=subjects, visits=visits, seed=seed, drop_out=0.2), model=model)
    except NotAnalysable:
        return
    for one in (*fit.coefficients, *fit.ls_means, *fit.differences):
        if isinstance(one.estimate, ModelEstimate):
            assert one.estimate.standard_error > 0
            assert one.estimate.df > 0
            assert 0 <= one.estimate.p_value <= 1
            assert one.estimate.interval.low < one.estimate.estimate < one.estimate.interval.high
    test = fit.overall_test()
    if isinstance(test, FTest):
        assert test.f >= 0
        assert test.denominator_df > 0
        assert 0 <= test.p_value <= 1


def test_the_interval_has_the_level_that_was_asked_for() -> None:
    frame = small_trial(1)
    wide, narrow = (fit_mmrm(frame, model=trial_model(level=level)) for level in (0.99, 0.8))
    a, b = real(wide.differences[0].estimate), real(narrow.differences[0].estimate)
    assert a.interval.low < b.interval.low < b.interval.high < a.interval.high
    assert (a.interval.level, b.interval.level) == (0.99, 0.8)
    p = real(fit_mmrm(frame, model=trial_model(level=1 - a.p_value)).differences[0].estimate)
    assert min(abs(p.interval.low), abs(p.interval.high)) == pytest.approx(0, abs=1e-9)
