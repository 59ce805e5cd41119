"""Newton's method on the covariance parameters, and the verdict on where it stopped.

A fit is accepted for what it is, not for the optimiser's word: the gradient must vanish and the Hessian be
positive definite, and Sigma must not be on its way to a singular matrix. Both numbers are kept with every attempt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.endpoints.domain.least_squares import Matrix, Vector
from apps.endpoints.domain.mmrm.likelihood import Expansion, Likelihood
from apps.endpoints.domain.mmrm.model import Covariance
from apps.endpoints.domain.mmrm.structures import Structure

MOST_ITERATIONS = 30
GRADIENT_AT_MOST = 1e-5
EIGENVALUE_AT_LEAST = 1e-6
CONDITION_AT_MOST = 1e8
_SETTLED = 1e-14  # Newton decrement; the full step after it leaves an error of its square
_NEAR = 1e-8  # below this the value's own rounding says nothing about a step
_LONGEST_STEP = 4.0  # of a log scale or a correlation


@dataclass(frozen=True, slots=True)
class Attempt:
    """One structure of the ladder: where the search stopped, and why it was refused, if it was.

    `gradient` is the largest element of the gradient of minus the log-likelihood in the free parameters (logs of
    scales and correlations, the outcome in units of its residual), `eigenvalue` the Hessian's smallest,
    `condition` the condition number of Sigma.
    """

    covariance: Covariance
    parameters: int
    iterations: int
    gradient: float
    eigenvalue: float
    condition: float
    minus_two_log_likelihood: float
    refused: str | None

    @property
    def accepted(self) -> bool:
        """Whether this fit may be used."""
        return self.refused is None


@dataclass(frozen=True, slots=True, eq=False)
class Stop:
    """Where a search ended: parameters, the likelihood around them, and the reason if it gave up."""

    theta: Vector
    sigma: Matrix
    expansion: Expansion | None
    iterations: int
    gave_up: str | None


def attempt_fit(
    likelihood: Likelihood, covariance: Covariance, *, moments: Matrix, constant: float
) -> tuple[Attempt, Stop]:
    """Search from residual moments and judge. `constant` is added to twice the value."""
    structure = Structure.of(covariance, visits=likelihood.patterns.visits)
    stop = _search(likelihood, structure, structure.start(moments))
    at = stop.expansion
    gradient = float(np.max(np.abs(at.gradient))) if at else np.inf
    eigenvalue = float(np.linalg.eigvalsh(at.hessian)[0]) if at else -np.inf
    condition = _condition(stop.sigma)
    attempt = Attempt(
        covariance=covariance,
        parameters=structure.parameters,
        iterations=stop.iterations,
        gradient=gradient,
        eigenvalue=eigenvalue,
        condition=condition,
        minus_two_log_likelihood=2 * at.value + constant if at else np.inf,
        refused=stop.gave_up or _verdict(gradient, eigenvalue, condition),
    )
    return attempt, stop


def _verdict(gradient: float, eigenvalue: float, condition: float) -> str | None:
    if condition > CONDITION_AT_MOST:
        return f"the covariance matrix is nearly singular (condition number {condition:.1e})"
    if not gradient < GRADIENT_AT_MOST:
        return f"the gradient is not zero ({gradient:.1e})"
    if eigenvalue < EIGENVALUE_AT_LEAST:
        return f"the Hessian is not positive definite (smallest eigenvalue {eigenvalue:.1e})"
    return None


def _search(likelihood: Likelihood, structure: Structure, theta: Vector) -> Stop:
    at = likelihood.expand(structure, theta)
    for iteration in range(1, MOST_ITERATIONS + 1):
        sigma = structure.value(theta)
        if at is None:
            return Stop(theta, sigma, None, iteration, "no step leads to a covariance matrix")
        if _condition(sigma) > CONDITION_AT_MOST:
            return Stop(theta, sigma, at, iteration, _verdict(0, 1, _condition(sigma)))
        step = _newton_step(at)
        decrement = float(-at.gradient @ step)
        following = theta + step if decrement < _NEAR else _shortened(likelihood, structure, theta, step, at)
        if following is None:
            return Stop(theta, sigma, at, iteration, "no step makes the data more likely")
        there = likelihood.expand(structure, following)
        if there is None:
            return Stop(theta, sigma, at, iteration, "no step leads to a covariance matrix")
        theta, at = following, there
        if decrement < _SETTLED:
            return Stop(theta, structure.value(theta), at, iteration, None)
    return Stop(
        theta,
        structure.value(theta),
        at,
        MOST_ITERATIONS,
        f"the search did not end in {MOST_ITERATIONS} steps",
    )


def _newton_step(at: Expansion) -> Vector:
    """Downhill even where the Hessian is not positive definite: by the size of its eigenvalues."""
    values, vectors = np.linalg.eigh(at.hessian)
    size = np.abs(values)
    step = -vectors @ ((vectors.T @ at.gradient) / np.maximum(size, 1e-10 * max(float(size.max()), 1.0)))
    longest = float(np.max(np.abs(step)))
    return np.asarray(step if longest <= _LONGEST_STEP else step * (_LONGEST_STEP / longest))


def _shortened(
    likelihood: Likelihood, structure: Structure, theta: Vector, step: Vector, at: Expansion
) -> Vector | None:
    slope = float(at.gradient @ step)
    share = 1.0
    for _ in range(40):
        tried = theta + share * step
        if likelihood.value(structure.value(tried)) <= at.value + 1e-4 * share * slope:
            return tried
        share /= 2
    return None


def _condition(sigma: Matrix) -> float:
    if not np.isfinite(sigma).all():
        return np.inf
    values = np.linalg.eigvalsh(sigma)
    return float(values[-1] / values[0]) if values[0] > 0 else np.inf
