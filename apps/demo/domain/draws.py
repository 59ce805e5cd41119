"""Reproducible random draws: one independent stream for each purpose.

Philox is a counter-based generator; its key is the hash of the seed and the stream's name, so that adding a
participant moves nobody else's numbers. Only raw uniforms are taken from NumPy and turned into other laws
here. Good for a demonstration; never used for allocation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from scipy.special import ndtri

T = TypeVar("T")

_BLOCK = 64


class Draws:
    """A stream of numbers. `seed` and `name` decide it entirely."""

    def __init__(self, seed: int, *name: object) -> None:
        label = "/".join(str(part) for part in (seed, *name))
        key = int.from_bytes(hashlib.blake2b(label.encode(), digest_size=16).digest(), "big")
        self._generator = np.random.Generator(np.random.Philox(key=key))
        self._uniforms: list[float] = []
        self._normals: list[float] = []

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """Evenly between `low` and `high`."""
        if not self._uniforms:
            self._uniforms = self._generator.random(_BLOCK).tolist()
        return low + (high - low) * self._uniforms.pop()

    def normal(self, mean: float = 0.0, sd: float = 1.0) -> float:
        """Normal with this mean and standard deviation."""
        if not self._normals:
            # Half a step of the 53-bit grid away from 0, where the quantile is infinite.
            self._normals = ndtri(self._generator.random(_BLOCK) + 2.0**-54).tolist()
        return mean + sd * self._normals.pop()

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.uniform() < probability

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.uniform() * (high - low + 1))

    def pick(self, options: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """One of the options, evenly or by weight."""
        if weights is None:
            return options[self.whole(0, len(options) - 1)]
        left = self.uniform() * sum(weights)
        for option, weight in zip(options, weights, strict=True):
            left -= weight
            if left < 0:
                return option
        return options[-1]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """The options in random order."""
        keyed = sorted((self.uniform(), place) for place in range(len(options)))
        return [options[place] for _, place in keyed]


def clipped(value: float, low: float, high: float) -> float:
    """The value, held between two limits."""
    return min(max(value, low), high)
