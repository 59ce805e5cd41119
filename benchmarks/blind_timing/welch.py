"""Whether two sets of times differ: Welch's t after the slowest tenth is cropped from both together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

#: The usual bound of leakage assessment: beyond it, a difference is taken as seen.
SEEN = 4.5


@dataclass(frozen=True, slots=True)
class Compared:
    """`difference` and `visible` in seconds: one minus the other, and the least difference that would be seen."""

    t: float
    difference: float
    visible: float
    kept: int

    @property
    def is_seen(self) -> bool:
        return abs(self.t) >= SEEN


def compare(one: Sequence[float], other: Sequence[float], *, crop: float = 0.9) -> Compared:
    """Compare times in seconds. The bound of the crop is the quantile of all times, so it favours neither side."""
    left, right = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    bound = np.quantile(np.concatenate([left, right]), crop)
    left, right = left[left <= bound], right[right <= bound]
    error = sqrt(left.var(ddof=1) / len(left) + right.var(ddof=1) / len(right))
    difference = float(left.mean() - right.mean())
    return Compared(difference / error, difference, SEEN * error, len(left) + len(right))
