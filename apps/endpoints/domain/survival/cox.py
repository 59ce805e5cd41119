"""Proportional hazards: Cox's regression by Newton's method on the partial likelihood, with Efron's ties.

Cox, J R Stat Soc B 1972;34:187; ties by Efron (J Am Stat Assoc 1977;72:557) or Breslow. With strata every stratum has
its own baseline hazard. Each tied event after the first sees the tied ones leave the risk set by equal shares (Efron)
or not at all (Breslow).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp

import numpy as np
from scipy import stats

from apps.endpoints.domain.results import Interval, NotEstimable
from apps.endpoints.domain.survival.partial_likelihood import Expansion, RiskSets
from apps.endpoints.domain.survival.times import Array, EventTime, checked
from apps.endpoints.domain.values import NotAnalysable

_MOST_STEPS = 50
_SETTLED = 1e-12
_LONGEST_STEP = 5.0
_LEAST_INFORMATION = 1e-4  # a standard error of 100 for a log hazard ratio says nothing
_RUNAWAY = 15.0  # a log hazard ratio per standard deviation of its column that no data supports


class Ties(StrEnum):
    """How events of one day are treated."""

    EFRON = "efron"
    BRESLOW = "breslow"

    @property
    def label(self) -> str:
        """Whose rule it is."""
        return self.value.capitalize()


@dataclass(frozen=True, slots=True)
class HazardRatio:
    """One column: the log hazard ratio with its standard error, the ratio with its interval, Wald z and p."""

    name: str
    coefficient: float
    standard_error: float
    ratio: float
    interval: Interval
    z: float
    p_value: float


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A joint test of all columns."""

    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True)
class CoxResult:
    """`ratios` in the order of the arms against the reference and then the covariates.

    `gradient` is the largest element of the score where the search stopped; log partial likelihoods at no effect
    and at the estimate.
    """

    n: int
    events: int
    strata: int
    ties: Ties
    ratios: tuple[HazardRatio, ...] | NotEstimable
    log_likelihood_null: float
    log_likelihood: float
    likelihood_ratio: ChiSquare
    score: ChiSquare
    iterations: int
    gradient: float


def fit_cox(
    rows: Iterable[EventTime],
    *,
    arms: Sequence[str],
    reference: str,
    covariates: Sequence[str] = (),
    stratified: bool = False,
    ties: Ties = Ties.EFRON,
    level: float = 0.95,
) -> CoxResult:
    """Fit the arms against the reference, with numeric covariates, within strata if asked.

    Where an arm has no event, or the data order the events by a column, the estimate is infinite: the ratios are
    then not estimable, while the score test stands.

    :raises NotAnalysable: if nobody had the event, an arm has no participant, a covariate is missing, columns
        cannot be told apart, or a row cannot be used.
    """
    known = checked(rows, arms=arms)
    others = [arm for arm in arms if arm != reference]
    names = [*others, *covariates]
    _refuse_faults(known, arms, reference, covariates)
    columns = np.array(
        [
            [*(float(row.arm == arm) for arm in others), *(row.covariates[c] for c in covariates)]
            for row in known
        ]
    )
    columns = columns - columns.mean(axis=0)
    size = columns.std(axis=0)
    if np.linalg.matrix_rank(columns) < len(names):
        raise NotAnalysable("The columns of the model cannot be told apart: " + ", ".join(names) + ".")
    columns = columns / size
    strata = [row.stratum if stratified else "" for row in known]
    sets = RiskSets.of(
        columns,
        np.array([row.time for row in known]),
        np.array([row.event for row in known], dtype=bool),
        strata,
        efron=ties is Ties.EFRON,
    )
    start = sets.expand(np.zeros(len(names)))
    beta, at, steps, settled = _search(sets, start)
    score = _score_test(start)
    ratio = 2 * (at.value - start.value)
    return CoxResult(
        n=len(known),
        events=sum(row.event for row in known),
        strata=len(set(strata)),
        ties=ties,
        ratios=_ratios(names, beta, at, size, level) if settled else _infinite(names, beta),
        log_likelihood_null=start.value,
        log_likelihood=at.value,
        likelihood_ratio=ChiSquare(ratio, len(names), float(stats.chi2.sf(max(ratio, 0.0), len(names)))),
        score=ChiSquare(score, len(names), float(stats.chi2.sf(score, len(names)))),
        iterations=steps,
        gradient=float(np.abs(at.gradient / size).max()),
    )


def _search(sets: RiskSets, start: Expansion) -> tuple[Array, Expansion, int, bool]:
    """Newton with halved steps; the likelihood is concave. Ends unsettled where a coefficient runs away."""
    beta, at = np.zeros(len(start.gradient)), start
    for steps in range(1, _MOST_STEPS + 1):
        step, *_ = np.linalg.lstsq(at.information, at.gradient)
        step = step * min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        decrement = float(step @ at.gradient)
        share = 1.0
        there = sets.expand(beta + step)
        while there.value < at.value - 1e-12 * abs(at.value) and share > 1e-6:
            share /= 2
            there = sets.expand(beta + share * step)
        beta, at = beta + share * step, there
        if float(np.abs(beta).max()) > _RUNAWAY:
            return beta, at, steps, False
        if decrement < _SETTLED:
            return beta, at, steps, bool(np.linalg.eigvalsh(at.information)[0] > _LEAST_INFORMATION)
    return beta, at, _MOST_STEPS, False


def _score_test(start: Expansion) -> float:
    if np.linalg.eigvalsh(start.information)[0] <= 1e-12:
        raise NotAnalysable("No event tells the columns apart; there is no test.")
    return float(start.gradient @ np.linalg.solve(start.information, start.gradient))


def _ratios(
    names: Sequence[str], beta: Array, at: Expansion, size: Array, level: float
) -> tuple[HazardRatio, ...]:
    errors = np.sqrt(np.diag(np.linalg.inv(at.information))) / size
    quantile = float(stats.norm.ppf((1 + level) / 2))
    found = []
    for name, b, error in zip(names, (beta / size).tolist(), errors.tolist(), strict=True):
        low, high = _ratio(b - quantile * error), _ratio(b + quantile * error)
        interval = Interval(low, high, level, "Wald, log hazard ratio")
        p = 2 * float(stats.norm.sf(abs(b / error)))
        found.append(HazardRatio(name, b, error, _ratio(b), interval, b / error, p))
    return tuple(found)


def _ratio(log_ratio: float) -> float:
    """The ratio, infinite where it exceeds what a number can hold."""
    return exp(log_ratio) if log_ratio < 700 else float("inf")


def _infinite(names: Sequence[str], beta: Array) -> NotEstimable:
    worst = names[int(np.abs(beta).argmax())]
    return NotEstimable(f"the hazard ratio of {worst} is nought or infinite in these data")


def _refuse_faults(
    rows: Sequence[EventTime], arms: Sequence[str], reference: str, covariates: Sequence[str]
) -> None:
    faults = [f"{reference} is not an arm of this analysis."] * (reference not in arms)
    faults += [f"{arm} has no participant." for arm in arms if not any(row.arm == arm for row in rows)]
    faults += [
        f"{row.number} has no {name}." for row in rows for name in covariates if name not in row.covariates
    ]
    faults += ["Nobody had the event."] * (not any(row.event for row in rows))
    faults += ["There is nothing to compare."] * (len(arms) < 2 and not covariates)
    if faults:
        raise NotAnalysable(*faults)
