"""From values to places: a linear scale with round ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight map from values to coordinates."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The coordinate of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def spaced(values: Sequence[float], *, start: float, end: float, least: float) -> dict[float, float]:
    """Places for values in order, in proportion where that leaves `least` between neighbours, else just that
    far.

    Day 1 and Day 2 would otherwise stand on each other on an axis of four weeks.
    """
    gaps = [later - earlier for earlier, later in pairwise(values)]
    tight: set[int] = set()
    while True:
        room = (end - start) - least * len(tight)
        loose = sum(gap for place, gap in enumerate(gaps) if place not in tight)
        unit = room / loose if loose else 0.0
        more = {place for place, gap in enumerate(gaps) if place not in tight and gap * unit < least}
        if not more or room <= 0:
            break
        tight |= more
    places, at = {values[0]: start}, start
    for place, value in enumerate(values[1:]):
        at += least if place in tight else gaps[place] * unit
        places[value] = at
    return places


def round_step(span: float, *, wanted: int = 5) -> float:
    """A step of 1, 2 or 5 times a power of ten that cuts the span into about `wanted` parts."""
    rough = span / max(wanted, 1)
    if rough <= 0:
        return 1.0
    power = 10.0 ** floor(log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)


def ticks(low: float, high: float, *, wanted: int = 5) -> list[float]:
    """Round values that cover the span from below `low` to above `high`."""
    step = round_step(high - low, wanted=wanted)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [place * step for place in range(first, last + 1)]


def plain(value: float, *, decimals: int = 0) -> str:
    """A number with a real minus sign."""
    text = f"{value:.{decimals}f}"
    return ("−" + text[1:] if text.startswith("-") else text) if float(text) != 0 else text.lstrip("-")
