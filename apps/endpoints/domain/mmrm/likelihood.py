"""Minus the (restricted) log-likelihood of the covariance parameters, its slope and its curvature, in closed form.

Source of the derivatives: Lindstrom and Bates, JASA 1988;83:1014, and Wolfinger, Tobias and Sall, SIAM J Sci
Comput 1994;15:1294, with the observed Hessian. Notation: V = Sigma of a subject's visits, M = V^-1, Phi =
(X'MX)^-1, r = y - Xb, u = Mr, E_h = dV/dtheta_h, A_h = X'M E_h M X:

    slope_h      = 1/2 [tr(M E_h) - tr(Phi A_h) - u'E_h u]
    curvature_hk = -1/2 tr(M E_h M E_k) + tr(Phi X'M E_h M E_k M X) + u'E_h M E_k u
                   - 1/2 tr(Phi A_h Phi A_k) - (X'M E_h u)'Phi (X'M E_k u) + slope in Sigma . d2Sigma_hk

summed over subjects. Without restriction the terms with a trace of Phi fall away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from apps.endpoints.domain.least_squares import Matrix, Vector
from apps.endpoints.domain.mmrm.patterns import Patterns
from apps.endpoints.domain.mmrm.structures import Structure


@dataclass(frozen=True, slots=True, eq=False)
class Expansion:
    """The likelihood near one parameter vector.

    `beta` and `phi` are the coefficients there and their covariance matrix; `slopes` are the A_h
    (parameters x columns x columns), so that ``d phi/d theta_h = phi @ slopes[h] @ phi``.
    """

    value: float
    gradient: Vector
    hessian: Matrix
    beta: Vector
    phi: Matrix
    slopes: Matrix
    inverses: Matrix
    jacobian: Matrix


@dataclass(frozen=True, slots=True, eq=False)
class _Profile:
    """The coefficients that maximise the likelihood for one Sigma."""

    value: float
    beta: Vector
    factor: Matrix
    inverses: Matrix


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """Minus the log-likelihood of the rows in `patterns`, up to a constant."""

    patterns: Patterns
    restricted: bool

    def value(self, sigma: Matrix) -> float:
        """The value at Sigma, or infinity where Sigma is not positive definite."""
        profile = self._profile(sigma)
        return np.inf if profile is None else profile.value

    def _profile(self, sigma: Matrix) -> _Profile | None:
        found = self.patterns.inverses(sigma) if np.isfinite(sigma).all() else None
        if found is None:
            return None
        inverses, log_determinants = found
        sums = self.weighed(inverses)
        columns = sums.shape[0] - 1
        try:
            factor = linalg.cholesky(sums[:columns, :columns], lower=True)
        except linalg.LinAlgError:
            return None
        half = linalg.solve_triangular(factor, sums[:columns, columns], lower=True)
        value = float(self.patterns.counts @ log_determinants + sums[columns, columns] - half @ half)
        if self.restricted:
            value += 2 * float(np.sum(np.log(np.diag(factor))))
        beta = linalg.solve_triangular(factor, half, lower=True, trans="T")
        return _Profile(value / 2, beta, factor, inverses)

    def weighed(self, weights: Matrix) -> Matrix:
        """The sum over patterns and pairs of visits of weights[g, a, b] times their products."""
        width = self.patterns.products.shape[-1]
        flat = self.patterns.products.reshape(-1, width * width)
        sums = (weights.ravel() @ flat).reshape(width, width)
        return np.asarray((sums + sums.T) / 2)

    def expand(self, structure: Structure, theta: Vector) -> Expansion | None:
        """Value, gradient and Hessian at theta, or None where its Sigma is not positive definite."""
        profile = self._profile(structure.value(theta))
        if profile is None:
            return None
        columns, m = len(profile.beta), profile.inverses
        half = np.linalg.inv(profile.factor)
        phi = half.T @ half
        residual = np.append(-profile.beta, 1.0)
        of_phi, of_residual = self._traces(phi, residual, m)
        seen_twice = self.patterns.counts[:, None, None] * m
        slope = (seen_twice - of_phi - of_residual).sum(axis=0) / 2
        inner = of_phi + of_residual - seen_twice / 2

        jacobian = structure.jacobian(theta)
        flat = jacobian.reshape(-1, structure.parameters)
        turned = self._turned(m)[:, :, :columns, :]
        slopes = (flat.T @ turned[..., :columns].reshape(len(flat), -1)).reshape(-1, columns, columns)
        shifts = flat.T @ (turned @ residual).reshape(len(flat), -1) @ half.T

        size = self.patterns.visits
        outer = m.reshape(len(m), -1).T @ inner.reshape(len(m), -1)
        outer = outer.reshape(size, size, size, size).transpose(2, 0, 1, 3).reshape(size**2, size**2)
        hessian = flat.T @ outer @ flat - shifts @ shifts.T + structure.curvature(theta, slope)
        if self.restricted:
            unit = (half @ slopes @ half.T).reshape(len(slopes), -1)
            hessian = hessian - unit @ unit.T / 2
        return Expansion(
            value=profile.value,
            gradient=slope.ravel() @ flat,
            hessian=(hessian + hessian.T) / 2,
            beta=profile.beta,
            phi=phi,
            slopes=slopes,
            inverses=m,
            jacobian=jacobian,
        )

    def _traces(self, phi: Matrix, residual: Vector, m: Matrix) -> tuple[Matrix, Matrix]:
        """By pattern and pair of visits: M tr(Phi C) M (zero without restriction), and M (r'C r) M."""
        products = self.patterns.products
        width = products.shape[-1]
        wide = np.zeros((width, width))
        if self.restricted:
            wide[:-1, :-1] = phi
        pair = np.stack([wide.ravel(), np.outer(residual, residual).ravel()], axis=1)
        found = (products.reshape(-1, width * width) @ pair).reshape(*products.shape[:3], 2)
        return m @ found[..., 0] @ m, m @ found[..., 1] @ m

    def _turned(self, m: Matrix) -> Matrix:
        """The sum over subjects of outer((Mz)[a], (Mz)[b]), visits x visits x width x width."""
        products, size = self.patterns.products, self.patterns.visits
        width = products.shape[-1]
        found = np.zeros((size, size, width * width))
        for inverse, product in zip(m, products, strict=True):
            once = (inverse @ product.reshape(size, -1)).reshape(size, size, -1)
            found += inverse @ once
        return found.reshape(size, size, width, width)
