"""Against the model's definitions, for every structure and both likelihoods (see `plain`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from apps.endpoints.domain.mmrm import (
    Covariance,
    DegreesOfFreedom,
    Estimation,
    MmrmFit,
    ModelFrame,
    Numeric,
    fit_mmrm,
)
from tests.domain.endpoints.mmrm import plain
from tests.domain.endpoints.mmrm.cast import estimates, real, trial, trial_model

TERMS = (("BASE",), ("AVISIT",), ("ARM",), ("AVISIT", "ARM"))


def frame() -> ModelFrame:
    return trial(subjects=30, visits=4, seed=7, drop_out=0.12, effect=-4)


def plain_rows(data: ModelFrame) -> plain.Rows:
    """The same design by hand: intercept, BASE, visits, arm, visits by arm."""
    visits = [f"Day {day}" for day in (7, 14, 21, 28)]
    x, y, subject, visit = [], [], [], []
    values = {name: data.columns[name].values for name in ("BASE", "AVISIT", "ARM")}
    for row, outcome in enumerate(data.outcome):
        if outcome is None:
            continue
        later = [float(values["AVISIT"][row] == one) for one in visits[1:]]
        treated = float(values["ARM"][row] == "ESK")
        x.append([1.0, values["BASE"][row], *later, treated, *(treated * one for one in later)])
        y.append(outcome)
        subject.append(data.subject[row])
        visit.append(visits.index(str(values["AVISIT"][row])))
    return plain.Rows(np.array(x, dtype=float), np.array(y), np.array(subject), np.array(visit))


def fitted(structure: Covariance, **more: Any) -> MmrmFit:
    return fit_mmrm(frame(), model=trial_model(structure, terms=TERMS, **more))


@pytest.mark.parametrize("structure", Covariance)
def test_restricted_likelihood_and_kenward_roger_follow_their_definitions(structure: Covariance) -> None:
    fit = fitted(structure)
    rows = plain_rows(frame())
    told = plain.told(rows, structure.value, fit.sigma, np.eye(len(fit.coefficients)))
    mine = list(estimates(fit).values())
    assert fit.statistics.minus_two_log_likelihood == pytest.approx(
        plain.minus_two_log_likelihood(rows, np.array(fit.sigma), reml=True), rel=1e-11
    )
    assert np.max(np.abs(told.gradient * plain.parameters_of(structure.value, np.array(fit.sigma)))) < 1e-8
    assert [one.estimate for one in mine] == pytest.approx(told.beta, rel=1e-9)
    assert [one.standard_error for one in mine] == pytest.approx(np.sqrt(np.diag(told.adjusted)), rel=1e-7)
    assert [one.df for one in mine] == pytest.approx(told.df, rel=1e-7)
    assert np.array(fit.vcov_unadjusted) == pytest.approx(told.phi, rel=1e-7, abs=1e-9)
    assert np.array(fit.vcov) == pytest.approx(told.adjusted, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("structure", Covariance)
def test_full_likelihood_and_satterthwaite_follow_their_definitions(structure: Covariance) -> None:
    fit = fitted(structure, estimation=Estimation.ML, degrees_of_freedom=DegreesOfFreedom.SATTERTHWAITE)
    rows = plain_rows(frame())
    told = plain.told(rows, structure.value, fit.sigma, np.eye(len(fit.coefficients)), reml=False)
    mine = list(estimates(fit).values())
    assert fit.statistics.minus_two_log_likelihood == pytest.approx(
        plain.minus_two_log_likelihood(rows, np.array(fit.sigma), reml=False), rel=1e-11
    )
    assert np.max(np.abs(told.gradient * plain.parameters_of(structure.value, np.array(fit.sigma)))) < 1e-8
    assert [one.standard_error for one in mine] == pytest.approx(np.sqrt(np.diag(told.phi)), rel=1e-7)
    assert [one.df for one in mine] == pytest.approx(told.df, rel=1e-7)


@pytest.mark.parametrize("structure", Covariance)
def test_the_covariance_matrix_has_the_structure_it_is_named_for(structure: Covariance) -> None:
    sigma = np.array(fitted(structure).sigma)
    theta = plain.parameters_of(structure.value, sigma)
    assert sigma == pytest.approx(plain.covariance_matrix(structure.value, theta, 4), rel=1e-12)
    assert len(theta) == fitted(structure).statistics.parameters


def test_more_freedom_never_fits_worse() -> None:
    value = {one: fitted(one).statistics.minus_two_log_likelihood for one in Covariance}
    for narrow, wide in (
        ("cs", "toep"), ("ar1", "toep"), ("ar1", "ad"), ("cs", "csh"), ("ar1", "ar1h"), ("toep", "toeph"),
        ("ad", "adh"), ("csh", "toeph"), ("ar1h", "toeph"), ("ar1h", "adh"), ("toeph", "us"), ("adh", "us"),
    ):  # fmt: skip
        assert value[Covariance(wide)] <= value[Covariance(narrow)] + 1e-9, (narrow, wide)


def test_weights_are_precisions_of_the_rows() -> None:
    """A row of weight w is a row whose residual is scaled by the root of w."""
    data = frame()
    weights = list(np.random.default_rng(5).uniform(0.5, 2, len(data.outcome)))
    fit = fit_mmrm(replace(data, weights=weights), model=trial_model(terms=TERMS))
    rows = plain_rows(data)
    kept = np.sqrt([w for w, y in zip(weights, data.outcome, strict=True) if y is not None])
    scaled = replace(rows, x=rows.x * kept[:, None], y=rows.y * kept)
    told = plain.told(scaled, "us", fit.sigma, np.eye(len(fit.coefficients)))
    mine = list(estimates(fit).values())
    assert [one.estimate for one in mine] == pytest.approx(told.beta, rel=1e-9)
    assert [one.standard_error for one in mine] == pytest.approx(np.sqrt(np.diag(told.adjusted)), rel=1e-7)
    # The density of y itself, not of the scaled one.
    assert fit.statistics.minus_two_log_likelihood == pytest.approx(
        plain.minus_two_log_likelihood(scaled, np.array(fit.sigma), reml=True) - 2 * np.sum(np.log(kept)),
        rel=1e-11,
    )


def test_equal_weights_change_the_covariance_and_nothing_else() -> None:
    data = replace(frame(), weights=[4.0] * len(frame().outcome))
    fit, one = fit_mmrm(data, model=trial_model(terms=TERMS)), fitted(Covariance.UNSTRUCTURED)
    assert np.array(fit.sigma) == pytest.approx(4 * np.array(one.sigma), rel=1e-9)
    assert np.array(fit.vcov) == pytest.approx(np.array(one.vcov), rel=1e-9)
    assert fit.statistics.minus_two_log_likelihood == pytest.approx(
        one.statistics.minus_two_log_likelihood, rel=1e-12
    )


def test_a_slope_for_each_visit_is_written_with_or_without_its_mean() -> None:
    """BASE*AVISIT spans the same with BASE beside it, and differences are the same."""
    both = fit_mmrm(frame(), model=trial_model(terms=(("BASE",), ("BASE", "AVISIT"), *TERMS[1:])))
    alone = fit_mmrm(frame(), model=trial_model(terms=(("BASE", "AVISIT"), *TERMS[1:])))
    assert "BASE:AVISIT=Day 7" in estimates(alone)
    assert "BASE:AVISIT=Day 7" not in estimates(both)
    for first, second in zip(both.differences, alone.differences, strict=True):
        assert real(first.estimate).estimate == pytest.approx(real(second.estimate).estimate, rel=1e-9)
        assert real(first.estimate).standard_error == pytest.approx(
            real(second.estimate).standard_error, rel=1e-9
        )
    shifted = {**frame().columns, "BASE": Numeric([v - 30 for v in frame().columns["BASE"].values])}  # type: ignore[operator]
    moved = fit_mmrm(replace(frame(), columns=shifted), model=alone.model)
    assert moved.statistics.minus_two_log_likelihood == pytest.approx(
        both.statistics.minus_two_log_likelihood, rel=1e-10
    )
