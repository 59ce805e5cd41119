"""Vital signs beyond a limit after dosing: who ever was, as in the table of the US label.

A participant counts once for a rule, however often it held. The denominator is everybody in the column with a value the
rule can be asked of: after the dose, and for a rise also before the same dose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.endpoints.domain.binary import rate
from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.results import MissingRule, Rate
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True)
class VitalSession:
    """One measure of one participant in one session: the last value before the dose, and those after it."""

    number: str
    day: int
    measure: str
    before: float | None
    after: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class OutlierRule:
    """A value of `at_least`, or with `rise` a rise of `at_least` above the value before the same dose."""

    label: str
    measure: str
    at_least: float
    rise: bool = False


# The classes of the blood-pressure table of the US label of the nasal spray, in mmHg.
LABEL_OUTLIERS = (
    OutlierRule("Systolic 180 mmHg or more", "sbp", 180),
    OutlierRule("Systolic rise of 40 mmHg or more", "sbp", 40, rise=True),
    OutlierRule("Diastolic 110 mmHg or more", "dbp", 110),
    OutlierRule("Diastolic rise of 25 mmHg or more", "dbp", 25, rise=True),
)


@dataclass(frozen=True, slots=True)
class OutlierRow:
    """One rule: a rate of participants per column."""

    rule: OutlierRule
    rates: tuple[Rate, ...]


def outlier_table(
    groups: Sequence[Group],
    *,
    sessions: Iterable[VitalSession],
    rules: Sequence[OutlierRule],
    level: float = 0.95,
) -> tuple[OutlierRow, ...]:
    """For each rule and column, how many participants it ever held for.

    :raises NotAnalysable: if a participant has the same measure of one day twice.
    """
    known = list(sessions)
    keys = Counter((one.number, one.day, one.measure) for one in known)
    twice = sorted(key for key, times_seen in keys.items() if times_seen > 1)
    if twice:
        raise NotAnalysable(*(f"{n} has {measure} of Day {day} twice." for n, day, measure in twice))
    rows = []
    for rule in rules:
        asked = [one for one in known if one.measure == rule.measure and one.after]
        if rule.rise:
            asked = [one for one in asked if one.before is not None]
        with_value = {one.number for one in asked}
        beyond = {one.number for one in asked if _holds(rule, one)}
        rates = tuple(
            rate(
                len(group.numbers & beyond),
                len(group.numbers & with_value),
                rule=MissingRule.OBSERVED_CASES,
                level=level,
            )
            for group in groups
        )
        rows.append(OutlierRow(rule, rates))
    return tuple(rows)


def _holds(rule: OutlierRule, session: VitalSession) -> bool:
    start = session.before or 0.0
    return max(session.after) - (start if rule.rise else 0.0) >= rule.at_least
