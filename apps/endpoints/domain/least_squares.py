"""Exact least squares with a rank that is found, not assumed.

Columns enter in order; one that is a combination of those before it is set aside and named, as R's ``lm``
does. What cannot be estimated without it is recognised by the row space, and never printed as a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from apps.endpoints.domain.values import NotAnalysable

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

# A column whose part outside the earlier columns is smaller than this share of it adds nothing but rounding
# error.
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class LeastSquares:
    """A fitted linear model. `names` are all columns asked for, `lost` those that depended on earlier
    ones."""

    names: tuple[str, ...]
    kept: tuple[int, ...]
    lost: tuple[str, ...]
    coefficients: Vector
    unscaled_covariance: Matrix
    null_space: Matrix
    residual_variance: float
    df: int
    residuals: Vector

    def estimable(self, contrast: Vector) -> bool:
        """Whether the data determine ``contrast @ beta``: it must be orthogonal to the design's null
        space."""
        if not self.null_space.size:
            return True
        return bool(
            np.max(np.abs(contrast @ self.null_space)) <= 1e-7 * max(1.0, float(np.max(np.abs(contrast))))
        )

    def estimate(self, contrast: Vector) -> tuple[float, float]:
        """The value of an estimable contrast and its standard error."""
        part = contrast[list(self.kept)]
        variance = self.residual_variance * float(part @ self.unscaled_covariance @ part)
        return float(part @ self.coefficients), max(variance, 0.0) ** 0.5


def fit_least_squares(design: Matrix, outcome: Vector, *, names: Sequence[str]) -> LeastSquares:
    """Fit ``outcome ~ design`` by QR on the independent columns.

    `design` has one row per participant, `names` one entry per column.

    :raises NotAnalysable: if no residual degree of freedom is left, or a value is not finite.
    """
    if not (np.isfinite(design).all() and np.isfinite(outcome).all()):
        raise NotAnalysable("A value of the model is not a finite number.")
    kept = independent_columns(design)
    rows, rank = design.shape[0], len(kept)
    if rows <= rank:
        raise NotAnalysable(f"{rows} rows cannot carry a model of {rank} parameters.")
    chosen = design[:, kept]
    q, r = linalg.qr(chosen, mode="economic")
    coefficients = linalg.solve_triangular(r, q.T @ outcome)
    r_inverse = linalg.solve_triangular(r, np.eye(rank))
    residuals = outcome - chosen @ coefficients
    df = rows - rank
    return LeastSquares(
        names=tuple(names),
        kept=tuple(kept),
        lost=tuple(name for place, name in enumerate(names) if place not in kept),
        coefficients=coefficients,
        unscaled_covariance=r_inverse @ r_inverse.T,
        null_space=null_space(design, kept),
        residual_variance=float(residuals @ residuals) / df,
        df=df,
        residuals=residuals,
    )


def independent_columns(design: Matrix) -> list[int]:
    """Places of the columns that add something to those before them (Gram-Schmidt, done twice for
    accuracy)."""
    basis: list[Vector] = []
    kept: list[int] = []
    for place in range(design.shape[1]):
        column = design[:, place]
        size = float(np.linalg.norm(column))
        rest = column.copy()
        for _ in range(2):
            for direction in basis:
                rest = rest - direction * float(direction @ rest)
        left = float(np.linalg.norm(rest))
        if size > 0 and left > TOLERANCE * size:
            kept.append(place)
            basis.append(rest / left)
    return kept


def null_space(design: Matrix, kept: Sequence[int]) -> Matrix:
    """One column per lost column: how it is made of the kept ones, so that ``design @ null_space`` is
    zero."""
    lost = [place for place in range(design.shape[1]) if place not in kept]
    null = np.zeros((design.shape[1], len(lost)))
    for number, place in enumerate(lost):
        weights, *_ = linalg.lstsq(design[:, list(kept)], design[:, place])
        null[list(kept), number] = np.where(np.abs(weights) < 1e-12, 0.0, weights)
        null[place, number] = -1.0
    return null
