"""When to tell. A rule says how many hours from a moment, and how often again; the rest is arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Occurrence:
    """The `number`-th telling (from 0) of one thing, due at `due_at`."""

    number: int
    due_at: datetime


def occurrence_latest(
    *,
    moment: datetime,
    offset_hours: float,
    repeat_hours: float | None,
    now: datetime,
    ends_at: datetime | None = None,
) -> Occurrence | None:
    """
    Return the latest occurrence due by `now`, or None if the first is still to come or the occasion is over.

    After a long silence only the latest is told, not every one that was missed. `ends_at` (exclusive) is the moment
    from which telling makes no sense any more, such as the start of a visit that was announced.
    """
    first = moment + timedelta(hours=offset_hours)
    if now < first or (ends_at is not None and now >= ends_at):
        return None
    if repeat_hours is None:
        return Occurrence(0, first)
    number = int((now - first) // timedelta(hours=repeat_hours))
    return Occurrence(number, first + number * timedelta(hours=repeat_hours))
