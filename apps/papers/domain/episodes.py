"""When an effect began and when it was over, told from readings alone.

It begins with the first reading outside the limit and is over with the first later one inside. Between two readings
nothing is assumed; a reading that did not measure the value says nothing; of two at one minute the worse counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.monitoring.domain.conditions import MEASURE_OF, within
from apps.monitoring.domain.findings import reading_facts
from apps.monitoring.domain.readings import Reading, Values, after_dose, minutes_between
from apps.studies.domain.protocol import DischargeCondition, EscalationRule, Facts, evaluate


@dataclass(frozen=True, slots=True)
class Point:
    """One reading of an effect: minutes from T0, and whether the value lay outside the limit."""

    minute: int
    outside: bool


@dataclass(frozen=True, slots=True)
class Episode:
    """One stretch, in minutes from T0. `resolved` None: not over at `last_seen`, the last reading of it."""

    onset: int
    resolved: int | None
    last_seen: int


def episodes(points: Iterable[Point]) -> tuple[Episode, ...]:
    """Return the stretches outside the limit, in order."""
    by_minute: dict[int, bool] = {}
    for point in points:
        by_minute[point.minute] = by_minute.get(point.minute, False) or point.outside
    found: list[Episode] = []
    onset: int | None = None
    last_seen = 0
    for minute in sorted(by_minute):
        if by_minute[minute]:
            onset = minute if onset is None else onset
            last_seen = minute
        elif onset is not None:
            found.append(Episode(onset, minute, last_seen))
            onset = None
    if onset is not None:
        found.append(Episode(onset, None, last_seen))
    return tuple(found)


def points_of_condition(
    condition: DischargeCondition, readings: Sequence[Reading], *, baseline: Values, dosed_at: datetime | None
) -> tuple[Point, ...]:
    """Return the readings of a condition of leaving since the dose; back at the predose value counts as inside."""
    if dosed_at is None:
        return ()
    measure = MEASURE_OF[condition.kind]
    return tuple(
        Point(minutes_between(dosed_at, reading.observed_at), not within(condition, reading.values, baseline))
        for reading in after_dose(readings, dosed_at)
        if measure in reading.values.measures
    )


def points_of_rules(
    rules: Sequence[EscalationRule],
    readings: Sequence[Reading],
    *,
    baseline: Values,
    dosed_at: datetime | None,
    age_years: int,
) -> tuple[Point, ...]:
    """Return the readings in which escalation rules were decided: outside where one triggers."""
    if dosed_at is None:
        return ()
    found = []
    for reading in after_dose(readings, dosed_at):
        minute = minutes_between(dosed_at, reading.observed_at)
        facts = reading_facts(reading.values, baseline=baseline, minute=minute, age_years=age_years)
        answers = [evaluate(rule.trigger, facts) for rule in rules]
        if any(answer is True for answer in answers):
            found.append(Point(minute, True))
        elif any(answer is False for answer in answers) or _ended(rules, facts):
            found.append(Point(minute, False))
    return tuple(found)


def _ended(rules: Sequence[EscalationRule], facts: Facts) -> bool:
    return any(rule.until is not None and evaluate(rule.until, facts) is True for rule in rules)
