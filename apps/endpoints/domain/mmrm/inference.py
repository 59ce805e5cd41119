"""Standard errors, degrees of freedom and tests of a fitted model.

Kenward-Roger is the linear version: the adjustment without second derivatives of Sigma, which does not depend on
how Sigma is parametrised and is exactly SAS's DDFM=KR for an unstructured matrix (Kenward and Roger, Biometrics
1997;53:983, and Comput Stat Data Anal 2009;53:2583). Covariance parameters vary as the inverse of the observed
Hessian says. Satterthwaite tests of several contrasts follow Fai and Cornelius (J Stat Comput Simul 1996;54:363).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from apps.endpoints.domain.least_squares import Matrix, Vector
from apps.endpoints.domain.mmrm.likelihood import Expansion, Likelihood
from apps.endpoints.domain.mmrm.model import DegreesOfFreedom
from apps.endpoints.domain.results import NotEstimable


@dataclass(frozen=True, slots=True)
class FTest:
    """That several contrasts are all zero: F with its degrees of freedom."""

    f: float
    numerator_df: int
    denominator_df: float
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """What contrasts of the coefficients are tested with.

    `phi` is the plain covariance matrix of the coefficients, `used` the one that standard errors are taken from
    (adjusted for Kenward-Roger), `slopes` and `spread` how phi moves with the covariance parameters and how these
    vary.
    """

    beta: Vector
    phi: Matrix
    used: Matrix
    slopes: Matrix
    spread: Matrix
    method: DegreesOfFreedom

    @classmethod
    def of(
        cls, likelihood: Likelihood, at: Expansion, *, offset: Vector, method: DegreesOfFreedom
    ) -> Inference:
        """At an accepted optimum; `offset` is what was taken off the coefficients before."""
        spread = np.linalg.inv(at.hessian)
        spread = (spread + spread.T) / 2
        used = at.phi
        if method is DegreesOfFreedom.KENWARD_ROGER:
            used = at.phi + 2 * at.phi @ _bias(likelihood, at, spread) @ at.phi
        return cls(at.beta + offset, at.phi, (used + used.T) / 2, at.slopes, spread, method)

    def variance(self, contrast: Vector) -> float:
        """The variance that the standard error is the root of."""
        return float(contrast @ self.used @ contrast)

    def df(self, contrast: Vector) -> float:
        """Satterthwaite's degrees of freedom, which for one contrast are Kenward and Roger's too."""
        turned = self.phi @ contrast
        slope = self.slopes @ turned @ turned
        return float(2 * (contrast @ turned) ** 2 / (slope @ self.spread @ slope))

    def f_test(self, contrasts: Matrix) -> FTest | NotEstimable:
        """Test that ``contrasts @ beta`` is zero; dependent rows count once."""
        values, vectors = np.linalg.eigh(contrasts @ self.phi @ contrasts.T)
        kept = values > 1e-10 * max(float(values[-1]), 0.0)
        rank = int(np.sum(kept))
        if not rank or values[-1] <= 0:
            return NotEstimable("no contrast is left to test")
        # Rows whose estimates are independent with variance one.
        unit = (vectors[:, kept] / np.sqrt(values[kept])).T @ contrasts
        found = (
            self._kenward_roger(unit)
            if self.method is DegreesOfFreedom.KENWARD_ROGER
            else self._fai_cornelius(unit)
        )
        if found is None:
            return NotEstimable(
                "too few subjects: no F distribution has the moments that Kenward and Roger match"
            )
        f, df = found
        return FTest(f, rank, df, float(special.fdtrc(rank, df, f)))

    def _fai_cornelius(self, unit: Matrix) -> tuple[float, float]:
        rank = len(unit)
        f = float(np.mean((unit @ self.beta) ** 2))
        each = np.array([self.df(row) for row in unit])
        if np.ptp(each) < 1e-8:
            return f, float(np.mean(each))
        if np.min(each) <= 2:
            return f, 2.0
        expected = float(np.sum(each / (each - 2)))
        return f, 2 * expected / (expected - rank)

    def _kenward_roger(self, unit: Matrix) -> tuple[float, float] | None:
        """The scaled F whose mean and variance are those expected, if there is one."""
        rank = len(unit)
        turned = unit @ self.phi
        slopes = turned @ self.slopes @ turned.T
        estimate = unit @ self.beta
        f = float(estimate @ np.linalg.solve(unit @ self.used @ unit.T, estimate)) / rank
        if rank == 1:
            return f, self.df(unit[0])
        traces = np.trace(slopes, axis1=1, axis2=2)
        a1 = float(traces @ self.spread @ traces)
        a2 = float(np.einsum("hk,hij,kji->", self.spread, slopes, slopes, optimize=True))
        b = (a1 + 6 * a2) / (2 * rank)
        g = ((rank + 1) * a1 - (rank + 4) * a2) / ((rank + 2) * a2)
        below = 3 * rank + 2 * (1 - g)
        c1, c2, c3 = g / below, (rank - g) / below, (rank + 2 - g) / below
        mean = 1 / (1 - a2 / rank)
        variance = 2 / rank * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
        ratio = variance / (2 * mean**2)
        df = 4 + (rank + 2) / (rank * ratio - 1)
        # An F with two degrees of freedom or fewer has no mean.
        return (f * df / (mean * (df - 2)), df) if a2 < rank and df > 2 else None


def _bias(likelihood: Likelihood, at: Expansion, spread: Matrix) -> Matrix:
    """The sum over h, k of W_hk (Q_hk - P_h Phi P_k), Q_hk = X'M E_h M E_k M X, P_h = -A_h."""
    size = likelihood.patterns.visits
    flat = at.jacobian.reshape(size**2, -1)
    pairs = (flat @ spread @ flat.T).reshape(size, size, size, size)
    between = np.einsum("abcd,gbc->gad", pairs, at.inverses, optimize=True)
    first = likelihood.weighed(at.inverses @ between @ at.inverses)[:-1, :-1]
    weighed = np.tensordot(spread, at.slopes, axes=1)
    second = np.einsum("hij,jk,hkl->il", at.slopes, at.phi, weighed, optimize=True)
    return np.asarray(first - (second + second.T) / 2)
