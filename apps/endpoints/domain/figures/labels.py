"""Labels that stand beside the ends of lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def apart(places: Sequence[float], least: float) -> list[float]:
    """Push labels apart until none overlaps, keeping their order."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    out = list(places)
    for before, after in pairwise(order):
        gap = out[after] - out[before]
        if gap < least:
            out[before] -= (least - gap) / 2
            out[after] += (least - gap) / 2
    return out
