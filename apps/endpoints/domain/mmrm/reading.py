"""Estimates and tests of contrasts, in the units of the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from apps.endpoints.domain.least_squares import Vector
from apps.endpoints.domain.mmrm.coordinates import Coordinates
from apps.endpoints.domain.mmrm.design import Design
from apps.endpoints.domain.mmrm.inference import FTest, Inference
from apps.endpoints.domain.results import Interval, ModelEstimate, NotEstimable


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """A fitted model that answers for any contrast of the design's columns."""

    design: Design
    coordinates: Coordinates
    inference: Inference
    level: float

    def estimate(self, contrast: Vector) -> ModelEstimate | NotEstimable:
        """``contrast @ coefficients``, over all columns of the design, with a two-sided t test against zero."""
        if not self.coordinates.estimable(contrast):
            return self._undetermined()
        turned = self.coordinates.turned(contrast)
        if not np.any(turned):
            return NotEstimable("the contrast is zero")
        scale = self.coordinates.scale
        value = float(turned @ self.inference.beta) * scale
        error = float(np.sqrt(self.inference.variance(turned))) * scale
        df = self.inference.df(turned)
        t = value / error
        half = -float(special.stdtrit(df, (1 - self.level) / 2)) * error
        method = f"t, {self.inference.method.label}"
        return ModelEstimate(
            estimate=value,
            standard_error=error,
            df=df,
            t=t,
            p_value=float(2 * special.stdtr(df, -abs(t))),
            interval=Interval(value - half, value + half, self.level, method),
        )

    def f_test(self, contrasts: Sequence[Vector]) -> FTest | NotEstimable:
        """That all these contrasts are zero."""
        if not all(self.coordinates.estimable(contrast) for contrast in contrasts):
            return self._undetermined()
        turned = np.array([self.coordinates.turned(contrast) for contrast in contrasts])
        return self.inference.f_test(turned) if len(turned) else NotEstimable("no contrast is left to test")

    def row(self, weights: Sequence[tuple[str, float]]) -> Vector:
        """A contrast of coefficients by the names of their columns.

        :raises KeyError: if there is no such column.
        """
        place = {name: number for number, name in enumerate(self.design.names)}
        contrast = np.zeros(len(place))
        for name, weight in weights:
            contrast[place[name]] += weight
        return contrast

    def _undetermined(self) -> NotEstimable:
        names, kept = self.design.names, self.coordinates.kept
        lost = [name for place, name in enumerate(names) if place not in kept]
        return NotEstimable("the data do not separate this from " + ", ".join(lost))
