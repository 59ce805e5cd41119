"""Values of a session in words, on top of `domain.words`."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from apps.monitoring.domain import words
from apps.monitoring.domain.readings import Reading
from apps.monitoring.domain.words import SHORT, UNITS, Last, measures_words, short_age, slot_word, value_text
from apps.monitoring.selectors import Watch, limits_passed

__all__ = [
    "SHORT",
    "UNITS",
    "Last",
    "last_of",
    "measures_words",
    "minute_word",
    "out_of_range",
    "short_age",
    "slot_word",
    "value_text",
]


def out_of_range(watch: Watch) -> Mapping[UUID, frozenset[str]]:
    """Return, by observation, the measures in which a rule above "info" found something."""
    return limits_passed(watch)


def last_of(watch: Watch, measure: str, *, marks: Mapping[UUID, frozenset[str]] | None = None) -> Last | None:
    """Return the latest value of a measure of a session; None if it was never taken."""
    passed = limits_passed(watch) if marks is None else marks
    return words.last_of(watch.readings, measure, passed=passed, now=watch.now)


def minute_word(watch: Watch, reading: Reading) -> str:
    """Return when a reading was taken, in minutes since the first spray."""
    return words.minute_word(watch.session.dosed_at, reading)
