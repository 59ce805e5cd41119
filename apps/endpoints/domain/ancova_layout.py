"""The rows, columns and contrasts of the analysis of covariance, apart from what is fitted to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from apps.endpoints.domain.least_squares import Vector
from apps.endpoints.domain.results import Weights
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True)
class AncovaRow:
    """One participant in the model: arm, outcome (the change), factor levels by factor name, the covariate, and
    further covariates by name where the model has more than one."""

    number: str
    arm: str
    outcome: float
    factors: Mapping[str, str]
    covariate: float
    further: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AncovaLayout:
    """The columns of the design: intercept, arms and factor levels against a first level, centred covariates.

    Covariates are centred because the rank test compares sizes: a covariate far from zero would hide small
    columns. `main` is the one that rows hold as `covariate`, "" for a model without; `covariate_means` are those
    of it and of the further ones, in order.
    """

    names: tuple[str, ...]
    arms: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    main: str
    covariate_means: Mapping[str, float]

    @classmethod
    def of(
        cls,
        rows: Sequence[AncovaRow],
        *,
        arms: Sequence[str],
        reference: str,
        factors: Sequence[str],
        covariate: str,
        further: Sequence[str] = (),
    ) -> AncovaLayout:
        """The layout of these rows, which must have passed `refuse_faults`."""
        present = {row.arm for row in rows}
        others = tuple(arm for arm in arms if arm != reference and arm in present)
        levels = {name: tuple(sorted({row.factors[name] for row in rows})) for name in factors}
        means = {covariate: sum(row.covariate for row in rows) / len(rows)} if covariate else {}
        means |= {name: sum(row.further[name] for row in rows) / len(rows) for name in further}
        names = (
            "intercept",
            *(f"treatment={arm}" for arm in others),
            *(f"{name}={level}" for name in factors for level in levels[name][1:]),
            *means,
        )
        return cls(names, others, levels, covariate, means)

    def row(self, one: AncovaRow) -> list[float]:
        """The design row of one participant."""
        return [
            1.0,
            *(float(one.arm == other) for other in self.arms),
            *(
                float(one.factors[name] == level)
                for name, levels in self.levels.items()
                for level in levels[1:]
            ),
            *(
                (one.covariate if name == self.main else one.further[name]) - mean
                for name, mean in self.covariate_means.items()
            ),
        ]

    def mean_row(self, arm: str, rows: Sequence[AncovaRow], *, weights: Weights) -> Vector:
        """The row of an average participant of `arm`; centred covariates are zero at their means."""
        shares: list[float] = []
        for name, levels in self.levels.items():
            seen = Counter(row.factors[name] for row in rows)
            shares += [
                1 / len(levels) if weights is Weights.EQUAL else seen[v] / len(rows) for v in levels[1:]
            ]
        return np.array(
            [1.0, *(float(arm == other) for other in self.arms), *shares, *[0.0] * len(self.covariate_means)]
        )


def refuse_faults(
    rows: Sequence[AncovaRow],
    *,
    arms: Sequence[str],
    reference: str,
    factors: Sequence[str],
    further: Sequence[str] = (),
) -> None:
    """
    Name everything that keeps the rows from being analysed, at once.

    :raises NotAnalysable: with every fault
    """
    faults = [f"{reference} is not an arm of this analysis."] * (reference not in arms)
    if not rows:
        faults.append("There is no participant to analyse.")
    faults += [f"{n} is analysed {k} times." for n, k in Counter(row.number for row in rows).items() if k > 1]
    faults += [
        f"The arm of {row.number} is not among {', '.join(arms)}." for row in rows if row.arm not in arms
    ]
    faults += [f"{row.number} has no {name}." for row in rows for name in factors if name not in row.factors]
    faults += [f"{row.number} has no {name}." for row in rows for name in further if name not in row.further]
    if faults:
        raise NotAnalysable(*faults)
