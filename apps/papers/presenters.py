"""The papers of a session, and the sheets due, for pages and programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from apps.papers.domain.documents.blocks import Kind
from apps.papers.domain.documents.words import day
from apps.papers.domain.downtime import Downtime
from apps.papers.domain.readiness import readiness_of
from apps.papers.domain.record import Record
from apps.papers.domain.sheet import Clock, clock_of, effect_words, sheet_of
from apps.papers.selectors import SheetDue

PAPERS: dict[Kind, tuple[str, str]] = {
    "summary": (
        "Session summary",
        "Everything of the session: gates, devices, readings, charts, findings, leaving.",
    ),
    "sheet": (
        "Monitoring data sheet",
        "Vital signs, effects with onset and resolution, minutes, serious events.",
    ),
    "readiness": (
        "Readiness checklist",
        "Each line answered by the record; what it does not know stays open.",
    ),
    "downtime": ("Downtime sheet", "To write on while the system is down, filled from the plan."),
}


def papers_page(record: Record, *, session_id: object) -> dict[str, Any]:
    """Return the papers this session has, and where its sheet stands."""
    clock = clock_of(record)
    there = {
        "summary": True,
        "sheet": record.protocol.sheet is not None,
        "readiness": record.protocol.discharge.checklist is not None,
        "downtime": not record.is_over,
    }
    return {
        "papers": [
            {
                "title": title,
                "text": text,
                "url": reverse("papers:print", args=[session_id, kind]),
                "kind": kind,
            }
            for kind, (title, text) in PAPERS.items()
            if there[kind]
        ],
        "clock": clock_facts(clock) if clock is not None else None,
        "is_over": record.is_over,
    }


def clock_facts(clock: Clock) -> dict[str, Any]:
    """Return where a sheet stands: a word of the vocabulary of states, and the sentence."""
    if clock.sent is not None:
        return {
            "state": "done",
            "words": f"Sent on {day(clock.sent.sent_on)} by {clock.sent.by}",
            "reference": clock.sent.reference,
            "due": day(clock.due_on),
            "is_sent": True,
        }
    assert clock.days_left is not None  # known while it was not sent
    return {
        "state": days_state(clock.days_left),
        "words": days_words(clock.days_left),
        "reference": "",
        "due": day(clock.due_on),
        "is_sent": False,
    }


def days_state(days_left: int) -> str:
    """Return how pressing a sheet is, by the vocabulary of states."""
    return (
        "overdue"
        if days_left < 0
        else "due_now"
        if days_left == 0
        else "due"
        if days_left <= 2
        else "upcoming"
    )


def days_words(days_left: int) -> str:
    """Return how many days are left, or since how many it is late."""
    if days_left < 0:
        return f"{-days_left} day{'' if days_left == -1 else 's'} late"
    if days_left == 0:
        return "Due today"
    return f"{days_left} day{'' if days_left == 1 else 's'} left"


def due_rows(found: Sequence[SheetDue]) -> list[dict[str, Any]]:
    """Return the sheets due as rows."""
    return [
        {
            "number": entry.session.participant.number,
            "site": entry.session.site.code,
            "visit": entry.session.visit.label,
            "session_on": day(entry.session_on),
            "due_on": day(entry.due_on),
            "state": days_state(entry.days_left),
            "words": days_words(entry.days_left),
            "url": reverse("papers:session", args=[entry.session.pk]),
        }
        for entry in found
    ]


def paper_values(record: Record, kind: Kind) -> dict[str, Any] | None:
    """Return a paper as values, as the API speaks of it; None where this session has no such paper."""
    if kind == "sheet":
        sheet = sheet_of(record)
        if sheet is None:
            return None
        words = {effect.code: effect_words(effect) for effect in sheet.effects}
        values = asdict(sheet) | {"unwatched_minutes": _minutes(record.unwatched)}
        for effect in values["effects"]:
            effect["words"] = words[effect["code"]]
        return values
    if kind == "readiness":
        readiness = readiness_of(record)
        return None if readiness is None else asdict(readiness)
    return _summary(record)


def downtime_values(sheet: Downtime) -> dict[str, Any]:
    """Return the sheet to write on as values."""
    return asdict(sheet)


def head_values(record: Record, *, now: datetime) -> dict[str, Any]:
    """Return whom and what a paper is about."""
    where = record.where
    return {
        "study": where.study,
        "protocol": where.protocol_label,
        "site": where.site_code,
        "time_zone": where.zone,
        "participant": where.number,
        "visit": where.visit,
        "chair": record.chair,
        "dose": record.dose_words,
        "dosed_at": record.dosed_at,
        "ended_at": record.ended_at,
        "is_over": record.is_over,
        "as_of": now,
    }


def _summary(record: Record) -> dict[str, Any]:
    return {
        "checked_in_at": record.checked_in_at,
        "devices": [asdict(device) for device in record.devices],
        "gates": [asdict(gate) for gate in record.gates],
        "readings": [
            {
                "observed_at": entry.reading.observed_at,
                "slot_minute": entry.reading.slot_minute,
                "values": {
                    key: value for key, value in asdict(entry.reading.values).items() if value is not None
                },
                "not_done": dict(entry.reading.not_done),
                "by": entry.by,
                "entered_at": entry.entered_at,
                "late_reason": entry.reason,
                "note": entry.note,
            }
            for entry in record.entries
        ],
        "findings": [asdict(finding) for finding in record.findings],
        "adverse_events": [asdict(event) for event in record.events],
        "deviations": [asdict(deviation) for deviation in record.deviations],
        "watches": [asdict(line) for line in record.watches],
        "unwatched_minutes": _minutes(record.unwatched),
        "absences": [asdict(line) for line in record.absences],
        "conditions": [asdict(condition) for condition in record.conditions],
        "release": asdict(record.release) if record.release else None,
    }


def _minutes(length: timedelta) -> float:
    return round(length / timedelta(minutes=1), 2)
