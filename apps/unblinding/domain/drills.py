"""How long drills took from the start to the answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class DrillTimes:
    """Of drills that reached the answer: how many, and the median and 95th percentile in seconds."""

    count: int
    median: float | None
    p95: float | None


def nearest_rank(values: Iterable[float], share: float) -> float | None:
    """
    Return the smallest value that at least `share` of all do not exceed (nearest rank); None of nothing.

    :raises ValueError: unless 0 < share <= 1
    """
    if not 0 < share <= 1:
        raise ValueError("A share lies above 0 and at most at 1.")
    ordered = sorted(values)
    return ordered[ceil(share * len(ordered)) - 1] if ordered else None


def drill_times(seconds: Iterable[float]) -> DrillTimes:
    """Sum up drills by nearest rank: every figure shown is a drill that took place."""
    known = list(seconds)
    return DrillTimes(len(known), nearest_rank(known, 0.5), nearest_rank(known, 0.95))
