"""Values in words: the last of each measure with its age, and how a slot or a minute is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from apps.core.templatetags.moments import age_words
from apps.monitoring.domain.readings import PREDOSE, Reading, Values, latest_of

UNITS: Mapping[str, str] = {
    "bp": "mmHg",
    "hr": "/min",
    "rr": "/min",
    "spo2": "%",
    "temp": "°C",
}
SHORT: Mapping[str, str] = {
    "bp": "BP",
    "hr": "HR",
    "rr": "RR",
    "temp": "Temp",
    "spo2": "SpO₂",
    "moaas": "MOAA/S",
    "cadss": "CADSS",
    "bprs": "BPRS",
    "ready": "Ready",
}


@dataclass(frozen=True, slots=True)
class Last:
    """The latest value of a measure; of two at one moment both are written."""

    text: str
    seen_at: datetime
    age: str
    is_out: bool


def value_text(measure: str, values: Values) -> str:
    """Return the value of a measure as it is read out, without its unit."""
    match measure:
        case "bp":
            return f"{values.sbp}/{values.dbp}"
        case "temp":
            return str(values.temp_c)
        case "cadss":
            return str(values.cadss_total)
        case "bprs":
            return str(values.bprs_total)
        case "ready":
            return "Yes" if values.ready else "No"
        case _:
            return str(getattr(values, measure))


def last_of(
    readings: Sequence[Reading], measure: str, *, passed: Mapping[UUID, frozenset[str]], now: datetime
) -> Last | None:
    """Return the latest value of a measure; None if it was never taken. A value is shown with its age, never reused."""
    latest = latest_of(readings, measure)
    if not latest:
        return None
    seen_at = latest[0].observed_at
    return Last(
        text=" and ".join(dict.fromkeys(value_text(measure, reading.values) for reading in latest)),
        seen_at=seen_at,
        age=age_words(seen_at, now),
        is_out=any(reading.id is not None and measure in passed.get(reading.id, ()) for reading in latest),
    )


def short_age(age: str) -> str:
    """Return an age as a tile or a chart has room for it: "13 min"."""
    for long, brief in ((" ago", ""), ("minutes", "min"), ("minute", "min"), ("hours", "h"), ("hour", "h")):
        age = age.replace(long, brief)
    return age


def slot_word(minute: int | None) -> str:
    """Return how a slot is called: "Predose", "40 min", "Extra reading"."""
    if minute is None:
        return "Extra reading"
    return "Predose" if minute == PREDOSE else f"{minute} min"


def minute_word(dosed_at: datetime | None, reading: Reading) -> str:
    """Return when a reading was taken, in minutes since the first spray."""
    if dosed_at is None:
        return "Before the dose"
    seconds = (reading.observed_at - dosed_at).total_seconds()
    return f"{int(seconds // 60)} min" if seconds >= 0 else f"−{int(-seconds // 60)} min"


def measures_words(measures: tuple[str, ...]) -> str:
    """Return measures as a short list: "BP, HR, SpO₂"."""
    return ", ".join(SHORT[measure] for measure in measures)


def length_words(length: timedelta) -> str:
    """Return a length of time as it is read: "2 h 04 min", "8 min 20 s", "40 s", "none"."""
    seconds = int(length.total_seconds())
    minutes, rest = divmod(seconds, 60)
    if not length:
        return "none"
    if minutes < 1:
        return f"{max(rest, 1)} s"
    if minutes < 60:
        return f"{minutes} min" + (f" {rest} s" if rest else "")
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"
