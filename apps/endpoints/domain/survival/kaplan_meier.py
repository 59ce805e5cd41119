"""The share still without the event: Kaplan and Meier's estimate, its interval, and the median.

Kaplan and Meier, J Am Stat Assoc 1958;53:457; variance by Greenwood's formula. The interval is symmetric in
log(-log S), so that it never leaves 0 to 1; it is that of one time, not of the whole curve. The median's interval is
Brookmeyer and Crowley's (Biometrics 1982;38:29): all times whose interval holds one half, with the same transformation;
other quantiles likewise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
class QuantileTime:
    """The time by which a share (a half for the median) had the event. None: not reached, for it or for a limit."""

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
    median: QuantileTime

    def at(self, time: float) -> SurvivalStep | None:
        """The step that holds at `time`; None before the first event, where everybody is without it.

        :raises NotAnalysable: if nobody was followed that long while somebody was without the event.
        """
        if time > self.last_seen and not (self.steps and self.steps[-1].share == 0):
            raise NotAnalysable(f"Nobody in {self.arm} was followed to {time:g}.")
        return next((step for step in reversed(self.steps) if step.time <= time), None)

    def time_by(self, had_event: float) -> QuantileTime:
        """The time by which this share (above nought, below one) had the event: a quarter, a half, three quarters."""
        return _quantile(self.steps, had_event, self.median.level)

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
        _quantile(steps, 0.5, level),
    )


def _log_log(share: float, greenwood: float, quantile: float, level: float) -> Interval:
    """S to the power exp(+-z se), where se is that of log(-log S)."""
    factor = exp(quantile * greenwood**0.5 / -log(share))
    return Interval(share**factor, share ** (1 / factor), level, "log-log, Greenwood")


def _quantile(steps: Sequence[SurvivalStep], had_event: float, level: float) -> QuantileTime:
    """`level` is that of the steps' intervals."""
    height = 1 - had_event
    return QuantileTime(
        _crossing(steps, lambda step: step.share, height),
        _crossing(steps, lambda step: step.interval.low if step.interval else 0.0, height),
        _crossing(steps, lambda step: step.interval.high if step.interval else None, height),
        level,
    )


def _crossing(
    steps: Sequence[SurvivalStep], curve: Callable[[SurvivalStep], float | None], height: float
) -> float | None:
    """The first time at which a falling curve is below a height.

    Where it is exactly there from one step to the next, the middle between them (as SAS and R do).
    """
    level_since: float | None = None
    for step in steps:
        value = curve(step)
        if value is None:
            return None
        if abs(value - height) <= _SAME:
            level_since = step.time if level_since is None else level_since
        elif value < height:
            return step.time if level_since is None else (level_since + step.time) / 2
    return level_since
