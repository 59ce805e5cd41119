"""The board: a strip of what is due next over all chairs, and a tile for each chair in its fixed place."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from apps.accounts.models import User
from apps.dosing.domain.session import SessionState
from apps.monitoring.domain.findings import SEVERITIES
from apps.monitoring.presenters.session import due_items, state_of, url_or_none
from apps.monitoring.presenters.watchers import on_site, watcher
from apps.monitoring.presenters.words import SHORT, UNITS, last_of, out_of_range, short_age
from apps.monitoring.selectors import Board, Watch

ON_TILE = ("bp", "hr", "spo2", "moaas")


def board_page(board: Board, *, viewer: User) -> dict[str, Any]:
    """Return everything the board shows. The tiles say which are the viewer's own; none moves for it."""
    return {
        "chairs": [_tile(chair, board.in_chair(chair), viewer=viewer) for chair in board.chairs],
        "on_site": on_site(board.on_site, viewer=viewer),
        "is_prescriber_missing": not board.on_site and any(watch.session.dosed_at for watch in board.watches),
        "strip": _strip(board),
        "expected": [
            {
                "number": visit.participant.number,
                "label": visit.label,
                "planned_at": visit.planned_at,
                "closes_at": visit.closes_at,
                "chair": visit.chair,
                "url": url_or_none("dosing:open", visit.pk),
            }
            for visit in board.expected
        ],
        "left": [
            {
                "number": session.participant.number,
                "label": session.visit.label,
                "state": session.state.lower(),
                "ended_at": session.ended_at,
                "url": session_url(session.pk, session.state),
            }
            for session in board.left
        ],
        "now": board.now,
    }


def session_url(session_id: object, state: str) -> str:
    """Return the page a session is worked on: the chairside once a spray was given, before it the check-in."""
    watching = state in (SessionState.OBSERVING.value, SessionState.DISCHARGED.value)
    before = None if watching else url_or_none("dosing:detail", session_id)
    return before or reverse("monitoring:watch", args=[session_id])


def _tile(chair: int, watch: Watch | None, *, viewer: User) -> dict[str, Any]:
    if watch is None:
        return {"place": f"Chair {chair}"}
    session = watch.session
    state, word = state_of(watch)
    due = due_items(watch)
    told = bool(due) and due[0]["is_slot"] and due[0]["state"] == "overdue"
    latest = watch.observations[-1] if watch.observations else None
    return {
        "place": f"Chair {chair}",
        "number": session.participant.number,
        "visit": session.visit.label,
        "url": session_url(session.pk, session.state),
        "session": session.pk,
        "state": state,
        "word": word,
        "t0": session.dosed_at,
        "next": due[0] if due else None,
        "more_overdue": len(watch.overdue) - told,
        "finding": _gravest(watch),
        "hint": "May leave: check and release" if state == "ready" else "",
        "last": _last(watch),
        "watcher": watcher(watch.watching, viewer=viewer),
        "staff": f"Last by {latest.recorded_by}" if latest else "",
    }


def _gravest(watch: Watch) -> str:
    """Return the gravest finding that is not over and nobody took note of, in words."""
    standing = [finding for finding in watch.unacknowledged if watch.is_standing(finding)]
    worst = max(standing, key=lambda finding: SEVERITIES.index(finding.severity), default=None)
    return worst.message if worst else ""


def _last(watch: Watch) -> list[dict[str, Any]]:
    marks = out_of_range(watch)
    shown = []
    for measure in ON_TILE:
        found = last_of(watch, measure, marks=marks)
        shown.append(
            {
                "label": SHORT[measure],
                "value": f"{found.text}{'%' if UNITS.get(measure) == '%' else ''}" if found else "",
                "age": short_age(found.age) if found else "",
                "out": bool(found and found.is_out),
            }
        )
    return shown


def chairs_due(board: Board) -> list[dict[str, Any]]:
    """Return what is due next in each chair by its number alone: anybody may read it over a shoulder."""
    entries = []
    for watch in board.watches:
        for item in due_items(watch)[:1]:
            entries.append(
                {
                    "place": f"Chair {watch.session.chair}",
                    "due_at": item["due_at"],
                    "tolerance_min": item["tolerance_min"],
                }
            )
    return sorted(entries, key=lambda entry: entry["due_at"])


def _strip(board: Board) -> list[dict[str, Any]]:
    entries = []
    for watch in board.watches:
        for item in due_items(watch):
            entries.append(
                {
                    **item,
                    "place": f"Chair {watch.session.chair}",
                    "url": session_url(watch.session.pk, watch.session.state),
                }
            )
    return sorted(entries, key=lambda entry: (entry["state"] != "overdue", entry["due_at"]))[:8]
