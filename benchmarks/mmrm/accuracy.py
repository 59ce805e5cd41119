"""How far our numbers are from the reference fits' and from the definitions', the largest by structure and method.

Relative, but for -2 log-likelihood, where the difference itself is told. The tests hold the same numbers to a bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from apps.endpoints.domain.mmrm import Covariance, DegreesOfFreedom, Estimation, FTest, fit_mmrm
from apps.endpoints.domain.results import Weights
from tests.domain.endpoints.mmrm import plain
from tests.domain.endpoints.mmrm.cast import estimates, expected, fev_frame, fev_model, real, trial_model
from tests.domain.endpoints.mmrm.test_definitions import TERMS, frame, plain_rows

METHODS = {"krlin": DegreesOfFreedom.KENWARD_ROGER, "sat": DegreesOfFreedom.SATTERTHWAITE}
Deviations = dict[str, float]


def against_reference() -> Iterator[tuple[str, Deviations]]:
    """By structure and method, over both models of fev_data, its means with both weights, and its joint tests."""
    for structure in ("us", "toeph", "ar1h", "csh"):
        for method in METHODS:
            found: Deviations = {}
            for part in ("BLxVISIT", "armonly"):
                name = f"fev_{structure}_{part}_reml_{method}"
                name = name if part == "BLxVISIT" else f"fev_armonly_{structure}_reml_{method}"
                _compare(found, expected(name), structure, method)
            yield f"{structure}, {METHODS[method].value}", found


def against_definitions() -> Iterator[tuple[str, Deviations]]:
    """By structure and likelihood, one made-up trial with drop-out, dense matrices and differenced slopes."""
    rows = plain_rows(frame())
    for structure in Covariance:
        for estimation, method in (
            (Estimation.REML, DegreesOfFreedom.KENWARD_ROGER),
            (Estimation.ML, DegreesOfFreedom.SATTERTHWAITE),
        ):
            reml = estimation is Estimation.REML
            model = trial_model(structure, terms=TERMS, estimation=estimation, degrees_of_freedom=method)
            fit = fit_mmrm(frame(), model=model)
            told = plain.told(rows, structure.value, fit.sigma, np.eye(len(fit.coefficients)), reml=reml)
            mine = list(estimates(fit).values())
            used = told.adjusted if reml else told.phi
            found: Deviations = {}
            _worst(found, "estimate", [one.estimate for one in mine], told.beta)
            _worst(found, "SE", [one.standard_error for one in mine], np.sqrt(np.diag(used)))
            _worst(found, "df", [one.df for one in mine], told.df)
            _worst(found, "vcov", fit.vcov, used)
            value = plain.minus_two_log_likelihood(rows, np.array(fit.sigma), reml=reml)
            found["-2logL"] = abs(fit.statistics.minus_two_log_likelihood - value)
            yield f"{structure.value}, {estimation.value}, {method.value}", found


def _compare(found: Deviations, told: Mapping[str, Any], structure: str, method: str) -> None:
    terms = {} if "RACE" in told["formula"] else {"terms": (("ARMCD",),)}
    facts = {"covariance": (Covariance(structure),), "degrees_of_freedom": METHODS[method], **terms}
    fit = fit_mmrm(fev_frame(), model=fev_model(**facts))
    mine = list(estimates(fit).values())
    apart = abs(fit.statistics.minus_two_log_likelihood - told["minus2logLik"])
    found["-2logL"] = max(found.get("-2logL", 0.0), apart)
    _worst(found, "estimate", [one.estimate for one in mine], told["coef"])
    _worst(found, "SE", [one.standard_error for one in mine], told["se"])
    _worst(found, "df", [one.df for one in mine], told["df"])
    _worst(found, "p", [one.p_value for one in mine], told["p"])
    _worst(found, "vcov", fit.vcov, told["vcov_used"])
    _worst(found, "Sigma", fit.sigma, told["varcorr"])
    for weights, word in ((Weights.EQUAL, "equal"), (Weights.OBSERVED, "proportional")):
        if f"lsmeans_{word}" in told:
            told_of = {(one["arm"], one["visit"]): one for one in told[f"lsmeans_{word}"]}
            told_of |= {("-", one["visit"]): one for one in told[f"diffs_{word}"]}
            one = fit_mmrm(fev_frame(), model=fev_model(**facts, weights=weights))
            ours = {(mean.arm, mean.visit): real(mean.estimate) for mean in one.ls_means}
            ours |= {("-", gap.visit): real(gap.estimate) for gap in one.differences}
            for key, theirs in told_of.items():
                _worst(found, "estimate", [ours[key].estimate], [theirs["estimate"]])
                _worst(found, "SE", [ours[key].standard_error], [theirs["se"]])
                _worst(found, "df", [ours[key].df], [theirs["df"]])
                _worst(found, "p", [ours[key].p_value], [theirs["p"]])
    names = {coefficient.name.replace("=", ""): coefficient.name for coefficient in fit.coefficients}
    for joint in told.get("joint", ()):
        test = fit.f_test([{names[name]: 1.0} for name in joint["coefs"]])
        assert isinstance(test, FTest)
        _worst(found, "F", [test.f, test.denominator_df], [joint["F"], joint["denom_df"]])
        _worst(found, "p", [test.p_value], [joint["p"]])


def _worst(found: Deviations, what: str, ours: Sequence[Any], theirs: Sequence[Any]) -> None:
    a, b = np.array(ours, dtype=float), np.array(theirs, dtype=float)
    found[what] = max(found.get(what, 0.0), float(np.max(np.abs(a - b) / np.abs(b))))
