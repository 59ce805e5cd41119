"""Analysis of covariance: change by treatment, factors and the baseline score.

In TRANSFORM-2 this is the sensitivity analysis of the primary endpoint: ANCOVA on LOCF data with treatment,
country and class of antidepressant as factors and the baseline MADRS as covariate (registry record
NCT02418585). Which terms a trial has is the protocol's.

Least-squares means are taken at the mean of the covariate over the analysed rows. How factor levels are
weighted is part of the result, because two programs that agree on every difference still differ on this.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import stats

from apps.endpoints.domain.ancova_layout import AncovaLayout, AncovaRow, refuse_faults
from apps.endpoints.domain.least_squares import LeastSquares, Vector, fit_least_squares
from apps.endpoints.domain.results import Interval, ModelEstimate, NotEstimable, Weights

__all__ = ["AncovaResult", "AncovaRow", "ArmDifference", "LeastSquaresMean", "fit_ancova"]


@dataclass(frozen=True, slots=True)
class LeastSquaresMean:
    """The model's mean of one arm at average covariate and averaged factor levels."""

    arm: str
    n: int
    estimate: ModelEstimate | NotEstimable


@dataclass(frozen=True, slots=True)
class ArmDifference:
    """The model's difference: `arm` minus `reference`."""

    arm: str
    reference: str
    estimate: ModelEstimate | NotEstimable


@dataclass(frozen=True, slots=True)
class AncovaResult:
    """The fitted model and what is read off it. `lost_terms` are columns the data could not tell from earlier
    ones; `further` are the means of further covariates."""

    n: int
    factors: tuple[str, ...]
    covariate: str
    covariate_mean: float
    weights: Weights
    residual_sd: float
    df: int
    lost_terms: tuple[str, ...]
    means: tuple[LeastSquaresMean, ...]
    differences: tuple[ArmDifference, ...]
    further: Mapping[str, float] = field(default_factory=dict)


def fit_ancova(
    rows: Sequence[AncovaRow],
    *,
    arms: Sequence[str],
    reference: str,
    factors: Sequence[str],
    covariate: str,
    further: Sequence[str] = (),
    weights: Weights = Weights.EQUAL,
    level: float = 0.95,
) -> AncovaResult:
    """Fit the model and take least-squares means of all `arms` and differences of each against `reference`.

    `covariate` names what rows hold as their covariate, "" for a model without; `further` names more of them.
    Two-sided t tests and intervals at `level`. Row order does not matter.

    :raises NotAnalysable: if a participant occurs twice, an arm is unknown, a factor is missing, the
        reference is not among the arms, or too few rows are left.
    """
    ordered = sorted(rows, key=lambda row: row.number)
    refuse_faults(ordered, arms=arms, reference=reference, factors=factors, further=further)
    layout = AncovaLayout.of(
        ordered, arms=arms, reference=reference, factors=factors, covariate=covariate, further=further
    )
    design = np.array([layout.row(r) for r in ordered])
    outcome = np.array([r.outcome for r in ordered])
    fit = fit_least_squares(design, outcome, names=layout.names)
    counts = Counter(r.arm for r in ordered)
    rows_of = {arm: layout.mean_row(arm, ordered, weights=weights) for arm in arms}

    def estimate(contrast: Vector, *, present: bool) -> ModelEstimate | NotEstimable:
        return (
            _estimate(fit, contrast, level=level) if present else NotEstimable("no participant in this arm")
        )

    return AncovaResult(
        n=len(ordered),
        factors=tuple(factors),
        covariate=covariate,
        covariate_mean=layout.covariate_means.get(covariate, 0.0),
        weights=weights,
        residual_sd=fit.residual_variance**0.5,
        df=fit.df,
        lost_terms=fit.lost,
        means=tuple(
            LeastSquaresMean(arm, counts[arm], estimate(rows_of[arm], present=counts[arm] > 0))
            for arm in arms
        ),
        differences=tuple(
            ArmDifference(arm, reference, estimate(contrast, present=min(counts[arm], counts[reference]) > 0))
            for arm in arms
            if arm != reference
            for contrast in [rows_of[arm] - rows_of[reference]]
        ),
        further={name: layout.covariate_means[name] for name in further},
    )


def _estimate(fit: LeastSquares, contrast: Vector, *, level: float) -> ModelEstimate | NotEstimable:
    if not fit.estimable(contrast):
        return NotEstimable("the data do not separate this from " + ", ".join(fit.lost))
    value, error = fit.estimate(contrast)
    if error <= 1e-12 * max(1.0, abs(value)):
        return NotEstimable("the model fits without any residual; there is nothing to test against")
    t = value / error
    half = float(stats.t.ppf((1 + level) / 2, fit.df)) * error
    p = 2 * float(stats.t.sf(abs(t), fit.df))
    return ModelEstimate(value, error, fit.df, t, p, Interval(value - half, value + half, level, "t, model"))
