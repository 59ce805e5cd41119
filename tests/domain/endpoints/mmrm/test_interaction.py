"""Whether the difference between arms differs between the levels of a factor, against other ways to the same number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from apps.endpoints.domain.mmrm import DegreesOfFreedom, Factor, FTest, ModelFrame, Numeric, fit_mmrm
from apps.endpoints.domain.results import NotEstimable
from tests.domain.endpoints.mmrm.cast import real, trial, trial_model

LAST = "Day 21"
TERMS = (
    ("BASE",), ("AVISIT",), ("ARM",), ("REGION",), ("AVISIT", "ARM"), ("AVISIT", "REGION"), ("ARM", "REGION"),
    ("AVISIT", "ARM", "REGION"),
)  # fmt: skip
METHODS = pytest.mark.parametrize("method", list(DegreesOfFreedom))


def ftest(found: FTest | NotEstimable) -> FTest:
    assert isinstance(found, FTest), found
    return found


def two_regions(frame: ModelFrame) -> ModelFrame:
    region = frame.columns["REGION"]
    assert isinstance(region, Factor)
    values = ["EU" if value == "EU" else "NA" for value in region.values]
    return replace(frame, columns={**frame.columns, "REGION": Factor(values, ("EU", "NA"))})


@METHODS
def test_of_one_visit_is_the_f_test_of_the_analysis_of_covariance(method: DegreesOfFreedom) -> None:
    """Two models by least squares, with and without the products; F from their residual sums of squares."""
    frame = trial(subjects=90, visits=1, seed=4, effect=-4)
    model = trial_model(
        degrees_of_freedom=method, terms=(("BASE",), ("ARM",), ("REGION",), ("ARM", "REGION"))
    )
    ours = ftest(fit_mmrm(frame, model=model).interaction_test(arm="ESK", visit="Day 7", factor="REGION"))

    arm, region, base = (frame.columns[name].values for name in ("ARM", "REGION", "BASE"))
    y = np.array(frame.outcome, dtype=float)
    x = np.array(base, dtype=float)
    esk = np.array([value == "ESK" for value in arm], dtype=float)
    north, rest = (np.array([value == name for value in region], dtype=float) for name in ("NA", "ROW"))
    smaller = np.column_stack([np.ones_like(y), x, esk, north, rest])
    larger = np.column_stack([smaller, esk * north, esk * rest])

    def residual(columns: np.ndarray) -> float:
        solution = np.linalg.lstsq(columns, y, rcond=None)[0]
        return float(np.sum((y - columns @ solution) ** 2))

    left = len(y) - larger.shape[1]
    f = (residual(smaller) - residual(larger)) / 2 / (residual(larger) / left)
    assert (ours.numerator_df, ours.f) == (2, pytest.approx(f, rel=1e-9))
    assert ours.denominator_df == pytest.approx(left, rel=1e-6)
    assert ours.p_value == pytest.approx(stats.f.sf(f, 2, left), rel=1e-6)


@METHODS
def test_of_complete_data_is_the_analysis_of_variance_of_the_last_visit(method: DegreesOfFreedom) -> None:
    """With every cell free and nobody missing, earlier visits tell nothing about the last one's means."""
    frame = trial(subjects=84, visits=3, seed=11, effect=-5)
    model = trial_model(degrees_of_freedom=method, terms=tuple(term for term in TERMS if term != ("BASE",)))
    fit = fit_mmrm(frame, model=model)
    ours = ftest(fit.interaction_test(arm="ESK", visit=LAST, factor="REGION"))

    cells: dict[tuple[str, str], list[float]] = {}
    rows = zip(
        *(frame.columns[name].values for name in ("AVISIT", "ARM", "REGION")), frame.outcome, strict=True
    )
    for visit, arm, region, value in rows:
        if visit == LAST:
            cells.setdefault((str(arm), str(region)), []).append(float(value or 0))
    means = {cell: np.mean(values) for cell, values in cells.items()}
    left = sum(map(len, cells.values())) - len(cells)
    variance = sum(float(np.sum((np.array(v) - means[c]) ** 2)) for c, v in cells.items()) / left
    effects = np.array([means["ESK", region] - means["PBO", region] for region in ("EU", "NA", "ROW")])
    weights = np.array(
        [1 / sum(1 / len(cells[arm, region]) for arm in ("ESK", "PBO")) for region in ("EU", "NA", "ROW")]
    )
    f = float(np.sum(weights * (effects - np.average(effects, weights=weights)) ** 2)) / 2 / variance
    assert ours.f == pytest.approx(f, rel=1e-8)
    assert ours.denominator_df == pytest.approx(left, rel=1e-6)
    for region, effect in zip(("EU", "NA", "ROW"), effects, strict=True):
        level = real(fit.difference_in(arm="ESK", visit=LAST, factor="REGION", level=region))
        assert level.estimate == pytest.approx(effect, rel=1e-8)


