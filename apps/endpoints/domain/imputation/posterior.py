"""Draws of the imputation model's parameters from their posterior, by data augmentation.

Schafer, Analysis of Incomplete Multivariate Data, Chapman & Hall 1997, ch. 5. In turn: missing outcomes given the
parameters; coefficients given the covariance matrix, normal around the generalised least-squares estimate; the
covariance matrix given the coefficients, inverse Wishart with as many degrees of freedom as participants and their
residual cross products. Prior: flat for the coefficients, Jeffreys' for the matrix. Draws are proper: they carry the
parameters' uncertainty, not only the outcomes'. Participants without any outcome say nothing about the parameters and
do not enter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from apps.endpoints.domain.imputation.model import Array, NormalModel, filled, patterns
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True, eq=False)
class ParameterDraws:
    """`beta` (m, p) and `sigma` (m, J, J): m draws, `thin` steps apart, after `burn_in` steps."""

    beta: Array
    sigma: Array
    burn_in: int
    thin: int


def draw_parameters(
    model: NormalModel, *, draws: int, burn_in: int, thin: int, generator: np.random.Generator
) -> ParameterDraws:
    """Draw parameters; the same generator state gives the same draws.

    :raises NotAnalysable: if fewer than two draws, or no steps between them, are asked for.
    """
    if draws < 2 or burn_in < 0 or thin < 1:
        raise NotAnalysable("An imputation needs at least two draws, and at least one step between them.")
    chosen = model.fitting.any(axis=1)
    design = model.design[chosen]
    outcomes = np.where(model.fitting[chosen], model.outcomes[chosen], np.nan)
    some = patterns(~np.isnan(outcomes))
    size = design.shape[2]
    crossed = np.einsum("ijp,ikq->jkpq", design, design, optimize=True).reshape(-1, size * size)
    beta, sigma = starting_values(design, outcomes)
    betas, sigmas = [], []
    for step in range(burn_in + draws * thin):
        noise = generator.standard_normal(outcomes.shape)
        complete = filled(outcomes, design @ beta, sigma, some, noise)
        beta = _draw_beta(design, crossed, complete, sigma, generator)
        residual = complete - design @ beta
        sigma = inverse_wishart(residual.T @ residual, len(residual), generator)
        if step >= burn_in and (step - burn_in) % thin == thin - 1:
            betas.append(beta)
            sigmas.append(sigma)
    return ParameterDraws(np.array(betas), np.array(sigmas), burn_in, thin)


def starting_values(design: Array, outcomes: Array) -> tuple[Array, Array]:
    """Least squares on what was seen, and the residuals' moments pair by pair, made positive definite."""
    seen = ~np.isnan(outcomes)
    beta, *_ = linalg.lstsq(design[seen], outcomes[seen])
    residual = np.where(seen, outcomes - design @ beta, 0.0)
    pairs = seen.T.astype(float) @ seen.astype(float)
    moments = residual.T @ residual / np.maximum(pairs, 1.0)
    values, vectors = linalg.eigh((moments + moments.T) / 2)
    floor = max(1e-6, 0.05 * float(np.trace(moments)) / len(moments))
    return np.asarray(beta), (vectors * np.maximum(values, floor)) @ vectors.T


def inverse_wishart(scale: Array, df: float, generator: np.random.Generator) -> Array:
    """One draw from the inverse Wishart law with this scale (J, J), by Bartlett's decomposition."""
    size = len(scale)
    lower = np.tril(generator.standard_normal((size, size)), -1)
    lower[np.diag_indices(size)] = np.sqrt(generator.chisquare(df - np.arange(size)))
    root = np.linalg.cholesky((scale + scale.T) / 2)
    half = linalg.solve_triangular(lower, root.T, lower=True).T
    return np.asarray(half @ half.T)


def _draw_beta(
    design: Array, crossed: Array, complete: Array, sigma: Array, generator: np.random.Generator
) -> Array:
    size = design.shape[2]
    inverse = np.linalg.inv(sigma)
    precision = (inverse.ravel() @ crossed).reshape(size, size)
    right = design.reshape(-1, size).T @ (complete @ inverse).ravel()
    root = np.linalg.cholesky((precision + precision.T) / 2)
    mean = linalg.cho_solve((root, True), right)
    noise = generator.standard_normal(len(mean))
    return np.asarray(mean + linalg.solve_triangular(root, noise, lower=True, trans="T"))
