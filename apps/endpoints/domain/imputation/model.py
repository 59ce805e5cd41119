"""The imputation model as arrays: outcomes by participant and day, and the design of the multivariate normal.

Shapes: n participants, J days, p coefficients. Missing outcomes are NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.endpoints.domain.imputation.records import Assumption, ImputationPlan, ImputationRow, refuse_faults
from apps.endpoints.domain.least_squares import independent_columns
from apps.endpoints.domain.values import NotAnalysable

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """The participants who have an outcome on the same days: their places, and the days seen and missing."""

    people: Places
    seen: Places
    missing: Places


@dataclass(frozen=True, slots=True, eq=False)
class NormalModel:
    """`outcomes` (n, J); `design` (n, J, p) of each participant's own arm; `as_reference` the same in the reference
    arm; `affected` (n, J): missing there is imputed by the assumption; `fitting` (n, J): enters the model's fit.

    Outcomes seen after the event do not enter the fit under a reference-based assumption: they are what the
    assumption does not describe. They are still never changed.
    """

    rows: tuple[ImputationRow, ...]
    plan: ImputationPlan
    outcomes: Array
    design: Array
    as_reference: Array
    affected: Mask
    fitting: Mask

    @classmethod
    def of(cls, rows: Sequence[ImputationRow], plan: ImputationPlan) -> NormalModel:
        """Arrange the rows by their numbers.

        :raises NotAnalysable: if the rows cannot be imputed from; every fault is named.
        """
        refuse_faults(rows, plan)
        ordered = tuple(sorted(rows, key=lambda row: row.number))
        days = plan.days
        outcomes = np.array([[row.outcomes.get(day, np.nan) for day in days] for row in ordered])
        affected = np.array(
            [[row.affected_from is not None and day >= row.affected_from for day in days] for row in ordered]
        )
        centre = float(np.mean([row.covariate for row in ordered]))
        levels = {name: sorted({row.factors[name] for row in ordered}) for name in plan.factors}
        own, reference = (
            np.stack([_design(row, arm or row.arm, plan, centre, levels) for row in ordered])
            for arm in ("", plan.reference)
        )
        seen = ~np.isnan(outcomes)
        at_random = plan.assumption is Assumption.MISSING_AT_RANDOM
        in_reference: Mask = np.array([[row.arm == plan.reference] for row in ordered], dtype=bool)
        described: Mask = np.logical_or(~affected, in_reference | at_random)
        fitting: Mask = np.logical_and(seen, described)
        kept = independent_columns(own[fitting])
        if len(kept) < own.shape[2]:
            names = _column_names(plan, levels)
            raise NotAnalysable(
                "The scores cannot tell these terms of the imputation model from others: "
                + ", ".join(names[place] for place in range(len(names)) if place not in kept)
                + "."
            )
        if int(fitting.any(axis=1).sum()) <= len(days):
            raise NotAnalysable("Too few participants have a score for a covariance matrix of all days.")
        return cls(ordered, plan, outcomes, own, reference, affected, fitting)

    def without(self, place: int) -> NormalModel:
        """The same model with one participant left out."""
        outcomes, design, as_reference = (
            np.delete(array, place, axis=0) for array in (self.outcomes, self.design, self.as_reference)
        )
        affected, fitting = (np.delete(mask, place, axis=0) for mask in (self.affected, self.fitting))
        rows = self.rows[:place] + self.rows[place + 1 :]
        return NormalModel(rows, self.plan, outcomes, design, as_reference, affected, fitting)

    @property
    def seen(self) -> Mask:
        """(n, J): whether there is an outcome."""
        return ~np.isnan(self.outcomes)

    def means(self, beta: Array) -> Array:
        """(n, J): each participant's mean by the assumption, for coefficients (p,).

        Before the event it is the mean of the own arm, but under copy reference that of the reference arm for
        everybody who was affected.
        """
        own, reference = self.design @ beta, self.as_reference @ beta
        touched = np.asarray(self.affected.any(axis=1, keepdims=True))
        if self.plan.assumption is Assumption.MISSING_AT_RANDOM:
            return own
        if self.plan.assumption is Assumption.COPY_REFERENCE:
            return np.where(touched, reference, own)
        if self.plan.assumption is Assumption.JUMP_TO_REFERENCE:
            return np.where(self.affected, reference, own)
        last = np.argmax(self.affected, axis=1)[:, None] - 1
        reached = np.take_along_axis(own - reference, np.maximum(last, 0), axis=1)
        gap = np.where(touched & (last >= 0), reached, 0.0)
        return np.where(self.affected, reference + gap, own)


def patterns(mask: Mask) -> tuple[Pattern, ...]:
    """The patterns of a mask (n, J), in a fixed order."""
    codes, inverse = np.unique(mask, axis=0, return_inverse=True)
    return tuple(
        Pattern(np.flatnonzero(inverse == place), np.flatnonzero(code), np.flatnonzero(~code))
        for place, code in enumerate(codes)
    )


def filled(
    outcomes: Array, means: Array, sigma: Array, some: Sequence[Pattern], noise: Array | None
) -> Array:
    """Outcomes (n, J) with every missing one replaced by its conditional mean, plus noise if given.

    `noise` (n, J) are standard normal numbers, of which those of missing cells are used; without it the result
    is the conditional mean. What was seen is copied as it is.
    """
    done = outcomes.copy()
    for one in some:
        if not one.missing.size:
            continue
        rows, mis = one.people[:, None], one.missing
        spread = sigma[np.ix_(mis, mis)]
        values = means[rows, mis]
        if one.seen.size:
            inner = sigma[np.ix_(one.seen, one.seen)]
            slopes = np.linalg.solve(inner, sigma[np.ix_(one.seen, mis)])
            values = values + (outcomes[rows, one.seen] - means[rows, one.seen]) @ slopes
            spread = spread - sigma[np.ix_(mis, one.seen)] @ slopes
        if noise is not None:
            values = values + noise[rows, mis] @ np.linalg.cholesky((spread + spread.T) / 2).T
        done[rows, mis] = values
    return done


def _design(
    row: ImputationRow, arm: str, plan: ImputationPlan, centre: float, levels: dict[str, list[str]]
) -> Array:
    """(J, p): treatment by day, covariate by day, factors."""
    days = len(plan.days)
    others = [one for one in plan.arms if one != plan.reference]
    by_day = [1.0, *(float(arm == one) for one in others), row.covariate - centre]
    constant = [float(row.factors[name] == level) for name in plan.factors for level in levels[name][1:]]
    if plan.factors_by_day:
        by_day, constant = by_day + constant, []
    blocks = np.kron(np.eye(days), np.array([by_day]))
    return np.hstack([blocks, np.tile(np.array([constant]).reshape(1, -1), (days, 1))])


def _column_names(plan: ImputationPlan, levels: dict[str, list[str]]) -> list[str]:
    by_day = ["mean", *(f"treatment={one}" for one in plan.arms if one != plan.reference), plan.covariate]
    constant = [f"{name}={level}" for name in plan.factors for level in levels[name][1:]]
    if plan.factors_by_day:
        by_day, constant = by_day + constant, []
    return [f"{name} on Day {day}" for day in plan.days for name in by_day] + constant
