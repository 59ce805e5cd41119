"""What a visit is called at a moment. Lateness is computed from facts and `now`, never stored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from apps.schedule.domain.windows import Place, Window, place


class VisitStatus(StrEnum):
    """Where a visit stands. DUE: the window is open. OVERDUE: it has closed and nobody said why."""

    PLANNED = "PLANNED"
    DUE = "DUE"
    OVERDUE = "OVERDUE"
    HELD = "HELD"
    MISSED = "MISSED"


def visit_status(
    *, window: Window, held_at: datetime | None, missed_at: datetime | None, now: datetime
) -> VisitStatus:
    """Return the status of a visit at `now`."""
    if held_at is not None:
        return VisitStatus.HELD
    if missed_at is not None:
        return VisitStatus.MISSED
    match place(window, now):
        case Place.EARLY:
            return VisitStatus.PLANNED
        case Place.OPEN:
            return VisitStatus.DUE
        case Place.LATE:
            return VisitStatus.OVERDUE
