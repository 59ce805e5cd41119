"""Rates and percentiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """Draws a second over the whole, waiting times in milliseconds, and what went wrong, which must be nothing."""

    draws: int
    per_second: float
    p50: float
    p99: float
    slowest: float
    faults: dict[str, int]


def figures_of(spans: Sequence[tuple[float, float]], *, faults: dict[str, int]) -> Figures:
    """Return the figures of these (begun, ended) in seconds of one clock."""
    waits = sorted(1000 * (ended - begun) for begun, ended in spans)
    seconds = max(ended for _, ended in spans) - min(begun for begun, _ in spans)
    return Figures(
        draws=len(waits),
        per_second=len(waits) / seconds,
        p50=waits[len(waits) // 2],
        p99=waits[min(len(waits) - 1, int(len(waits) * 0.99))],
        slowest=waits[-1],
        faults=faults,
    )
