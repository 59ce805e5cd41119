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
from dataclasses import dataclass

import numpy as np
from scipy import stats

from apps.endpoints.domain.least_squares import LeastSquares, Vector, fit_least_squares
from apps.endpoints.domain.results import Interval, ModelEstimate, NotEstimable, Weights
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True)
class AncovaRow:
    """One participant in the model: arm, outcome (the change), factor levels by factor name, and the
    covariate."""

    number: str
    arm: str
    outcome: float
    factors: Mapping[str, str]
    covariate: float


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
    ones."""

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


def fit_ancova(
    rows: Sequence[AncovaRow],
    *,
    arms: Sequence[str],
    reference: str,
    factors: Sequence[str],
    covariate: str,
    weights: Weights = Weights.EQUAL,
    level: float = 0.95,
) -> AncovaResult:
    """Fit the model and take least-squares means of all `arms` and differences of each against `reference`.

    Two-sided t tests and intervals at `level`. Row order does not matter.

    :raises NotAnalysable: if a participant occurs twice, an arm is unknown, a factor is missing, the
        reference is not among the arms, or too few rows are left.
    """
    ordered = sorted(rows, key=lambda row: row.number)
    _refuse_faults(ordered, arms=arms, reference=reference, factors=factors)
    layout = _Layout.of(ordered, arms=arms, reference=reference, factors=factors, covariate=covariate)
    design = np.array([layout.row(r.arm, r.factors, r.covariate) for r in ordered])
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
        covariate_mean=layout.covariate_mean,
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


@dataclass(frozen=True, slots=True)
class _Layout:
    """The columns of the design: intercept, arms and factor levels against a first level, centred covariate.

    The covariate is centred because the rank test compares sizes: a covariate far from zero would hide small
    columns.
    """

    names: tuple[str, ...]
    arms: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    covariate_mean: float

    @classmethod
    def of(
        cls,
        rows: Sequence[AncovaRow],
        *,
        arms: Sequence[str],
        reference: str,
        factors: Sequence[str],
        covariate: str,
    ) -> _Layout:
        present = {row.arm for row in rows}
        others = tuple(arm for arm in arms if arm != reference and arm in present)
        levels = {name: tuple(sorted({row.factors[name] for row in rows})) for name in factors}
        names = (
            "intercept",
            *(f"treatment={arm}" for arm in others),
            *(f"{name}={level}" for name in factors for level in levels[name][1:]),
            covariate,
        )
        return cls(names, others, levels, sum(row.covariate for row in rows) / len(rows))

    def row(self, arm: str, factors: Mapping[str, str], covariate: float) -> list[float]:
        """The design row of one participant."""
        return [
            1.0,
            *(float(arm == other) for other in self.arms),
            *(float(factors[name] == level) for name, levels in self.levels.items() for level in levels[1:]),
            covariate - self.covariate_mean,
        ]

    def mean_row(self, arm: str, rows: Sequence[AncovaRow], *, weights: Weights) -> Vector:
        """The row of an average participant of `arm`; the centred covariate is zero at its mean."""
        shares: list[float] = []
        for name, levels in self.levels.items():
            seen = Counter(row.factors[name] for row in rows)
            shares += [
                1 / len(levels) if weights is Weights.EQUAL else seen[v] / len(rows) for v in levels[1:]
            ]
        return np.array([1.0, *(float(arm == other) for other in self.arms), *shares, 0.0])


def _refuse_faults(
    rows: Sequence[AncovaRow], *, arms: Sequence[str], reference: str, factors: Sequence[str]
) -> None:
    faults = [f"{reference} is not an arm of this analysis."] * (reference not in arms)
    if not rows:
        faults.append("There is no participant to analyse.")
    faults += [f"{n} is analysed {k} times." for n, k in Counter(row.number for row in rows).items() if k > 1]
    faults += [
        f"The arm of {row.number} is not among {', '.join(arms)}." for row in rows if row.arm not in arms
    ]
    faults += [f"{row.number} has no {name}." for row in rows for name in factors if name not in row.factors]
    if faults:
        raise NotAnalysable(*faults)