@METHODS
def test_of_two_levels_is_the_square_of_the_t_of_their_difference(method: DegreesOfFreedom) -> None:
    frame = two_regions(trial(subjects=80, visits=3, seed=7, drop_out=0.15, effect=-4))
    fit = fit_mmrm(frame, model=trial_model(degrees_of_freedom=method, terms=TERMS))
    ours = ftest(fit.interaction_test(arm="ESK", visit=LAST, factor="REGION"))
    product = real(fit.contrast({"ARM=ESK:REGION=NA": 1.0, f"AVISIT={LAST}:ARM=ESK:REGION=NA": 1.0}))
    eu, north = (
        real(fit.difference_in(arm="ESK", visit=LAST, factor="REGION", level=level)) for level in ("EU", "NA")
    )
    assert north.estimate - eu.estimate == pytest.approx(product.estimate, rel=1e-9)
    assert ours.f == pytest.approx(product.t**2, rel=1e-9)
    assert ours.denominator_df == pytest.approx(product.df, rel=1e-9)
    assert ours.p_value == pytest.approx(product.p_value, rel=1e-9)


@METHODS
def test_it_does_not_depend_on_which_level_comes_first(method: DegreesOfFreedom) -> None:
    frame = trial(subjects=90, visits=3, seed=21, drop_out=0.1, effect=-3)
    fits = [
        fit_mmrm(
            frame,
            model=trial_model(degrees_of_freedom=method, terms=TERMS, reference_levels={"REGION": region}),
        )
        for region in ("EU", "ROW")
    ]
    first, second = (ftest(f.interaction_test(arm="ESK", visit=LAST, factor="REGION")) for f in fits)
    assert first.f == pytest.approx(second.f, rel=1e-7)
    if method is DegreesOfFreedom.KENWARD_ROGER:
        assert first.denominator_df == pytest.approx(second.denominator_df, rel=1e-6)


def test_a_level_without_one_of_the_arms_is_told() -> None:
    frame = trial(subjects=60, visits=2, seed=3)
    region = [
        "ROW" if place % 9 == 0 and arm == "ESK" else "EU"
        for place, arm in enumerate(frame.columns["ARM"].values)
    ]
    per_subject: dict[str, str] = {}
    for subject, value in zip(frame.subject, region, strict=True):
        per_subject.setdefault(subject, value)
    column = Factor([per_subject[subject] for subject in frame.subject], ("EU", "ROW"))
    fit = fit_mmrm(
        replace(frame, columns={**frame.columns, "REGION": column}), model=trial_model(terms=TERMS)
    )
    test = fit.interaction_test(arm="ESK", visit="Day 14", factor="REGION")
    assert isinstance(test, NotEstimable)
    assert isinstance(
        fit.difference_in(arm="ESK", visit="Day 14", factor="REGION", level="ROW"), NotEstimable
    )
    assert real(fit.difference_in(arm="ESK", visit="Day 14", factor="REGION", level="EU"))


def test_covariates_stand_at_their_means_whatever_the_level() -> None:
    """Without an interaction every level has the same difference: the model's own."""
    frame = trial(subjects=70, visits=2, seed=9, effect=-4)
    assert isinstance(frame.columns["BASE"], Numeric)
    fit = fit_mmrm(frame, model=trial_model())
    whole = next(one for one in fit.differences if one.arm == "ESK" and one.visit == "Day 14")
    for level in ("EU", "NA", "ROW"):
        one = real(fit.difference_in(arm="ESK", visit="Day 14", factor="REGION", level=level))
        assert one.estimate == pytest.approx(real(whole.estimate).estimate, rel=1e-12)
