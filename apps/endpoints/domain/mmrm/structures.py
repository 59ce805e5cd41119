"""Covariance structures as functions of free parameters, with their first and second derivatives.

Every structure is ``Sigma[a, b] = exp(t[a] + t[b]) * R[a, b](phi)``: a log scale for each visit, or one for all,
and a shape R. The parameters are the log scales, then phi. Second derivatives are asked for only as their sum
with given weights, which is all that Newton's method needs.

For the unstructured shape R is L L' with unit lower triangular L, so that every parameter vector is a
covariance matrix; the scales are then those of the Cholesky factor. The other shapes are correlations, and not
every phi is one: whoever tries a phi must look whether the matrix is positive definite.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from apps.endpoints.domain.least_squares import Matrix, Vector
from apps.endpoints.domain.mmrm.model import Covariance
from apps.endpoints.domain.mmrm.shapes import (
    Antedependent,
    Autoregressive,
    Exchangeable,
    Toeplitz,
    Unstructured,
)


class Shape(Protocol):
    """A symmetric matrix R(phi) of a given size."""

    @property
    def size(self) -> int:
        """How many visits."""

    @property
    def parameters(self) -> int:
        """How many numbers phi has."""

    def value(self, phi: Vector) -> Matrix:
        """R, size x size."""

    def gradient(self, phi: Vector) -> Matrix:
        """dR/dphi, size x size x parameters."""

    def curvature(self, phi: Vector, weights: Matrix) -> Matrix:
        """The sum over a, b of weights[a, b] d2R[a, b]/dphi dphi', parameters x parameters."""

    def start(self, moments: Matrix) -> tuple[Vector, Vector]:
        """Log scales by visit, and phi, near a positive definite matrix of residual moments."""


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """One covariance structure of a given number of visits."""

    shape: Shape
    heterogeneous: bool

    @classmethod
    def of(cls, covariance: Covariance, *, visits: int) -> Structure:
        """The structure by its name."""
        shape, heterogeneous = _STRUCTURES[covariance]
        return cls(shape(visits), heterogeneous)

    @property
    def parameters(self) -> int:
        """How many free parameters there are."""
        return self._scales + self.shape.parameters

    def value(self, theta: Vector) -> Matrix:
        """Sigma, visits x visits."""
        t, phi = self._parts(theta)
        return np.asarray(np.exp(t[:, None] + t[None, :]) * self.shape.value(phi))

    def jacobian(self, theta: Vector) -> Matrix:
        """dSigma/dtheta, visits x visits x parameters."""
        t, phi = self._parts(theta)
        size = np.exp(t[:, None] + t[None, :])[:, :, None]
        which = self._which
        growth = which[:, None, :] + which[None, :, :]
        return np.concatenate(
            [self.value(theta)[:, :, None] * growth, size * self.shape.gradient(phi)], axis=2
        )

    def curvature(self, theta: Vector, weights: Matrix) -> Matrix:
        """The sum over a, b of weights[a, b] d2Sigma[a, b]/dtheta dtheta', for symmetric weights."""
        t, phi = self._parts(theta)
        scaled = weights * np.exp(t[:, None] + t[None, :])
        which, both = self._which, scaled * self.shape.value(phi)
        outer = 2 * which.T @ (np.diag(both.sum(axis=1)) + both) @ which
        mixed = 2 * which.T @ np.sum(scaled[:, :, None] * self.shape.gradient(phi), axis=1)
        return np.block([[outer, mixed], [mixed.T, self.shape.curvature(phi, scaled)]])

    def start(self, moments: Matrix) -> Vector:
        """Parameters near a positive definite matrix of residual moments, themselves positive definite."""
        t, phi = self.shape.start(moments)
        scales = t if self.heterogeneous else np.array([np.log(np.mean(np.exp(2 * t))) / 2])
        while not _positive_definite(self.shape.value(phi)):
            phi = phi * 0.9
        return np.concatenate([scales, phi])

    @property
    def _scales(self) -> int:
        return self.shape.size if self.heterogeneous else 1

    @property
    def _which(self) -> Matrix:
        """Which log scale a visit has, visits x scales."""
        return np.eye(self.shape.size) if self.heterogeneous else np.ones((self.shape.size, 1))

    def _parts(self, theta: Vector) -> tuple[Vector, Vector]:
        scales, phi = theta[: self._scales], theta[self._scales :]
        return (scales if self.heterogeneous else np.full(self.shape.size, scales[0])), phi


def _positive_definite(matrix: Matrix) -> bool:
    return bool(np.linalg.eigvalsh(matrix)[0] > 1e-6)


_STRUCTURES: dict[Covariance, tuple[Callable[[int], Shape], bool]] = {
    Covariance.UNSTRUCTURED: (Unstructured, True),
    Covariance.TOEPLITZ: (Toeplitz, False),
    Covariance.TOEPLITZ_HETEROGENEOUS: (Toeplitz, True),
    Covariance.AUTOREGRESSIVE: (Autoregressive, False),
    Covariance.AUTOREGRESSIVE_HETEROGENEOUS: (Autoregressive, True),
    Covariance.COMPOUND_SYMMETRY: (Exchangeable, False),
    Covariance.COMPOUND_SYMMETRY_HETEROGENEOUS: (Exchangeable, True),
    Covariance.ANTE_DEPENDENCE: (Antedependent, False),
    Covariance.ANTE_DEPENDENCE_HETEROGENEOUS: (Antedependent, True),
}
