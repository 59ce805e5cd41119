"""Subjects by which visits they have: all that the likelihood asks of the data.

Subjects with the same visits have the same covariance matrix, so everything it needs from them is their number
and the sums of products of their rows. After this a step costs the same for ten subjects as for ten thousand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.endpoints.domain.least_squares import Matrix, Vector
from apps.endpoints.domain.mmrm.frame import Integers, distinct_rows


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """`seen` (patterns x visits) is 1 where the pattern has the visit, `counts` its number of subjects.

    ``products`` has shape (patterns, visits, visits, width, width): the sum over a pattern's subjects of
    ``outer(z[a], z[b])``, where z is a row of the columns followed by the outcome; zero where a visit is not
    seen. It is of the size patterns x visits^2 x width^2, whatever the number of subjects.
    """

    seen: Matrix
    counts: Vector
    products: Matrix

    @classmethod
    def of(
        cls, columns: Matrix, outcome: Vector, *, subject_of: Integers, visit_of: Integers, visits: int
    ) -> Patterns:
        """Sum up rows that stand together by subject and in the order of visits."""
        z = np.column_stack([columns, outcome])
        subjects, width = int(subject_of[-1]) + 1, z.shape[1]
        seen_by = np.zeros((subjects, visits), dtype=bool)
        seen_by[subject_of, visit_of] = True
        patterns, pattern_of, counts = distinct_rows(seen_by.astype(np.int64))
        first = np.searchsorted(subject_of, np.arange(subjects))
        products = np.zeros((len(patterns), visits, visits, width, width))
        for number, pattern in enumerate(patterns):
            places = np.flatnonzero(pattern)
            rows = first[np.flatnonzero(pattern_of == number)][:, None] + np.arange(len(places))
            together = z[rows].reshape(len(rows), -1)
            blocks = (together.T @ together).reshape(len(places), width, len(places), width)
            products[number][np.ix_(places, places)] = blocks.transpose(0, 2, 1, 3)
        return cls(patterns.astype(np.float64), counts.astype(np.float64), products)

    @property
    def visits(self) -> int:
        """How many visits are planned."""
        return int(self.seen.shape[1])

    @property
    def together(self) -> Matrix:
        """How many subjects have both visits, visits x visits."""
        return np.asarray(np.einsum("g,ga,gb->ab", self.counts, self.seen, self.seen))

    def moments(self) -> Matrix:
        """Products of the outcome, averaged over the subjects who have both visits, made positive definite."""
        sums = self.products[..., -1, -1].sum(axis=0)
        raw = sums / np.maximum(self.together, 1)
        values, vectors = np.linalg.eigh((raw + raw.T) / 2)
        floor = 0.02 * max(float(np.mean(np.diag(raw))), 1e-12)
        return np.asarray((vectors * np.maximum(values, floor)) @ vectors.T)

    def inverses(self, sigma: Matrix) -> tuple[Matrix, Vector] | None:
        """For each pattern the inverse of its part of Sigma, zero at unseen visits, and the log-determinant.

        None where Sigma is not positive definite.
        """
        both = self.seen[:, :, None] * self.seen[:, None, :]
        # An unseen visit becomes an independent one of variance one, which adds nothing to a log-determinant.
        padded = both * sigma + np.eye(self.visits) * (1 - self.seen)[:, :, None]
        try:
            factors = np.linalg.cholesky(padded)
        except np.linalg.LinAlgError:
            return None
        log_determinants = 2 * np.sum(np.log(np.diagonal(factors, axis1=1, axis2=2)), axis=1)
        half = np.linalg.inv(factors)
        return np.swapaxes(half, 1, 2) @ half * both, log_determinants
