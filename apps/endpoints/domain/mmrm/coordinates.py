"""The model in coordinates in which it is easy to compute: orthonormal columns, residual outcome of unit size.

The likelihood does not change when the columns are combined among themselves or the fit of ordinary least
squares is taken off the outcome, but its rounding errors do: a baseline of a million plus something costs
nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from apps.endpoints.domain.least_squares import Matrix, Vector, independent_columns, null_space
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True, eq=False)
class Coordinates:
    """``design[:, kept] = columns @ triangle`` and ``outcome = columns @ offset + scale * residual``.

    `inverse` is that of the triangle.

    With weights, rows of design and outcome are multiplied by the root of their weight first. `null` has one
    column for each lost one: how it is made of those before it.
    """

    columns: Matrix
    residual: Vector
    triangle: Matrix
    inverse: Matrix
    offset: Vector
    scale: float
    kept: tuple[int, ...]
    null: Matrix
    log_weights: float

    @classmethod
    def of(
        cls, design: Matrix, outcome: Vector, *, names: Sequence[str], weights: Vector | None
    ) -> Coordinates:
        """Find the independent columns and the coordinates.

        :raises NotAnalysable: if the rows cannot carry the columns or the outcome is fitted without residual.
        """
        roots = None if weights is None else np.sqrt(weights)
        x = design if roots is None else design * roots[:, None]
        y = outcome if roots is None else outcome * roots
        (whole,) = linalg.qr(x, mode="r", check_finite=False)
        whole = whole[: x.shape[1]]
        kept = independent_columns(whole)
        if x.shape[0] <= len(kept):
            raise NotAnalysable(
                f"{x.shape[0]} rows cannot carry a model of {len(kept)} columns: "
                + ", ".join(names[place] for place in kept)
                + "."
            )
        (triangle,) = linalg.qr(whole[:, kept], mode="r")
        triangle = triangle[: len(kept)]
        columns = linalg.solve_triangular(triangle.T, x[:, kept].T, lower=True, check_finite=False).T
        offset = columns.T @ y
        residual = y - columns @ offset
        scale = float(np.sqrt(np.mean(residual**2)))
        if scale <= 1e-10 * float(np.sqrt(np.mean((y - np.mean(y)) ** 2))):
            raise NotAnalysable("The model fits every outcome exactly; there is no residual to learn from.")
        return cls(
            columns=columns,
            residual=residual / scale,
            triangle=triangle,
            inverse=np.linalg.inv(triangle),
            offset=offset,
            scale=scale,
            kept=tuple(kept),
            null=null_space(whole, kept),
            log_weights=0.0 if weights is None else float(np.sum(np.log(weights))),
        )

    def estimable(self, contrast: Vector) -> bool:
        """Whether the data determine ``contrast @ coefficients`` over all columns: the row space test."""
        if not self.null.shape[1]:
            return True
        size = np.abs(contrast) @ np.abs(self.null)
        return bool(np.all(np.abs(contrast @ self.null) <= 1e-7 * np.maximum(size, 1e-300)))

    def turned(self, contrast: Vector) -> Vector:
        """The same contrast, of all columns, in these coordinates."""
        return np.asarray(contrast[list(self.kept)] @ self.inverse)

    def constant(self, *, restricted: bool) -> float:
        """What minus twice the (restricted) log-likelihood has beside its value in these coordinates."""
        rows, columns = self.columns.shape
        free = rows - columns if restricted else rows
        size = 2 * np.sum(np.log(np.abs(np.diag(self.triangle)))) if restricted else 0.0
        return float(free * np.log(2 * np.pi * self.scale**2) + size) - self.log_weights
