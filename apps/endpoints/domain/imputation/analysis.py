"""The same analysis of covariance in many completed data sets at once.

Treatment, factors and covariate do not change from set to set, so the design is decomposed once and every set is one
column of the outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.endpoints.domain.ancova_layout import AncovaLayout, AncovaRow
from apps.endpoints.domain.imputation.model import Array
from apps.endpoints.domain.imputation.records import ImputationPlan, ImputationRow
from apps.endpoints.domain.imputation.rubin import PooledEstimate, pool
from apps.endpoints.domain.least_squares import Vector, fit_least_squares
from apps.endpoints.domain.results import NotEstimable, Weights


@dataclass(frozen=True, slots=True, eq=False)
class SetAnalysis:
    """The decomposed design (n, k): `solve` (k, n) maps outcomes to coefficients, `inverse` is (X'X)^-1."""

    design: Array
    solve: Array
    inverse: Array
    df: int
    means: dict[str, Vector]

    @classmethod
    def of(
        cls, rows: Sequence[ImputationRow], plan: ImputationPlan, *, weights: Weights = Weights.EQUAL
    ) -> SetAnalysis:
        """Prepare the analysis of all participants, in the order given.

        :raises NotAnalysable: if too few participants are left, or terms cannot be told apart.
        """
        places = [AncovaRow(row.number, row.arm, 0.0, row.factors, row.covariate) for row in rows]
        layout = AncovaLayout.of(
            places, arms=plan.arms, reference=plan.reference, factors=plan.factors, covariate=plan.covariate
        )
        whole = np.array([layout.row(one) for one in places])
        fit = fit_least_squares(whole, np.zeros(len(places)), names=layout.names)
        kept = list(fit.kept)
        design = whole[:, kept]
        present = {row.arm for row in rows}
        averages = {arm: layout.mean_row(arm, places, weights=weights) for arm in plan.arms if arm in present}
        return cls(
            design,
            fit.unscaled_covariance @ design.T,
            fit.unscaled_covariance,
            fit.df,
            {arm: row[kept] for arm, row in averages.items() if fit.estimable(row)},
        )

    def mean(self, arm: str) -> Vector | NotEstimable:
        """The contrast of an arm's least-squares mean."""
        return self.means.get(arm, NotEstimable("the data do not determine the mean of this arm"))

    def difference(self, arm: str, reference: str) -> Vector | NotEstimable:
        """The contrast of an arm against the reference."""
        first, second = self.means.get(arm), self.means.get(reference)
        if first is None or second is None:
            return NotEstimable("the data do not determine this difference")
        return first - second

    def estimates(self, contrast: Vector, outcomes: Array) -> tuple[Vector, Vector]:
        """The contrast's estimate and variance in each column of `outcomes` (n, m)."""
        coefficients = self.solve @ outcomes
        residual = outcomes - self.design @ coefficients
        variance = (residual**2).sum(axis=0) / self.df * float(contrast @ self.inverse @ contrast)
        return contrast @ coefficients, variance

    def pooled(
        self, contrast: Vector | NotEstimable, outcomes: Array, *, level: float
    ) -> PooledEstimate | NotEstimable:
        """The contrast over all columns by Rubin's rules.

        :raises NotAnalysable: if there are fewer than two columns.
        """
        if isinstance(contrast, NotEstimable):
            return contrast
        values, variances = self.estimates(contrast, outcomes)
        return pool(values.tolist(), variances.tolist(), complete_df=self.df, level=level)
