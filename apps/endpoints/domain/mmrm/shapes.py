"""The shapes of covariance structures; see `structures` for what each method gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from apps.endpoints.domain.least_squares import Matrix, Vector


def _correlations(moments: Matrix) -> tuple[Vector, Matrix]:
    sd = np.sqrt(np.diag(moments))
    return np.log(sd), moments / np.outer(sd, sd)


def _lags(size: int) -> Matrix:
    places = np.arange(size)
    return np.asarray(np.abs(places[:, None] - places[None, :]), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Unstructured:
    """L L' with unit lower triangular L; phi are the elements of L below its diagonal, row by row."""

    size: int

    @property
    def parameters(self) -> int:
        """One for each pair of visits."""
        return self.size * (self.size - 1) // 2

    def value(self, phi: Vector) -> Matrix:
        """L L'."""
        lower = self._lower(phi)
        return lower @ lower.T

    def gradient(self, phi: Vector) -> Matrix:
        """d(LL')/dL[i, j] has column j of L in row i and in column i."""
        rows, columns = np.tril_indices(self.size, -1)
        lower, each = self._lower(phi), np.arange(self.parameters)
        found = np.zeros((self.size, self.size, self.parameters))
        found[rows, :, each] += lower[:, columns].T
        found[:, rows, each] += lower[:, columns]
        return found

    def curvature(self, phi: Vector, weights: Matrix) -> Matrix:
        """Two elements of L meet in L L' only when they stand in the same column."""
        rows, columns = np.tril_indices(self.size, -1)
        return np.asarray(2 * weights[np.ix_(rows, rows)] * (columns[:, None] == columns[None, :]))

    def start(self, moments: Matrix) -> tuple[Vector, Vector]:
        """The Cholesky factor, its diagonal taken out row by row."""
        factor = linalg.cholesky(moments, lower=True)
        diagonal = np.diag(factor)
        return np.log(diagonal), (factor / diagonal[:, None])[np.tril_indices(self.size, -1)]

    def _lower(self, phi: Vector) -> Matrix:
        lower = np.eye(self.size)
        lower[np.tril_indices(self.size, -1)] = phi
        return lower


@dataclass(frozen=True, slots=True)
class Toeplitz:
    """One correlation for each distance between visits."""

    size: int

    @property
    def parameters(self) -> int:
        """One for each distance."""
        return self.size - 1

    def value(self, phi: Vector) -> Matrix:
        """phi by distance."""
        return np.asarray(np.append(1.0, phi)[_lags(self.size).astype(int)])

    def gradient(self, phi: Vector) -> Matrix:
        """Ones at the distance."""
        return np.asarray(_lags(self.size)[:, :, None] == np.arange(1, self.size), dtype=np.float64)

    def curvature(self, phi: Vector, weights: Matrix) -> Matrix:
        """None: the shape is linear."""
        return np.zeros((self.parameters, self.parameters))

    def start(self, moments: Matrix) -> tuple[Vector, Vector]:
        """The mean correlation at each distance."""
        t, correlations = _correlations(moments)
        return t, np.array([np.mean(np.diag(correlations, lag)) for lag in range(1, self.size)])


@dataclass(frozen=True, slots=True)
class Exchangeable:
    """One correlation for every pair (compound symmetry)."""

    size: int

    @property
    def parameters(self) -> int:
        """One; none for a single visit."""
        return min(self.size - 1, 1)

    def value(self, phi: Vector) -> Matrix:
        """phi off the diagonal."""
        return np.where(np.eye(self.size) > 0, 1.0, phi[0]) if phi.size else np.ones((1, 1))

    def gradient(self, phi: Vector) -> Matrix:
        """Ones off the diagonal."""
        return (1 - np.eye(self.size))[:, :, None][:, :, : self.parameters]

    def curvature(self, phi: Vector, weights: Matrix) -> Matrix:
        """None: the shape is linear."""
        return np.zeros((self.parameters, self.parameters))

    def start(self, moments: Matrix) -> tuple[Vector, Vector]:
        """The mean correlation."""
        t, correlations = _correlations(moments)
        pairs = correlations[np.tril_indices(self.size, -1)]
        return t, np.array([np.mean(pairs)] if pairs.size else [])


@dataclass(frozen=True, slots=True)
class Autoregressive:
    """A correlation that shrinks by the same factor from visit to visit."""

    size: int

    @property
    def parameters(self) -> int:
        """One; none for a single visit."""
        return min(self.size - 1, 1)

    def value(self, phi: Vector) -> Matrix:
        """phi to the power of the distance."""
        return np.asarray(phi[0] ** _lags(self.size)) if phi.size else np.ones((1, 1))

    def gradient(self, phi: Vector) -> Matrix:
        """d phi^(d-1)."""
        if not phi.size:
            return np.zeros((1, 1, 0))
        lags = _lags(self.size)
        return np.asarray(lags * phi[0] ** np.maximum(lags - 1, 0))[:, :, None]

    def curvature(self, phi: Vector, weights: Matrix) -> Matrix:
        """d (d-1) phi^(d-2)."""
        if not phi.size:
            return np.zeros((0, 0))
        lags = _lags(self.size)
        return np.array([[np.sum(weights * lags * (lags - 1) * phi[0] ** np.maximum(lags - 2, 0))]])

    def start(self, moments: Matrix) -> tuple[Vector, Vector]:
        """The mean correlation of neighbours."""
        t, correlations = _correlations(moments)
        neighbours = np.diag(correlations, 1)
        return t, np.array([np.mean(neighbours)] if neighbours.size else [])


@dataclass(frozen=True, slots=True)
class Antedependent:
    """A correlation for each pair of neighbours; others are the product of those between them."""

    size: int

    @property
    def parameters(self) -> int:
        """One for each pair of neighbours."""
        return self.size - 1

    def value(self, phi: Vector) -> Matrix:
        """The product of phi from one visit to the other."""
        return np.asarray(np.prod(self._steps(phi), axis=2))

    def gradient(self, phi: Vector) -> Matrix:
        """The product without one of its factors."""
        found = np.zeros((self.size, self.size, self.parameters))
        for k in range(self.parameters):
            found[:, :, k] = self._between[:, :, k] * np.prod(self._steps(phi, k), axis=2)
        return found

    def curvature(self, phi: Vector, weights: Matrix) -> Matrix:
        """The products without two of their factors."""
        found = np.zeros((self.parameters, self.parameters))
        for k in range(self.parameters):
            for m in range(k):
                both = self._between[:, :, k] * self._between[:, :, m]
                found[k, m] = found[m, k] = np.sum(weights * both * np.prod(self._steps(phi, k, m), axis=2))
        return found

    def start(self, moments: Matrix) -> tuple[Vector, Vector]:
        """The correlations of neighbours."""
        t, correlations = _correlations(moments)
        return t, np.diag(correlations, 1).copy()

    @property
    def _between(self) -> Matrix:
        """Whether step k lies between visits a and b."""
        places, steps = np.arange(self.size), np.arange(self.parameters)
        first, last = np.minimum.outer(places, places), np.maximum.outer(places, places)
        return np.asarray((first[:, :, None] <= steps) & (steps < last[:, :, None]), dtype=np.float64)

    def _steps(self, phi: Vector, *without: int) -> Matrix:
        left_out = np.isin(np.arange(self.parameters), without)
        return np.where((self._between > 0) & ~left_out, phi, 1.0)
