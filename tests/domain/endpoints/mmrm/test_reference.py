"""Against R's mmrm 0.3.18, polished to a gradient below 1e-8: every number it tells, and the published anchor.

The bound of acceptance is 1e-6; what is asked here is what is reached, so that a lost digit is noticed.
"""

from __future__ import annotations

from typing import Any

import pytest

from apps.endpoints.domain.mmrm import Covariance, DegreesOfFreedom, FTest, MmrmFit, fit_mmrm
from apps.endpoints.domain.results import ModelEstimate, Weights
from tests.domain.endpoints.mmrm.cast import (
    estimates,
    expected,
    fev_frame,
    fev_model,
    hamd_frame,
    hamd_model,
    real,
)

CLOSE = 1e-9
METHODS = {"krlin": DegreesOfFreedom.KENWARD_ROGER, "sat": DegreesOfFreedom.SATTERTHWAITE}
ARM_ONLY = [
    (f"fev_armonly_{s}_reml_{m}", s, m, (("ARMCD",),))
    for s in ("us", "toeph", "ar1h", "csh")
    for m in METHODS
]
FULL = [(f"fev_{s}_BLxVISIT_reml_{m}", s, m, None) for s in ("us", "toeph", "ar1h", "csh") for m in METHODS]


def fitted(structure: str, method: str, terms: Any = None, **more: Any) -> MmrmFit:
    chosen = {"terms": terms} if terms else {}
    return fit_mmrm(
        fev_frame(),
        model=fev_model(
            covariance=(Covariance(structure),), degrees_of_freedom=METHODS[method], **chosen, **more
        ),
    )


def r_name(name: str) -> str:
    """R's name of one of our columns."""
    return "(Intercept)" if name == "intercept" else name.replace("=", "")


@pytest.mark.parametrize(("name", "structure", "method", "terms"), FULL + ARM_ONLY, ids=lambda v: str(v)[:32])
def test_every_number_of_the_reference_fit_is_found_again(
    name: str, structure: str, method: str, terms: Any
) -> None:
    told = expected(name)
    fit = fitted(structure, method, terms)
    s = fit.statistics
    assert (s.rows, s.subjects) == (told["n_obs"], told["n_subjects"])
    assert s.parameters == len(told["theta"])
    assert s.minus_two_log_likelihood == pytest.approx(told["minus2logLik"], abs=1e-8)
    assert [s.log_likelihood, s.aic, s.bic, s.aicc] == pytest.approx(
        [told["logLik"], told["AIC"], told["BIC"], told["AICc"]], rel=1e-12
    )
    assert [r_name(one.name) for one in fit.coefficients] == told["coef_names"]
    found = list(estimates(fit).values())
    assert [one.estimate for one in found] == pytest.approx(told["coef"], rel=CLOSE)
    assert [one.standard_error for one in found] == pytest.approx(told["se"], rel=CLOSE)
    assert [one.df for one in found] == pytest.approx(told["df"], rel=CLOSE)
    assert [one.t for one in found] == pytest.approx(told["t"], rel=CLOSE)
    assert [one.p_value for one in found] == pytest.approx(told["p"], rel=CLOSE)
    same_matrix(fit.sigma, told["varcorr"])
    same_matrix(fit.vcov, told["vcov_used"])
    if "vcov_unadj" in told:
        same_matrix(fit.vcov_unadjusted, told["vcov_unadj"])
    assert fit.attempts[-1].accepted
    assert fit.attempts[-1].gradient < 1e-10


def same_matrix(found: tuple[tuple[float, ...], ...], told: list[list[float]]) -> None:
    for mine, theirs in zip(found, told, strict=True):
        assert mine == pytest.approx(theirs, rel=CLOSE)


@pytest.mark.parametrize(("name", "structure", "method", "_"), FULL, ids=lambda v: str(v)[:32])
@pytest.mark.parametrize(("weights", "word"), [(Weights.EQUAL, "equal"), (Weights.OBSERVED, "proportional")])
def test_means_and_differences_at_each_visit_are_found_again(
    name: str, structure: str, method: str, _: Any, weights: Weights, word: str
) -> None:
    told = expected(name)
    fit = fitted(structure, method, weights=weights)
    assert fit.covariate_means["FEV1_BL"] == pytest.approx(
        told["refgrid_covariate_means"]["FEV1_BL"], rel=1e-12
    )
    means = {(one.arm, one.visit): real(one.estimate) for one in fit.ls_means}
    assert len(means) == len(told[f"lsmeans_{word}"]) == 8
    for row in told[f"lsmeans_{word}"]:
        same_estimate(means[row["arm"], row["visit"]], row)
    differences = {one.visit: real(one.estimate) for one in fit.differences}
    assert len(differences) == len(told[f"diffs_{word}"]) == 4
    for row in told[f"diffs_{word}"]:
        same_estimate(differences[row["visit"]], row)


def same_estimate(found: ModelEstimate, told: dict[str, Any]) -> None:
    mine = [found.estimate, found.standard_error, found.df, found.interval.low, found.interval.high]
    assert mine == pytest.approx([told[key] for key in ("estimate", "se", "df", "lower", "upper")], rel=CLOSE)
    assert [found.t, found.p_value] == pytest.approx([told["t"], told["p"]], rel=CLOSE)


@pytest.mark.parametrize("method", METHODS)
def test_joint_tests_are_found_again(method: str) -> None:
    fit = fitted("us", method)
    ours = {r_name(one.name): one.name for one in fit.coefficients}
    joint = expected(f"fev_us_BLxVISIT_reml_{method}")["joint"]
    assert len(joint) == 3
    for told in joint:
        test = fit.f_test([{ours[name]: 1.0} for name in told["coefs"]])
        assert isinstance(test, FTest)
        assert test.numerator_df == told["num_df"]
        assert [test.denominator_df, test.f, test.p_value] == pytest.approx(
            [told["denom_df"], told["F"], told["p"]], rel=CLOSE
        )


def test_the_overall_test_of_the_arms_does_not_depend_on_how_it_is_written() -> None:
    """True of Kenward and Roger's test; Fai and Cornelius's degrees of freedom depend on the rows that are given."""
    told = next(one for one in expected("fev_us_BLxVISIT_reml_krlin")["joint"] if one["test"] == "ARM_all")
    test = fitted("us", "krlin").overall_test()
    assert isinstance(test, FTest)
    assert [test.f, test.denominator_df] == pytest.approx([told["F"], told["denom_df"]], rel=CLOSE)


def test_the_published_number_of_the_antidepressant_trial_is_found_again() -> None:
    """SAS, unstructured, Kenward-Roger: drug minus placebo at visit 7."""
    fit = fit_mmrm(hamd_frame(), model=hamd_model())
    (last,) = [real(one.estimate) for one in fit.differences if one.visit == "7"]
    assert last.estimate == pytest.approx(-2.80183358, abs=5e-9)
    assert last.standard_error == pytest.approx(1.11628448, abs=5e-9)
    assert last.df == pytest.approx(150.101765, abs=5e-7)
    assert last.p_value == pytest.approx(0.01313493, abs=5e-9)


def test_subjects_without_any_outcome_are_counted_and_named() -> None:
    fit = fitted("us", "krlin")
    assert len(fit.subjects_without_data) == 3
    assert sum(pattern.subjects for pattern in fit.patterns) == fit.statistics.subjects == 197
    assert fit.patterns[0].subjects == max(pattern.subjects for pattern in fit.patterns)
