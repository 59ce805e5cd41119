"""The report of who was there, as a page and as a file."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from apps.monitoring.domain.watchers import Stretch, time_by_watcher
from apps.monitoring.domain.words import length_words
from apps.monitoring.selectors import Attendance, Attended
from apps.supply.domain.accountability import guarded

COLUMNS = (
    "study", "site", "participant", "visit", "chair", "first_spray_at", "ended_at",
    "observed_minutes", "unwatched_minutes", "without_prescriber_minutes", "handovers", "watched_by",
    "unwatched_from_to", "without_prescriber_from_to",
)  # fmt: skip


def attendance_page(found: Attendance) -> dict[str, Any]:
    """Return the figures, the sessions and the people of the report."""
    return {
        "kpis": [
            {"label": "Sessions", "value": str(len(found.sessions))},
            {"label": "Observed", "value": length_words(found.observed)},
            {"label": "Unwatched", "value": length_words(found.unwatched)},
            {"label": "Without a prescriber", "value": length_words(found.without_prescriber)},
        ],
        "sessions": [_row(entry, found) for entry in reversed(found.sessions)],
        "people": [
            {
                "name": str(line.person),
                "sessions": line.sessions,
                "time": length_words(line.time),
                "most": line.most_at_once,
                "limit": line.limit,
                "is_over": line.limit is not None and line.most_at_once > line.limit,
            }
            for line in found.watchers
        ],
    }


def _row(entry: Attended, found: Attendance) -> dict[str, Any]:
    session = entry.session
    return {
        "url": reverse("monitoring:watch", args=[session.pk]),
        "number": session.participant.number,
        "visit": session.visit.label,
        "site": session.site.code,
        "zone": session.site.time_zone,
        "dosed_at": session.dosed_at,
        "ended_at": session.ended_at,
        "observed": length_words(entry.observed),
        "watched": [
            {"name": str(found.people[person]), "time": length_words(length)}
            for person, length in time_by_watcher(entry.parts).items()
            if person is not None
        ],
        "unwatched": length_words(entry.unwatched) if entry.unwatched else "",
        "gaps": [part for part in entry.parts if part.watcher is None],
        "without_prescriber": length_words(entry.without_prescriber) if entry.absent else "",
        "absences": entry.absent,
        "handovers": entry.handovers,
    }


def attendance_csv(found: Attendance) -> str:
    """Return the sessions as CSV (RFC 4180), in the site's time. No cell is one a spreadsheet would evaluate."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in found.sessions:
        writer.writerow([guarded(cell) for cell in _cells(entry, found)])
    return text.getvalue()


def _cells(entry: Attended, found: Attendance) -> list[str]:
    session, zone = entry.session, ZoneInfo(entry.session.site.time_zone)

    def clock(moment: datetime | None) -> str:
        return moment.astimezone(zone).isoformat(timespec="seconds") if moment else ""

    def spans(parts: tuple[Stretch, ...]) -> str:
        return "; ".join(f"{clock(part.starts_at)}/{clock(part.ends_at)}" for part in parts)

    return [
        session.site.study.code,
        session.site.code,
        session.participant.number,
        session.visit.code,
        str(session.chair),
        clock(session.dosed_at),
        clock(session.ended_at),
        minutes(entry.observed),
        minutes(entry.unwatched),
        minutes(entry.without_prescriber),
        str(entry.handovers),
        "; ".join(
            f"{found.people[person]} {minutes(length)}"
            for person, length in time_by_watcher(entry.parts).items()
            if person is not None
        ),
        spans(tuple(part for part in entry.parts if part.watcher is None)),
        spans(entry.absent),
    ]


def minutes(length: timedelta) -> str:
    """Return minutes with two decimals: a gap of a few seconds is not rounded away."""
    return f"{length / timedelta(minutes=1):.2f}"
