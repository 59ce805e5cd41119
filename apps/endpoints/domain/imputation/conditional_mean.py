"""Conditional-mean imputation with the jackknife: the deterministic sister of multiple imputation.

Wolbers et al., Pharm Stat 2022;21:1246. The imputation model is fitted once, by restricted maximum likelihood; every
missing outcome is replaced by its conditional mean under the assumption; the analysis of covariance of that one data
set gives the estimate. Its own standard error would take the imputed for seen, so it is not used: the whole is repeated
without each participant in turn. No seed, no Monte Carlo error; the same data always give the same numbers. Under
missing at random the estimate is that of the mixed model for repeated measures.

For reference-based assumptions the jackknife measures how much the estimate varies from trial to trial; Rubin's rules
are wider there, because they charge the information that the assumption borrows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg, stats

from apps.endpoints.domain.imputation.analysis import SetAnalysis
from apps.endpoints.domain.imputation.model import Array, NormalModel, filled, patterns
from apps.endpoints.domain.imputation.records import Assumption, ImputationPlan, ImputationRow
from apps.endpoints.domain.mmrm.coordinates import Coordinates
from apps.endpoints.domain.mmrm.likelihood import Likelihood
from apps.endpoints.domain.mmrm.model import Covariance
from apps.endpoints.domain.mmrm.patterns import Patterns
from apps.endpoints.domain.mmrm.search import attempt_fit
from apps.endpoints.domain.results import Interval, ModelEstimate, NotEstimable, Weights
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True)
class ConditionalMean:
    """One arm's least-squares mean (`reference` None) or difference from the reference.

    The test and the interval are normal; `imputed` of `n` participants of the arm had no score on the day.
    """

    arm: str
    reference: str | None
    n: int
    imputed: int
    estimate: ModelEstimate | NotEstimable


@dataclass(frozen=True, slots=True)
class ConditionalMeanResult:
    """Means and differences on the analysis day. `left_out_fits` is how often the model was fitted again."""

    assumption: Assumption
    day: int
    deltas: Mapping[str, float]
    weights: Weights
    left_out_fits: int
    means: tuple[ConditionalMean, ...]
    differences: tuple[ConditionalMean, ...]


def conditional_mean_imputation(
    rows: Sequence[ImputationRow],
    *,
    plan: ImputationPlan,
    deltas: Mapping[str, float] | None = None,
    weights: Weights = Weights.EQUAL,
    level: float = 0.95,
) -> ConditionalMeanResult:
    """Impute conditional means, analyse, and repeat without each participant for the standard errors.

    `deltas` by arm are added to the imputed outcomes of the analysis day.

    :raises NotAnalysable: if the rows cannot be imputed from, with or without one participant; every fault is
        named.
    """
    shifts = dict(deltas or {})
    unknown = sorted(set(shifts) - set(plan.arms))
    if unknown:
        raise NotAnalysable(*(f"{arm} is not an arm of this analysis." for arm in unknown))
    model = NormalModel.of(rows, plan)
    beta, sigma = restricted_likelihood(model)
    whole = _read_off(model, beta, sigma, shifts, weights)
    without = []
    for place in range(len(model.rows)):
        fewer = model.without(place)
        without.append(_read_off(fewer, *restricted_likelihood(fewer, start=sigma), shifts, weights))
    counts = Counter(row.arm for row in model.rows)
    imputed = Counter(row.arm for row in model.rows if plan.analysis_day not in row.outcomes)

    def found(arm: str, reference: str | None) -> ConditionalMean:
        value = _value(whole, arm, reference)
        repeats = [_value(one, arm, reference) for one in without]
        return ConditionalMean(
            arm, reference, counts[arm], imputed[arm], _jackknife(value, repeats, level=level)
        )

    return ConditionalMeanResult(
        assumption=plan.assumption,
        day=plan.analysis_day,
        deltas=shifts,
        weights=weights,
        left_out_fits=len(without),
        means=tuple(found(arm, None) for arm in plan.arms),
        differences=tuple(found(arm, plan.reference) for arm in plan.arms if arm != plan.reference),
    )


def restricted_likelihood(model: NormalModel, *, start: Array | None = None) -> tuple[Array, Array]:
    """Coefficients (p,) and covariance matrix (J, J) by restricted maximum likelihood; the search may be told a
    matrix to start from.

    :raises NotAnalysable: if the unstructured matrix cannot be fitted, or columns cannot be told apart.
    """
    people, days = np.nonzero(model.fitting)
    rows = model.design[people, days]
    names = [f"column {place}" for place in range(rows.shape[1])]
    coordinates = Coordinates.of(rows, model.outcomes[people, days], names=names, weights=None)
    lost = [place for place in range(len(names)) if place not in coordinates.kept]
    if model.design[:, :, lost].any() or model.as_reference[:, :, lost].any():
        raise NotAnalysable("Without one participant the terms of the imputation model cannot be told apart.")
    _, subject_of = np.unique(people, return_inverse=True)
    gathered = Patterns.of(
        coordinates.columns,
        coordinates.residual,
        subject_of=np.asarray(subject_of, dtype=np.int64),
        visit_of=np.asarray(days, dtype=np.int64),
        visits=model.outcomes.shape[1],
    )
    attempt, stop = attempt_fit(
        Likelihood(gathered, restricted=True),
        Covariance.UNSTRUCTURED,
        moments=gathered.moments() if start is None else start / coordinates.scale**2,
        constant=0.0,
    )
    if not attempt.accepted or stop.expansion is None:
        raise NotAnalysable(f"The imputation model could not be fitted: {attempt.refused}.")
    turned = coordinates.offset + coordinates.scale * stop.expansion.beta
    beta = np.zeros(
        len(names)
    )  # a level that only the participant left out had keeps a coefficient of nought
    beta[list(coordinates.kept)] = linalg.solve_triangular(coordinates.triangle, turned)
    return beta, np.asarray(stop.sigma * coordinates.scale**2)


def _read_off(
    model: NormalModel, beta: Array, sigma: Array, shifts: Mapping[str, float], weights: Weights
) -> dict[str, float]:
    """The least-squares mean of every arm that has one, after one imputation."""
    plan = model.plan
    done = filled(model.outcomes, model.means(beta), sigma, patterns(model.seen), None)
    place = plan.days.index(plan.analysis_day)
    missing = ~model.seen[:, place]
    shift = np.array([shifts.get(row.arm, 0.0) for row in model.rows])
    outcome = done[:, place] + np.where(missing, shift, 0.0)
    analysis = SetAnalysis.of(model.rows, plan, weights=weights)
    coefficients = analysis.solve @ outcome
    return {arm: float(contrast @ coefficients) for arm, contrast in analysis.means.items()}


def _value(means: Mapping[str, float], arm: str, reference: str | None) -> float | None:
    if arm not in means or (reference is not None and reference not in means):
        return None
    return means[arm] - (means[reference] if reference is not None else 0.0)


def _jackknife(
    value: float | None, repeats: Sequence[float | None], *, level: float
) -> ModelEstimate | NotEstimable:
    known = np.array([one for one in repeats if one is not None])
    if value is None or len(known) < len(repeats):
        return NotEstimable("the data do not determine this, with or without one participant")
    n = len(known)
    error = float(np.sqrt((n - 1) / n * ((known - known.mean()) ** 2).sum()))
    if error == 0:
        return NotEstimable("leaving out any one participant changes nothing; there is no standard error")
    z = value / error
    half = float(stats.norm.ppf((1 + level) / 2)) * error
    interval = Interval(value - half, value + half, level, "normal, jackknife standard error")
    return ModelEstimate(value, error, float("inf"), z, 2 * float(stats.norm.sf(abs(z))), interval)
