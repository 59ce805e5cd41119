"""The monitoring data sheet: what a risk programme asks of every session, computed from the record.

The fields are the programme's of the United States, the layout is ours (observation plan, section 2.6 of the domain
notes). Trials keep the same data in their record; nobody types it twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from apps.monitoring.domain.clearance import ready_minute
from apps.monitoring.domain.conditions import MEASURE_OF
from apps.monitoring.domain.readings import Reading, after_dose, before_dose, minutes_between
from apps.papers.domain.episodes import Episode, episodes, points_of_condition, points_of_rules
from apps.papers.domain.record import AbsenceLine, EventLine, Record, Sent, WatchLine
from apps.studies.domain.protocol import SheetEffect


@dataclass(frozen=True, slots=True)
class Pressure:
    """A blood pressure in mmHg and its minute from T0, negative before the dose; None while there was no dose."""

    sbp: int
    dbp: int
    minute: int | None


@dataclass(frozen=True, slots=True)
class Reported:
    """An adverse event whose term tells the effect: minutes from T0, `resolved` None while it goes on."""

    term: str
    onset: int | None
    resolved: int | None
    is_serious: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect. `experienced` None: neither measured nor reported, so it is not known."""

    code: str
    label: str
    experienced: bool | None
    episodes: tuple[Episode, ...]
    reported: tuple[Reported, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """Until when the sheet is to be sent. `days_left` is negative when it is late; None once it was sent."""

    session_on: date
    due_on: date
    sent: Sent | None
    days_left: int | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sheet of one session. What the record does not know is None, and printed as an open box."""

    acceptable_before: bool | None
    acceptable_end: bool | None
    pressures_before: tuple[Pressure, ...]
    pressures_peak: tuple[Pressure, ...]
    pressures_end: tuple[Pressure, ...]
    peak_minute: int
    total_minutes: int | None
    ready_minute: int | None
    effects: tuple[Effect, ...]
    serious: tuple[EventLine, ...]
    medicine_classes: tuple[str, ...]
    watches: tuple[WatchLine, ...]
    absences: tuple[AbsenceLine, ...]
    clock: Clock | None


def sheet_of(record: Record) -> Sheet | None:
    """Return the sheet; None where the protocol asks for none."""
    asked = record.protocol.sheet
    if asked is None:
        return None
    since = after_dose(record.readings, record.dosed_at)
    return Sheet(
        acceptable_before=_acceptable_before(record),
        acceptable_end=_acceptable_end(record),
        pressures_before=_latest(record, before_dose(record.readings, record.dosed_at)),
        pressures_peak=tuple(
            _pressure(record, reading)
            for reading in since
            if reading.slot_minute == asked.peak_minute and "bp" in reading.values.measures
        ),
        pressures_end=_latest(record, since),
        peak_minute=asked.peak_minute,
        total_minutes=minutes_between(record.dosed_at, record.ended_at)
        if record.dosed_at is not None and record.ended_at is not None
        else None,
        ready_minute=ready_minute(record.readings, record.dosed_at),
        effects=tuple(_effect(record, effect) for effect in asked.effects),
        serious=tuple(event for event in record.events if event.is_serious),
        medicine_classes=tuple(entry.label for entry in asked.medicine_classes),
        watches=record.watches,
        absences=record.absences,
        clock=clock_of(record),
    )


def clock_of(record: Record) -> Clock | None:
    """Return until when the sheet is to be sent; None without a dose or where the protocol asks for none."""
    if record.protocol.sheet is None or record.dosed_at is None:
        return None
    zone = ZoneInfo(record.where.zone)
    session_on = record.dosed_at.astimezone(zone).date()
    due_on = due_day(session_on, record.protocol.sheet.due_days)
    left = None if record.sent else (due_on - record.now.astimezone(zone).date()).days
    return Clock(session_on, due_on, record.sent, left)


def due_day(session_on: date, days: int) -> date:
    """Return the last day on which the sheet is in time: so many calendar days after the day of the session."""
    return session_on + timedelta(days=days)


def late_from(due_on: date, zone: tzinfo) -> datetime:
    """Return the moment from which a sheet is late: the midnight that ends the last day, on the site's clock."""
    return datetime.combine(due_on + timedelta(days=1), time(), tzinfo=zone)


def effect_words(effect: Effect) -> str:
    """Return what is said of an effect: when it began and ended, or that it was not seen, or not looked for."""
    if effect.experienced is None:
        return "Not measured"
    if not effect.experienced:
        return "No"
    return "; ".join(
        [
            *(_span_words(one.onset, one.resolved, one.last_seen) for one in effect.episodes),
            *(f"reported as “{one.term}”, {_reported_words(one)}" for one in effect.reported),
        ]
    )


def _span_words(onset: int, resolved: int | None, last_seen: int) -> str:
    if resolved is None:
        return f"from minute {onset}, not resolved when last measured at minute {last_seen}"
    return f"from minute {onset} to minute {resolved}"


def _reported_words(one: Reported) -> str:
    if one.onset is None:
        return "before the dose"
    return (
        f"from minute {one.onset}, going on"
        if one.resolved is None
        else f"from minute {one.onset} to minute {one.resolved}"
    )


def _effect(record: Record, effect: SheetEffect) -> Effect:
    conditions = [one for one in record.protocol.discharge.conditions if one.code == effect.condition]
    rules = [one for one in record.protocol.escalation if one.code in effect.rules]
    points = [
        point
        for condition in conditions
        if condition.kind in MEASURE_OF
        for point in points_of_condition(
            condition, record.readings, baseline=record.baseline, dosed_at=record.dosed_at
        )
    ]
    if rules:
        points += points_of_rules(
            rules,
            record.readings,
            baseline=record.baseline,
            dosed_at=record.dosed_at,
            age_years=record.where.age_years,
        )
    found = episodes(points)
    reported = tuple(
        _reported(record, event)
        for event in record.events
        if any(term.lower() in event.term.lower() for term in effect.terms)
    )
    seen = bool(found or reported)
    return Effect(effect.code, effect.label, seen if seen or points else None, found, reported)


def _reported(record: Record, event: EventLine) -> Reported:
    return Reported(
        event.term, _minute(record, event.onset_at), _minute(record, event.resolved_at), event.is_serious
    )


def _minute(record: Record, moment: datetime | None) -> int | None:
    if record.dosed_at is None or moment is None or moment < record.dosed_at:
        return None
    return minutes_between(record.dosed_at, moment)


def _pressure(record: Record, reading: Reading) -> Pressure:
    assert reading.values.sbp is not None and reading.values.dbp is not None  # noqa: PT018 - one measure
    minute = None if record.dosed_at is None else minutes_between(record.dosed_at, reading.observed_at)
    return Pressure(reading.values.sbp, reading.values.dbp, minute)


def _latest(record: Record, readings: Sequence[Reading]) -> tuple[Pressure, ...]:
    """Return the last pressure; of two at one moment both."""
    with_pressure = [reading for reading in readings if "bp" in reading.values.measures]
    last = max((reading.observed_at for reading in with_pressure), default=None)
    return tuple(_pressure(record, reading) for reading in with_pressure if reading.observed_at == last)


def _acceptable_before(record: Record) -> bool | None:
    """Say whether the measured gates let the dose go on by themselves; an override is not acceptable values."""
    gates = [gate for gate in record.gates if gate.kind in ("blood_pressure", "minimum")]
    if not gates or any(not gate.outcome for gate in gates):
        return None
    return all(gate.outcome == "PASSED" for gate in gates)


def _acceptable_end(record: Record) -> bool | None:
    """Say whether pressure and oxygen saturation held at the release; not known before it."""
    if record.release is None:
        return None
    wanted = {
        one.code for one in record.protocol.discharge.conditions if one.kind in ("bp_below", "spo2_at_least")
    }
    lines = [line for line in record.conditions if line.code in wanted]
    return all(line.met and not line.is_accepted for line in lines) if lines else None
