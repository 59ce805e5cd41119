"""The tipping point: how much worse than imputed must the missing be before the result is lost?

Two dimensions: one shift for the missing of the arm, another for those of the reference. Every cell of the grid is a
whole pooled analysis of the same completed sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.endpoints.domain.imputation.analysis import SetAnalysis
from apps.endpoints.domain.imputation.multiple import CompletedSets
from apps.endpoints.domain.results import ModelEstimate, NotEstimable, Weights
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True)
class TippingCell:
    """The pooled difference when the shifts are added; `significant`: p below alpha, in the same direction as
    without shifts."""

    arm_delta: float
    reference_delta: float
    estimate: ModelEstimate
    significant: bool


@dataclass(frozen=True, slots=True)
class TippingGrid:
    """All cells, by the reference's shift and then the arm's.

    `boundary` holds for each shift of the reference the shift of the arm nearest to nought at which significance
    is lost, None where no shift of the grid loses it.
    """

    arm: str
    reference: str
    alpha: float
    stream: str
    cells: tuple[TippingCell, ...]
    boundary: tuple[tuple[float, float | None], ...]


def tipping_grid(
    sets: CompletedSets,
    *,
    arm: str,
    arm_deltas: Sequence[float],
    reference_deltas: Sequence[float] = (0.0,),
    alpha: float = 0.05,
) -> TippingGrid:
    """Shift the imputed outcomes of the analysis day and analyse again, over the whole grid.

    :raises NotAnalysable: if the arm is the reference or unknown, or the difference cannot be estimated.
    """
    plan = sets.model.plan
    if arm not in plan.arms or arm == plan.reference:
        raise NotAnalysable(f"{arm} is not an arm that is compared with {plan.reference}.")
    analysis = SetAnalysis.of(sets.model.rows, plan, weights=Weights.EQUAL)
    contrast = analysis.difference(arm, plan.reference)
    if isinstance(contrast, NotEstimable):
        raise NotAnalysable(contrast.reason)
    outcomes = sets.on_the_day
    own, other = (sets.imputed_on_the_day(one)[:, None] for one in (arm, plan.reference))

    def estimate(arm_delta: float, reference_delta: float) -> ModelEstimate:
        shifted = outcomes + arm_delta * own + reference_delta * other
        pooled = analysis.pooled(contrast, shifted, level=1 - alpha)
        assert not isinstance(pooled, NotEstimable)
        return pooled.estimate

    sign = estimate(0.0, 0.0).estimate
    cells = []
    for reference_delta in sorted(set(reference_deltas)):
        for arm_delta in sorted(set(arm_deltas)):
            found = estimate(arm_delta, reference_delta)
            significant = found.p_value < alpha and found.estimate * sign > 0
            cells.append(TippingCell(arm_delta, reference_delta, found, significant))
    boundary = tuple(
        (
            row,
            min(
                (one.arm_delta for one in cells if one.reference_delta == row and not one.significant),
                key=abs,
                default=None,
            ),
        )
        for row in sorted(set(reference_deltas))
    )
    return TippingGrid(arm, plan.reference, alpha, sets.stream, tuple(cells), boundary)
