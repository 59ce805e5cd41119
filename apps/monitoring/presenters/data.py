"""The plan and the board as plain data, for the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from apps.monitoring.domain.conditions import Statement
from apps.monitoring.domain.plan import SlotStatus
from apps.monitoring.selectors import Attendance, Board, Watch


def slot_data(status: SlotStatus) -> dict[str, Any]:
    """Return one slot and where it stands."""
    slot = status.slot
    return {
        "minute": slot.minute,
        "code": slot.code,
        "label": slot.label,
        "state": status.state.value,
        "mandatory": slot.mandatory,
        "opens_at": slot.opens_at,
        "due_at": slot.due_at,
        "closes_at": slot.closes_at,
        "wanted": list(status.wanted),
        "missing": list(status.missing),
        "minutes_late": status.minutes_late,
        "readings": len(status.readings),
    }


def plan_data(watch: Watch) -> dict[str, Any]:
    """Return the plan of a session with everything that is due, found and still in the way of leaving."""
    session, upcoming = watch.session, watch.next
    return {
        "session": session.pk,
        "participant": session.participant.number,
        "chair": session.chair,
        "state": session.state,
        "dosed_at": session.dosed_at,
        "last_spray_at": watch.last_spray_at,
        "now": watch.now,
        "next_minute": upcoming.slot.minute if upcoming else None,
        "slots": [slot_data(status) for status in watch.statuses],
        "findings": watch.unacknowledged,
        "conditions": watch.conditions(Statement()),
    }


def board_data(board: Board) -> dict[str, Any]:
    """Return every chair of a site, free ones too."""
    return {
        "site": board.site.code,
        "now": board.now,
        "prescribers_on_site": board.on_site,
        "chairs": [_chair_data(chair, board.in_chair(chair)) for chair in board.chairs],
        "expected": board.expected,
    }


def _chair_data(chair: int, watch: Watch | None) -> dict[str, Any]:
    upcoming = watch.next if watch else None
    return {
        "chair": chair,
        "session": watch.session.pk if watch else None,
        "participant": watch.session.participant.number if watch else None,
        "state": watch.session.state if watch else None,
        "dosed_at": watch.session.dosed_at if watch else None,
        "watching": watch.watching if watch else None,
        "next": slot_data(upcoming) if upcoming else None,
        "overdue": len(watch.overdue) if watch else 0,
        "unacknowledged": len(watch.unacknowledged) if watch else 0,
    }


def attendance_data(found: Attendance) -> dict[str, Any]:
    """Return the report of who was there, with the stretches of every session."""
    return {
        "starts_on": found.starts_on,
        "ends_on": found.ends_on,
        "now": found.now,
        "observed_minutes": _minutes(found.observed),
        "unwatched_minutes": _minutes(found.unwatched),
        "without_prescriber_minutes": _minutes(found.without_prescriber),
        "sessions": [
            {
                "session": entry.session.pk,
                "site": entry.session.site.code,
                "participant": entry.session.participant.number,
                "visit": entry.session.visit.code,
                "dosed_at": entry.session.dosed_at,
                "ended_at": entry.session.ended_at,
                "observed_minutes": _minutes(entry.observed),
                "unwatched_minutes": _minutes(entry.unwatched),
                "without_prescriber_minutes": _minutes(entry.without_prescriber),
                "handovers": entry.handovers,
                "stretches": [
                    {
                        "starts_at": part.starts_at,
                        "ends_at": part.ends_at,
                        "watcher": str(found.people[part.watcher]) if part.watcher else None,
                    }
                    for part in entry.parts
                ],
                "absences": entry.absent,
            }
            for entry in found.sessions
        ],
        "watchers": [
            {
                "person": str(line.person),
                "sessions": line.sessions,
                "minutes": _minutes(line.time),
                "most_at_once": line.most_at_once,
                "limit": line.limit,
            }
            for line in found.watchers
        ],
    }


def _minutes(length: timedelta) -> float:
    return round(length / timedelta(minutes=1), 2)
