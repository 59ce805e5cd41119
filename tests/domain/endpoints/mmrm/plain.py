"""The model by its definitions, subject by subject and with dense matrices; slow, and without a line of our own code.

Covariance parameters here are variances and plain correlations, and every derivative of Sigma is a complex step, so
nothing of the tested parametrisation, of its derivatives or of the sums over patterns is shared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def covariance_matrix(name: str, theta: Array, visits: int) -> Array:
    """Sigma from variances (one, or one for each visit) and correlations."""
    if name == "us":
        sigma = np.zeros((visits, visits), dtype=theta.dtype)
        sigma[np.tril_indices(visits)] = theta
        return sigma + np.tril(sigma, -1).T
    several = name in {"toeph", "ar1h", "csh", "adh"}
    variances = theta[:visits] if several else np.repeat(theta[:1], visits)
    rho = theta[visits:] if several else theta[1:]
    correlation = np.eye(visits, dtype=theta.dtype)
    for a in range(visits):
        for b in range(a):
            value = {
                "toep": lambda a=a, b=b: rho[a - b - 1],
                "ar1": lambda a=a, b=b: rho[0] ** (a - b),
                "cs": lambda: rho[0],
                "ad": lambda a=a, b=b: np.prod(rho[b:a]),
            }[name.removesuffix("h")]()
            correlation[a, b] = correlation[b, a] = value
    sd = np.sqrt(variances)
    return correlation * sd[:, None] * sd[None, :]


def parameters_of(name: str, sigma: Array) -> Array:
    """The plain parameters of a matrix of this structure."""
    visits = len(sigma)
    if name == "us":
        return sigma[np.tril_indices(visits)]
    sd = np.sqrt(np.diag(sigma))
    correlation = sigma / np.outer(sd, sd)
    variances = sd**2 if name.endswith("h") else sd[:1] ** 2
    rho = {
        "toep": correlation[0, 1:],
        "ar1": correlation[0, 1:2],
        "cs": correlation[0, 1:2],
        "ad": np.diag(correlation, 1),
    }[name.removesuffix("h")]
    return np.concatenate([variances, rho])


@dataclass(frozen=True)
class Rows:
    """Design and outcome of the analysed rows, with each row's subject and visit as numbers."""

    x: Array
    y: Array
    subject: Array
    visit: Array

    @property
    def subjects(self) -> list[Array]:
        return [np.flatnonzero(self.subject == one) for one in np.unique(self.subject)]


def minus_two_log_likelihood(rows: Rows, sigma: Array, *, reml: bool) -> float:
    """With all constants, from the joint density of everybody's outcomes."""
    v = np.zeros((len(rows.y), len(rows.y)))
    for at in rows.subjects:
        v[np.ix_(at, at)] = sigma[np.ix_(rows.visit[at], rows.visit[at])]
    inverse = np.linalg.inv(v)
    information = rows.x.T @ inverse @ rows.x
    residual = rows.y - rows.x @ np.linalg.solve(information, rows.x.T @ inverse @ rows.y)
    value = np.linalg.slogdet(v)[1] + residual @ inverse @ residual
    free = len(rows.y)
    if reml:
        value += np.linalg.slogdet(information)[1]
        free -= rows.x.shape[1]
    return float(value + free * np.log(2 * np.pi))


@dataclass(frozen=True)
class Pieces:
    """Phi, beta, and the sums of Kenward and Roger (1997) over subjects: P_h and Q_hk."""

    phi: Array
    beta: Array
    p: Array
    q: Array
    slope: Array


def pieces(rows: Rows, name: str, theta: Array, visits: int, *, reml: bool) -> Pieces:
    count, columns = len(theta), rows.x.shape[1]
    sigma = covariance_matrix(name, theta, visits)
    tiny = 1e-30
    steps = [
        covariance_matrix(name, theta + 1j * tiny * np.eye(count)[h], visits).imag / tiny
        for h in range(count)
    ]
    information, right = np.zeros((columns, columns)), np.zeros(columns)
    p, q = np.zeros((count, columns, columns)), np.zeros((count, count, columns, columns))
    for at in rows.subjects:
        block = np.ix_(rows.visit[at], rows.visit[at])
        x, inverse = rows.x[at], np.linalg.inv(sigma[block])
        information += x.T @ inverse @ x
        right += x.T @ inverse @ rows.y[at]
        left = [x.T @ inverse @ steps[h][block] @ inverse for h in range(count)]
        for h in range(count):
            p[h] -= left[h] @ x
            for k in range(count):
                q[h, k] += left[h] @ steps[k][block] @ inverse @ x
    phi = np.linalg.inv(information)
    beta = phi @ right
    slope = np.zeros(count)
    for at in rows.subjects:
        block = np.ix_(rows.visit[at], rows.visit[at])
        inverse = np.linalg.inv(sigma[block])
        u = inverse @ (rows.y[at] - rows.x[at] @ beta)
        slope += [0.5 * (np.trace(inverse @ step[block]) - u @ step[block] @ u) for step in steps]
    if reml:
        slope += 0.5 * np.einsum("ij,hji->h", phi, p)
    return Pieces(phi, beta, p, q, slope)


@dataclass(frozen=True)
class Told:
    """What the definitions give for some contrasts."""

    beta: Array
    phi: Array
    adjusted: Array
    df: Array
    gradient: Array


def told(
    rows: Rows, name: str, sigma: Sequence[Sequence[float]], contrasts: Array, *, reml: bool = True
) -> Told:
    """Estimates, covariance matrices and degrees of freedom at a given Sigma."""
    theta, visits = parameters_of(name, np.array(sigma)), len(sigma)
    at = pieces(rows, name, theta, visits, reml=reml)
    hessian = differences(lambda one: pieces(rows, name, one, visits, reml=reml).slope, theta)
    w = np.linalg.inv((hessian + hessian.T) / 2)
    inner = sum(
        w[h, k] * (at.q[h, k] - at.p[h] @ at.phi @ at.p[k]) for h in range(len(w)) for k in range(len(w))
    )
    df = []
    for contrast in contrasts:
        g = np.array([-contrast @ at.phi @ one @ at.phi @ contrast for one in at.p])
        df.append(2 * (contrast @ at.phi @ contrast) ** 2 / (g @ w @ g))
    return Told(at.beta, at.phi, at.phi + 2 * at.phi @ inner @ at.phi, np.array(df), at.slope)


def differences(slope: Callable[[Array], Array], theta: Array) -> Array:
    """The derivative of a slope by fourth-order central differences."""
    found = []
    for place in range(len(theta)):
        step = np.zeros(len(theta))
        step[place] = 1e-3 * max(abs(theta[place]), 0.1)
        found.append(
            (
                8 * (slope(theta + step) - slope(theta - step))
                - slope(theta + 2 * step)
                + slope(theta - 2 * step)
            )
            / (12 * step[place])
        )
    return np.array(found)
