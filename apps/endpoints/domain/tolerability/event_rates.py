"""Adverse events per time at risk: exposure-adjusted rates with exact and Byar intervals, and their comparison.

Two rates that must not be confused. The incidence rate counts participants, and each is at risk until the first event:
participants with the event / time until it or until the end. The event rate counts every event: events / whole time.

Intervals: exact for a Poisson count (Garwood, Biometrika 1936;28:437), and Byar's approximation to it (Breslow and
Day, Statistical Methods in Cancer Research II, IARC 1987, p. 69).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from scipy import stats

from apps.endpoints.domain.results import Interval
from apps.endpoints.domain.values import NotAnalysable

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class TimeAtRisk:
    """One participant: how many days at risk in all, the day of the first event within them, and all events.

    `days` counts from the first dose to the end of the treatment-emergent window; `first_event_after` in the
    same days, None for a participant without the event.
    """

    number: str
    days: float
    first_event_after: float | None = None
    events: int = 0

    def __post_init__(self) -> None:
        first = self.first_event_after
        faults = [f"{self.number} has no time at risk."] * (self.days <= 0)
        if (first is None) != (self.events == 0):
            faults.append(f"{self.number}: a first event and the number of events contradict each other.")
        if first is not None and not 0 <= first <= self.days:
            faults.append(f"{self.number} has a first event outside the time at risk.")
        if faults:
            raise NotAnalysable(*faults)


@dataclass(frozen=True, slots=True)
class EventRate:
    """`count` over `years` participant-years, times `per`. `value` is None where nobody was at risk."""

    count: int
    years: float
    per: float
    value: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class RateComparison:
    """First rate minus second and first over second; a ratio without events in both arms has no value."""

    first: EventRate
    second: EventRate
    difference: float
    difference_interval: Interval
    ratio: float | None
    ratio_interval: Interval | None


def garwood_interval(count: int, years: float, *, per: float = 100.0, level: float = 0.95) -> Interval:
    """The exact interval of a Poisson rate, by quantiles of the chi-square law.

    :raises NotAnalysable: if the count is negative or there is no time at risk.
    """
    _refuse(count, years)
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else float(stats.chi2.ppf(tail, 2 * count)) / 2
    high = float(stats.chi2.isf(tail, 2 * (count + 1))) / 2
    return Interval(low * per / years, high * per / years, level, "exact Poisson (Garwood)")


def byar_interval(count: int, years: float, *, per: float = 100.0, level: float = 0.95) -> Interval:
    """Byar's approximation of the exact interval; the low limit of no event is nought.

    :raises NotAnalysable: if the count is negative or there is no time at risk.
    """
    _refuse(count, years)
    z = float(stats.norm.ppf((1 + level) / 2))
    low = 0.0 if count == 0 else count * max(0.0, 1 - 1 / (9 * count) - z / (3 * count**0.5)) ** 3
    up = count + 1
    high = up * (1 - 1 / (9 * up) + z / (3 * up**0.5)) ** 3
    return Interval(low * per / years, high * per / years, level, "Byar")


def incidence_per_time(
    times: Iterable[TimeAtRisk], *, per: float = 100.0, level: float = 0.95, exact: bool = True
) -> EventRate:
    """Participants with the event per participant-years until their first event.

    :raises NotAnalysable: if a participant occurs twice.
    """
    people = _distinct(times)
    days = sum(one.days if one.first_event_after is None else one.first_event_after for one in people)
    return _rate(sum(one.events > 0 for one in people), days, per=per, level=level, exact=exact)


def events_per_time(
    times: Iterable[TimeAtRisk], *, per: float = 100.0, level: float = 0.95, exact: bool = True
) -> EventRate:
    """All events per participant-years at risk. Its interval takes events as independent, which repeats in one
    person are not: it is too narrow where few have many.

    :raises NotAnalysable: if a participant occurs twice.
    """
    people = _distinct(times)
    total = sum(one.events for one in people)
    return _rate(total, sum(one.days for one in people), per=per, level=level, exact=exact)


def compare_rates(first: EventRate, second: EventRate, *, level: float = 0.95) -> RateComparison:
    """The difference, with the two exact intervals joined as Newcombe joins two Wilson intervals, and the ratio,
    with the exact interval given the sum of both counts.

    :raises NotAnalysable: if nobody was at risk in one of them, or they are per different times.
    """
    if first.value is None or second.value is None:
        raise NotAnalysable("A rate without time at risk cannot be compared.")
    if first.per != second.per:
        raise NotAnalysable("Two rates per different times cannot be compared.")
    one = garwood_interval(first.count, first.years, per=first.per, level=level)
    two = garwood_interval(second.count, second.years, per=second.per, level=level)
    gap = first.value - second.value
    low = gap - ((first.value - one.low) ** 2 + (two.high - second.value) ** 2) ** 0.5
    high = gap + ((one.high - first.value) ** 2 + (second.value - two.low) ** 2) ** 0.5
    ratio, ratio_interval = _ratio(first, second, level=level)
    return RateComparison(
        first,
        second,
        gap,
        Interval(low, high, level, "two exact Poisson intervals, joined"),
        ratio,
        ratio_interval,
    )


def _ratio(first: EventRate, second: EventRate, *, level: float) -> tuple[float | None, Interval | None]:
    total = first.count + second.count
    if min(first.count, second.count) == 0 or min(first.years, second.years) <= 0:
        return None, None
    tail, scale = (1 - level) / 2, second.years / first.years
    low = float(stats.beta.ppf(tail, first.count, total - first.count + 1))
    high = float(stats.beta.isf(tail, first.count + 1, total - first.count))
    interval = Interval(low / (1 - low) * scale, high / (1 - high) * scale, level, "exact, given both counts")
    return first.count / second.count * scale, interval


def _rate(count: int, days: float, *, per: float, level: float, exact: bool) -> EventRate:
    years = days / DAYS_PER_YEAR
    if years <= 0:
        return EventRate(count, 0.0, per, None, None)
    method = garwood_interval if exact else byar_interval
    return EventRate(count, years, per, count * per / years, method(count, years, per=per, level=level))


def _distinct(times: Iterable[TimeAtRisk]) -> tuple[TimeAtRisk, ...]:
    people = tuple(sorted(times, key=lambda one: one.number))
    counts = Counter(one.number for one in people)
    twice = sorted(number for number, times_seen in counts.items() if times_seen > 1)
    if twice:
        raise NotAnalysable(*(f"{number} is at risk twice." for number in twice))
    return people


def _refuse(count: int, years: float) -> None:
    if count < 0 or years <= 0:
        raise NotAnalysable(f"{count} events in {years:g} years cannot be a rate.")
