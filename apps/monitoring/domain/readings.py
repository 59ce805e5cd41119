"""One set of readings at one moment, as the rules see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

#: `slot_minute` of the slot before the dose.
PREDOSE = -1

#: Observed signs, asked as yes or no (domain of rules E4, E9, E12, E13); a sign not asked about is unknown, not absent.
SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "crisis_symptom": "Symptom of a hypertensive crisis",
        "apnoea": "Pauses in breathing",
        "dose_disturbed": "Vomiting or sneeze during dosing",
        "cssrs_behavior": "Suicidal behavior",
    }
)


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one observation; None means not taken. Units as in `values.py`."""

    sbp: int | None = None
    dbp: int | None = None
    hr: int | None = None
    rr: int | None = None
    spo2: int | None = None
    temp_c: Decimal | None = None
    moaas: int | None = None
    cadss_items: Mapping[str, int] | None = None
    cadss_total: int | None = None
    bprs_items: Mapping[str, int] | None = None
    bprs_total: int | None = None
    ready: bool | None = None
    crisis_symptom: bool | None = None
    apnoea: bool | None = None
    dose_disturbed: bool | None = None
    cssrs_ideation: int | None = None
    cssrs_behavior: bool | None = None

    @property
    def measures(self) -> frozenset[str]:
        """The measures of the plan this set of values satisfies."""
        return frozenset(measure for measure in _NEEDED if self.holds(measure))

    def holds(self, measure: str) -> bool:
        """Say whether a measure was taken, all of its figures."""
        return all(getattr(self, key) is not None for key in _NEEDED[measure])


_NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bp": ("sbp", "dbp"),
        "hr": ("hr",),
        "rr": ("rr",),
        "temp": ("temp_c",),
        "spo2": ("spo2",),
        "moaas": ("moaas",),
        "cadss": ("cadss_total",),
        "bprs": ("bprs_total",),
        "ready": ("ready",),
    }
)

#: Which measure a fact of an escalation rule is read from.
MEASURE_OF_FACT: Mapping[str, str] = MappingProxyType(
    {
        "sbp": "bp",
        "dbp": "bp",
        "sbp_rise": "bp",
        "dbp_rise": "bp",
        "hr": "hr",
        "rr": "rr",
        "temp": "temp",
        "spo2": "spo2",
        "moaas": "moaas",
        "cadss_total": "cadss",
        "cadss_rise": "cadss",
        "bprs_total": "bprs",
        "bprs_rise": "bprs",
    }
)


@dataclass(frozen=True, slots=True)
class Reading:
    """Values with the moment they were seen, and the slot they were taken for (None: an extra reading)."""

    observed_at: datetime
    values: Values = Values()
    slot_minute: int | None = None
    not_done: Mapping[str, str] = field(default_factory=dict)
    id: UUID | None = None
    source: str = ""


def in_order(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """Return readings as they happened, earliest first."""
    return tuple(sorted(readings, key=lambda reading: reading.observed_at))


def latest_of(readings: Iterable[Reading], measure: str) -> tuple[Reading, ...]:
    """Return the latest reading that holds a measure; several, if two were taken at the same moment."""
    holding = [reading for reading in readings if reading.values.holds(measure)]
    if not holding:
        return ()
    latest = max(reading.observed_at for reading in holding)
    return tuple(reading for reading in holding if reading.observed_at == latest)


def before_dose(readings: Iterable[Reading], dosed_at: datetime | None) -> tuple[Reading, ...]:
    """Return the readings seen before the first spray; all of them while none was given."""
    return in_order(reading for reading in readings if dosed_at is None or reading.observed_at < dosed_at)


def after_dose(readings: Iterable[Reading], dosed_at: datetime | None) -> tuple[Reading, ...]:
    """Return the readings seen since the first spray."""
    return in_order(
        reading for reading in readings if dosed_at is not None and reading.observed_at >= dosed_at
    )


def baseline_of(readings: Sequence[Reading], dosed_at: datetime | None) -> Values:
    """Return the predose values of this session: of each value the latest before the first spray."""
    baseline = Values()
    for reading in before_dose(readings, dosed_at):
        seen = {entry.name: getattr(reading.values, entry.name) for entry in fields(Values)}
        baseline = replace(baseline, **{name: value for name, value in seen.items() if value is not None})
    return baseline


def minutes_between(start: datetime, end: datetime) -> int:
    """Return the whole minutes from `start` to `end`, rounded down: minute 119 lasts until 120 is reached."""
    return (end - start) // timedelta(minutes=1)
