"""Accrual: how many were randomized, how many were planned by now, and when the target will be met."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

#: Days of history the forecast looks at: long enough for a rate, short enough to notice a change.
FORECAST_DAYS = 90
DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the target will be met at the rate of late: the expected day, and an 80 % interval."""

    expected: date
    early: date
    late: date


@dataclass(frozen=True, slots=True)
class Accrual:
    """Cumulative counts by day: what happened, what was planned, what is to be expected."""

    actual: tuple[tuple[date, int], ...]
    target: tuple[tuple[date, int], ...]
    goal: int
    forecast: Forecast | None


def _gamma_quantile(shape: float, z: float) -> float:
    """Return a quantile of the unit-rate gamma law (Wilson and Hilferty 1931: a cube of a normal)."""
    return float(shape * max(0.0, 1 - 1 / (9 * shape) + z / (3 * math.sqrt(shape))) ** 3)


def forecast(*, days: Sequence[date], goal: int, today: date) -> Forecast | None:
    """
    Return when the goal will be met if arrivals go on as a Poisson process at the rate of the latest 90 days.

    The time to the n-th further arrival is then gamma distributed. None if the goal is met, or nobody came lately.
    """
    missing = goal - len(days)
    if missing <= 0 or not days:
        return None
    since = max(min(days), today - timedelta(days=FORECAST_DAYS))
    lately = sum(1 for day in days if since <= day <= today)
    span = max(1, (today - since).days)
    if lately == 0:
        return None
    rate = lately / span
    ten, ninety = (_gamma_quantile(missing, z) / rate for z in (-1.2816, 1.2816))
    longest = 36_500.0  # beyond a century a date says nothing
    expected, early, late = (
        today + timedelta(days=round(min(d, longest))) for d in (missing / rate, ten, ninety)
    )
    return Forecast(expected, early, late)


def accrual(
    *, days: Sequence[date], goal: int, planned_months: int, opened_on: date | None, today: date
) -> Accrual:
    """Return the accrual of a study or a site. `days` are the days of randomization, in any order.

    The plan is a straight line from the opening to the goal over the planned months.
    """
    start = opened_on or (min(days) if days else today)
    counts = Counter(days)
    total, actual = 0, [(start, 0)]
    for day in sorted(counts):
        total += counts[day]
        actual.append((day, total))
    if actual[-1][0] < today:
        actual.append((today, total))
    target = tuple(
        (start + timedelta(days=round(month * DAYS_PER_MONTH)), round(goal * month / planned_months))
        for month in range(planned_months + 1)
    )
    return Accrual(tuple(actual), target, goal, forecast(days=days, goal=goal, today=today))


def planned_by(accrued: Accrual, *, today: date) -> int:
    """Return how many the plan wanted by today."""
    return max((count for day, count in accrued.target if day <= today), default=0)
