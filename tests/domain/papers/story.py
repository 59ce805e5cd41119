"""A finished session on paper: the rules of the shipped TRANSFORM-2, readings by the minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from apps.monitoring.domain.plan import due_times, statuses
from apps.monitoring.domain.readings import Reading, baseline_of
from apps.papers.domain.record import (
    ConditionLine,
    Device,
    Entry,
    EventLine,
    GateLine,
    MedicineLine,
    Record,
    ReleaseLine,
    WatchLine,
    Where,
)
from tests.domain.monitoring.story import CHECKED_IN, LAST_SPRAY, PROTOCOL, T0, calm, minute, predose

WHERE = Where(
    study="t2",
    title="A fictional study",
    is_fictional=True,
    protocol_label="1.0",
    site_code="DE01",
    site_name="Berlin",
    zone="Europe/Berlin",
    number="DE01-0001",
    sex="F",
    age_years=44,
    visit="Day 8",
)


def entry(reading: Reading) -> Entry:
    """A reading entered at once."""
    return Entry(reading, "Nadia Nurse", reading.observed_at + timedelta(seconds=20), "", "")


def gates(**outcomes: str) -> tuple[GateLine, ...]:
    """Every gate of the protocol as passed, but for what is said."""
    return tuple(
        GateLine(gate.code, gate.label, gate.kind, outcomes.get(gate.code, "PASSED"), "As it should be.", "")
        for gate in PROTOCOL.gates
    )


def conditions(**unmet: str) -> tuple[ConditionLine, ...]:
    """Every condition of leaving as met, but for those said to lack something."""
    by_word = {"escort", "no_distressing_event", "instructions_given"}
    named = [("TIME", "Observed for 120 minutes", False)]
    named += [(one.code, one.label, one.kind in by_word) for one in PROTOCOL.discharge.conditions]
    return tuple(
        ConditionLine(code, label, code not in unmet, "As it should be", unmet.get(code, ""), word)
        for code, label, word in named
    )


def record(
    *readings: Reading, ended: float | None = 121, now: datetime | None = None, **changes: Any
) -> Record:
    """A session with these readings, by default a calm one that ended after 121 minutes."""
    seen = readings or (predose(), calm(40, slot=40), calm(90, slot=90), calm(118, slot=120))
    ended_at = None if ended is None else minute(ended)
    moment = now or (ended_at or minute(121)) + timedelta(hours=1)
    baseline = baseline_of(seen, T0)
    slots = due_times(
        dosed_at=T0,
        last_spray_at=LAST_SPRAY,
        plan=PROTOCOL.observation_plan,
        checked_in_at=CHECKED_IN,
        until=ended_at or moment,
    )
    made = Record(
        where=WHERE,
        protocol=PROTOCOL,
        now=moment,
        state="OBSERVING" if ended is None else "DISCHARGED",
        chair=1,
        dose_mg=56,
        devices_planned=3,
        checked_in_at=CHECKED_IN,
        dosed_at=T0,
        last_spray_at=LAST_SPRAY,
        ended_at=ended_at,
        devices=(Device(1, "4711", "L-1", "S-1", date(2027, 1, 31), "Left", T0, minute(0.5), "COMPLETE"),),
        gates=gates(),
        baseline=baseline,
        entries=tuple(entry(reading) for reading in seen),
        slots=statuses(
            slots, seen, rule=PROTOCOL.discharge, baseline=baseline, now=moment, ended_at=ended_at
        ),
        findings=(),
        events=(),
        medicines=(MedicineLine("sertraline", "100 mg", date(2026, 2, 1), None),),
        deviations=(),
        watches=(
            WatchLine(T0, minute(60), "Nadia Nurse"),
            WatchLine(minute(60), ended_at or moment, "Nils Nurse"),
        ),
        absences=(),
        conditions=conditions(),
        release=None if ended_at is None else ReleaseLine(ended_at, "Nadia Nurse", 121, "", ""),
        sent=None,
    )
    return replace(made, **changes)


def event(term: str, onset: float, resolved: float | None, *, serious: bool = False) -> EventLine:
    """An adverse event at minutes from T0."""
    return EventLine(
        term,
        "MILD",
        serious,
        ("HOSPITALIZATION",) if serious else (),
        minute(onset),
        None if resolved is None else minute(resolved),
    )
