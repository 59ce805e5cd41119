"""Multiple imputation: draw, complete, analyse, pool; and how far the missing must be shifted to tip the result.

The seed is an argument. Parameters and outcomes are drawn from two streams of their own, and every missing cell has its
own number, needed or not: two assumptions, or two shifts, from one seed differ by nothing but themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from apps.endpoints.domain.imputation.analysis import SetAnalysis
from apps.endpoints.domain.imputation.model import Array, NormalModel, filled, patterns
from apps.endpoints.domain.imputation.posterior import draw_parameters
from apps.endpoints.domain.imputation.records import Assumption, ImputationPlan, ImputationRow
from apps.endpoints.domain.imputation.rubin import PooledEstimate
from apps.endpoints.domain.results import NotEstimable, Weights
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True)
class Sampling:
    """How many sets, and how they are drawn. The result names the stream, so that it can be drawn again."""

    seed: int
    sets: int = 100
    burn_in: int = 200
    thin: int = 20

    @property
    def stream(self) -> str:
        """The stream of random numbers; NumPy promises it for one version only, so the version is part of it."""
        return (
            f"NumPy {np.__version__} Philox, seed {self.seed}, "
            f"{self.sets} sets, {self.burn_in} steps first, {self.thin} steps apart"
        )


@dataclass(frozen=True, slots=True)
class PooledMean:
    """One arm's least-squares mean; `imputed` of its `n` participants had no score on the day."""

    arm: str
    n: int
    imputed: int
    estimate: PooledEstimate | NotEstimable


@dataclass(frozen=True, slots=True)
class PooledDifference:
    """`arm` minus `reference`."""

    arm: str
    reference: str
    estimate: PooledEstimate | NotEstimable


@dataclass(frozen=True, slots=True)
class ImputationResult:
    """Means and differences on the analysis day over all completed sets. `deltas` were added by arm."""

    assumption: Assumption
    day: int
    deltas: Mapping[str, float]
    stream: str
    weights: Weights
    means: tuple[PooledMean, ...]
    differences: tuple[PooledDifference, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CompletedSets:
    """`outcomes` (m, n, J) with nothing missing; what was seen is the same in every set."""

    model: NormalModel
    outcomes: Array
    stream: str

    @property
    def on_the_day(self) -> Array:
        """(n, m): the outcomes of the analysis day."""
        plan = self.model.plan
        return self.outcomes[:, :, plan.days.index(plan.analysis_day)].T

    def imputed_on_the_day(self, arm: str) -> Array:
        """(n,): 1 for participants of the arm whose outcome of the analysis day was imputed."""
        plan = self.model.plan
        missing = ~self.model.seen[:, plan.days.index(plan.analysis_day)]
        return np.array([float(row.arm == arm) for row in self.model.rows]) * missing


def complete(rows: Sequence[ImputationRow], *, plan: ImputationPlan, sampling: Sampling) -> CompletedSets:
    """Draw parameters from their posterior, and from each draw the missing outcomes by the plan's assumption.

    :raises NotAnalysable: if the rows cannot be imputed from; every fault is named.
    """
    model = NormalModel.of(rows, plan)
    for_parameters, for_outcomes = (
        np.random.Generator(np.random.Philox(seed)) for seed in np.random.SeedSequence(sampling.seed).spawn(2)
    )
    draws = draw_parameters(
        model, draws=sampling.sets, burn_in=sampling.burn_in, thin=sampling.thin, generator=for_parameters
    )
    some = patterns(model.seen)
    sets = [
        filled(
            model.outcomes, model.means(beta), sigma, some, for_outcomes.standard_normal(model.outcomes.shape)
        )
        for beta, sigma in zip(draws.beta, draws.sigma, strict=True)
    ]
    return CompletedSets(model, np.stack(sets), sampling.stream)


def analyse(
    sets: CompletedSets,
    *,
    deltas: Mapping[str, float] | None = None,
    weights: Weights = Weights.EQUAL,
    level: float = 0.95,
) -> ImputationResult:
    """Analyse the completed sets and pool. `deltas` by arm are added to the imputed outcomes of the day.

    :raises NotAnalysable: if a delta is for an arm that is not analysed, or too few participants are left.
    """
    model, shifts = sets.model, dict(deltas or {})
    plan = model.plan
    unknown = sorted(set(shifts) - set(plan.arms))
    if unknown:
        raise NotAnalysable(*(f"{arm} is not an arm of this analysis." for arm in unknown))
    outcomes = sets.on_the_day
    for arm, delta in shifts.items():
        outcomes = outcomes + delta * sets.imputed_on_the_day(arm)[:, None]
    analysis = SetAnalysis.of(model.rows, plan, weights=weights)
    counts = Counter(row.arm for row in model.rows)
    return ImputationResult(
        assumption=plan.assumption,
        day=plan.analysis_day,
        deltas=shifts,
        stream=sets.stream,
        weights=weights,
        means=tuple(
            PooledMean(
                arm,
                counts[arm],
                int(sets.imputed_on_the_day(arm).sum()),
                analysis.pooled(analysis.mean(arm), outcomes, level=level),
            )
            for arm in plan.arms
        ),
        differences=tuple(
            PooledDifference(
                arm,
                plan.reference,
                analysis.pooled(analysis.difference(arm, plan.reference), outcomes, level=level),
            )
            for arm in plan.arms
            if arm != plan.reference
        ),
    )


def multiple_imputation(
    rows: Sequence[ImputationRow],
    *,
    plan: ImputationPlan,
    sampling: Sampling,
    deltas: Mapping[str, float] | None = None,
    weights: Weights = Weights.EQUAL,
    level: float = 0.95,
) -> ImputationResult:
    """Complete and analyse in one go.

    :raises NotAnalysable: as `complete` and `analyse`.
    """
    return analyse(complete(rows, plan=plan, sampling=sampling), deltas=deltas, weights=weights, level=level)
