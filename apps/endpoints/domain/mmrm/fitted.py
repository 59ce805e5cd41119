"""What a fitted mixed model for repeated measures tells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from apps.endpoints.domain.least_squares import Matrix, Vector
from apps.endpoints.domain.mmrm.frame import SetAside
from apps.endpoints.domain.mmrm.inference import FTest
from apps.endpoints.domain.mmrm.model import Covariance, MmrmModel
from apps.endpoints.domain.mmrm.reading import Reader
from apps.endpoints.domain.mmrm.search import Attempt
from apps.endpoints.domain.results import ModelEstimate, NotEstimable

Table = tuple[tuple[float, ...], ...]
"""A matrix by rows."""


def table_of(matrix: Matrix) -> Table:
    """A matrix as frozen rows."""
    return tuple(tuple(float(value) for value in row) for row in matrix)


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One column of the design and its coefficient."""

    name: str
    estimate: ModelEstimate | NotEstimable


@dataclass(frozen=True, slots=True)
class ArmMean:
    """The model's mean of an arm at a visit; `n` subjects of the arm have an outcome there."""

    arm: str
    visit: str
    n: int
    estimate: ModelEstimate | NotEstimable


@dataclass(frozen=True, slots=True)
class VisitDifference:
    """The model's difference at a visit: `arm` minus `reference`."""

    arm: str
    reference: str
    visit: str
    estimate: ModelEstimate | NotEstimable


@dataclass(frozen=True, slots=True)
class PatternCount:
    """How many subjects have an outcome at exactly these visits."""

    visits: tuple[str, ...]
    subjects: int


@dataclass(frozen=True, slots=True)
class FitStatistics:
    """How well the model fits. The criteria count covariance parameters only, for REML and ML alike.

    `minus_two_log_likelihood` includes its constant, and for REML is that of the restricted likelihood. BIC takes
    the number of subjects; AICc the rows less the columns (SAS and R's mmrm agree for REML; for ML, SAS counts the
    columns as parameters too).
    """

    rows: int
    subjects: int
    columns: int
    parameters: int
    minus_two_log_likelihood: float

    @property
    def log_likelihood(self) -> float:
        """The maximum reached."""
        return -self.minus_two_log_likelihood / 2

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return self.minus_two_log_likelihood + 2 * self.parameters

    @property
    def aicc(self) -> float:
        """Akaike's criterion, corrected for few rows."""
        size = max(self.parameters + 2, self.rows - self.columns)
        return self.minus_two_log_likelihood + 2 * self.parameters * size / (size - self.parameters - 1)

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return self.minus_two_log_likelihood + self.parameters * math.log(self.subjects)


@dataclass(frozen=True, slots=True)
class MmrmFit:
    """A fitted model. `covariance` is the structure that was accepted, the last of `attempts`.

    `coefficients` are those of the independent columns, in order, and `vcov` their covariance matrix as the
    standard errors use it (adjusted for Kenward-Roger), `vcov_unadjusted` the plain one; `lost` names the columns
    that the data could not tell from those before them. `sigma` is the covariance matrix of one subject's outcomes
    by `visits`. `ls_means` hold every arm at every visit, at the covariates' `covariate_means` over the analysed
    rows and with the model's weights of factor levels; `differences` every arm against the reference, which do not
    depend on either unless a term ties them to the arm.
    """

    model: MmrmModel
    covariance: Covariance
    coefficients: tuple[Coefficient, ...]
    lost: tuple[str, ...]
    vcov: Table
    vcov_unadjusted: Table
    visits: tuple[str, ...]
    sigma: Table
    statistics: FitStatistics
    ls_means: tuple[ArmMean, ...]
    differences: tuple[VisitDifference, ...]
    covariate_means: Mapping[str, float]
    patterns: tuple[PatternCount, ...]
    attempts: tuple[Attempt, ...]
    set_aside: tuple[SetAside, ...]
    subjects_without_data: tuple[str, ...]
    _reader: Reader = field(repr=False, compare=False)

    def contrast(self, weights: Mapping[str, float]) -> ModelEstimate | NotEstimable:
        """A weighted sum of coefficients, by the names of their columns (``{"ARM=ESK": 1}``).

        :raises KeyError: if there is no such column.
        """
        return self._reader.estimate(self._reader.row(tuple(weights.items())))

    def mean_contrast(self, weights: Mapping[tuple[str, str], float]) -> ModelEstimate | NotEstimable:
        """A weighted sum of least-squares means, by (arm, visit), as of two dose arms pooled.

        :raises ValueError: if an arm has no subject in the model, or there is no such visit.
        """
        row = self._reader.row(())
        for (arm, visit), weight in weights.items():
            row = row + weight * self._reader.design.average_row(
                arm=arm, visit=visit, weights=self.model.weights
            )
        return self._reader.estimate(row)

    def difference_in(self, *, arm: str, visit: str, factor: str, level: str) -> ModelEstimate | NotEstimable:
        """The difference between an arm and the reference at a visit, at one level of a factor of the model."""
        row = self._difference_row(arm, visit, factor, level)
        return row if isinstance(row, NotEstimable) else self._reader.estimate(row)

    def interaction_test(self, *, arm: str, visit: str, factor: str) -> FTest | NotEstimable:
        """That the difference between an arm and the reference at a visit is the same at every level of a factor."""
        levels = self._reader.design.levels[factor]
        if len(levels) < 2:
            return NotEstimable("there are not two levels in the model")
        rows: list[Vector] = []
        for level in levels:
            row = self._difference_row(arm, visit, factor, level)
            if isinstance(row, NotEstimable):
                return row
            rows.append(row)
        return self._reader.f_test([row - rows[0] for row in rows[1:]])

    def _difference_row(self, arm: str, visit: str, factor: str, level: str) -> Vector | NotEstimable:
        design, model = self._reader.design, self.model
        for absent in (arm, model.reference):
            if absent not in design.levels[model.arm]:
                return NotEstimable(f"no subject of arm {absent}")
        if level not in design.levels[factor]:
            return NotEstimable(f"no subject at {level}")
        first, second = (
            design.average_row(arm=one, visit=visit, weights=model.weights, at={factor: level})
            for one in (arm, model.reference)
        )
        return first - second

    def f_test(self, contrasts: Sequence[Mapping[str, float]]) -> FTest | NotEstimable:
        """That several weighted sums of coefficients are zero together.

        :raises KeyError: if there is no such column.
        """
        return self._reader.f_test([self._reader.row(tuple(weights.items())) for weights in contrasts])

    def overall_test(self) -> FTest | NotEstimable:
        """That no arm differs from the reference at any visit."""
        design, model = self._reader.design, self.model
        arms = [arm for arm in design.levels[model.arm] if arm != model.reference]
        if not arms or model.reference not in design.levels[model.arm]:
            return NotEstimable("there are not two arms in the model")
        return self._reader.f_test(
            [
                design.average_row(arm=arm, visit=visit, weights=model.weights)
                - design.average_row(arm=model.reference, visit=visit, weights=model.weights)
                for arm in arms
                for visit in self.visits
            ]
        )
