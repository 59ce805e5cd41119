"""The share still without the event: Kaplan and Meier's estimate, its interval, and the median.

Kaplan and Meier, J Am Stat Assoc 1958;53:457; variance by Greenwood's formula. The interval is symmetric in
log(-log S), so that it never leaves 0 to 1; it is that of one time, not of the whole curve. The median's interval is
Brookmeyer and Crowley's (Biometrics 1982;38:29): all times whose interval holds one half, with the same transformation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import exp, log

from scipy import stats

from apps.endpoints.domain.results import Interval
from apps.endpoints.domain.survival.times import EventTime, RiskTable, checked
from apps.endpoints.domain.values import NotAnalysable

_SAME = 1e-12


@dataclass(frozen=True, slots=True)
class SurvivalStep:
    """From `time` on (until the next step) `share` are without the event; `interval` is None once nobody is."""

    time: float
    at_risk: int
    events: int
    share: float
    standard_error: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class MedianTime:
    """The time by which half had the event. None: not reached, for the median or for a limit."""

    value: float | None
    low: float | None
    high: float | None
    level: float


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """One arm. `steps` hold the days with an event, `censored` the days on which somebody left without one."""

    arm: str
    n: int
    events: int
    steps: tuple[SurvivalStep, ...]
    censored: tuple[float, ...]
    last_seen: float
    median: MedianTime

    def at(self, time: float) -> SurvivalStep | None:
        """The step that holds at `time`; None before the first event, where everybody is without it.

        :raises NotAnalysable: if nobody was followed that long.
        """
        if time > self.last_seen:
            raise NotAnalysable(f"Nobody in {self.arm} was followed to {time:g}.")
        return next((step for step in reversed(self.steps) if step.time <= time), None)

    def at_risk(self, time: float) -> int:
        """How many are still followed and without the event just before `time`, for the table below a curve."""
        gone = sum(one < time for one in self.censored)
        return self.n - gone - sum(step.events for step in self.steps if step.time < time)


def survival_curve(rows: Iterable[EventTime], *, arm: str, level: float = 0.95) -> SurvivalCurve:
    """Estimate the curve of one arm from its rows; rows of other arms are left aside.

    :raises NotAnalysable: if the arm has no participant, or a row cannot be used.
    """
    mine = checked([row for row in rows if row.arm == arm], arms=[arm])
    table = RiskTable.of(mine, arms=[arm])
    quantile = float(stats.norm.ppf((1 + level) / 2))
    share, greenwood = 1.0, 0.0
    steps = []
    for time, d, n in zip(table.times, table.events[0], table.at_risk[0], strict=True):
        share *= (n - d) / n
        greenwood += d / (n * (n - d)) if n > d else float("inf")
        error = None if n == d else float(share * greenwood**0.5)
        interval = None if n == d else _log_log(float(share), float(greenwood), quantile, level)
        steps.append(SurvivalStep(float(time), int(n), int(d), float(share), error, interval))
    return SurvivalCurve(
        arm,
        len(mine),
        sum(row.event for row in mine),
        tuple(steps),
        tuple(sorted(row.time for row in mine if not row.event)),
        max(row.time for row in mine),
        MedianTime(
            _crossing(steps, lambda step: step.share),
            _crossing(steps, lambda step: step.interval.low if step.interval else 0.0),
            _crossing(steps, lambda step: step.interval.high if step.interval else None),
            level,
        ),
    )


def _log_log(share: float, greenwood: float, quantile: float, level: float) -> Interval:
    """S to the power exp(+-z se), where se is that of log(-log S)."""
    factor = exp(quantile * greenwood**0.5 / -log(share))
    return Interval(share**factor, share ** (1 / factor), level, "log-log, Greenwood")


def _crossing(steps: list[SurvivalStep], height: Callable[[SurvivalStep], float | None]) -> float | None:
    """The first time at which a falling curve is below one half.

    Where it is exactly one half from one step to the next, the middle between them (as SAS and R do).
    """
    level_since: float | None = None
    for step in steps:
        value = height(step)
        if value is None:
            return None
        if abs(value - 0.5) <= _SAME:
            level_since = step.time if level_since is None else level_since
        elif value < 0.5:
            return step.time if level_since is None else (level_since + step.time) / 2
    return level_since
