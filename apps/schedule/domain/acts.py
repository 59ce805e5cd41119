"""May a visit be appointed, held or missed now? Every ground against it, never only the first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from apps.core.exceptions import Reason, Refused
from apps.schedule.domain.status import VisitStatus
from apps.schedule.domain.windows import Place, Window, place, spacing_reasons
from apps.studies.domain.protocol.visits import Spacing


class VisitNotOpen(Refused):
    """The visit is over, or its window says no."""

    code = "visit_not_open"
    title = "This cannot be done at this visit now"


class NotAppointed(Refused):
    """The day or the hour does not fit the protocol."""

    code = "not_appointed"
    title = "This appointment cannot be made"


def over_reasons(status: VisitStatus) -> tuple[Reason, ...]:
    """Return why a visit that is over cannot be touched again."""
    if status is VisitStatus.HELD:
        return (Reason("visit_held", "This visit was already held."),)
    if status is VisitStatus.MISSED:
        return (Reason("visit_missed", "This visit was recorded as missed."),)
    return ()


def window_reasons(*, window: Window, at: datetime, tz: ZoneInfo, field: str = "") -> tuple[Reason, ...]:
    """Return why a moment outside the window is refused, with the day on which it opens or closed."""
    match place(window, at):
        case Place.EARLY:
            opens = window.opens_at.astimezone(tz)
            return (
                Reason("window_not_open", f"The window opens on {opens.day} {opens:%b %Y, %H:%M}.", field),
            )
        case Place.LATE:
            closed = window.closes_at.astimezone(tz)
            return (
                Reason("window_closed", f"The window closed on {closed.day} {closed:%b %Y, %H:%M}.", field),
            )
        case Place.OPEN:
            return ()


def appointment_reasons(
    *,
    status: VisitStatus,
    window: Window | None,
    planned_at: datetime,
    now: datetime,
    tz: ZoneInfo,
    is_dose: bool,
    chair: int | None,
    chairs: int,
    other_doses: Iterable[date],
    spacing: Spacing,
) -> tuple[Reason, ...]:
    """Return every ground against an appointment. `window` is None for the first dose, which carries the windows."""
    reasons = list(over_reasons(status))
    if planned_at < now:
        reasons.append(Reason("in_the_past", "An appointment lies in the future.", "planned_at"))
    if window is not None:
        reasons += window_reasons(window=window, at=planned_at, tz=tz, field="planned_at")
    if is_dose:
        reasons += spacing_reasons(
            on=planned_at.astimezone(tz).date(), other_doses=other_doses, spacing=spacing
        )
    if chair is not None and not is_dose:
        reasons.append(Reason("no_chair_needed", "Only a dosing visit takes a chair.", "chair"))
    elif chair is not None and not 1 <= chair <= chairs:
        reasons.append(Reason("no_such_chair", f"The site has chairs 1 to {chairs}.", "chair"))
    return tuple(reasons)


def missing_reasons(
    *, status: VisitStatus, window: Window, reason: str, now: datetime, tz: ZoneInfo
) -> tuple[Reason, ...]:
    """Return every ground against recording a visit as missed: over, not yet due, or no reason given."""
    reasons = list(over_reasons(status))
    if status is VisitStatus.PLANNED:
        reasons += window_reasons(window=window, at=now, tz=tz)
    if not reason.strip():
        reasons.append(Reason("reason_needed", "Say why the visit was missed.", "reason"))
    return tuple(reasons)


def holding_reasons(
    *, status: VisitStatus, window: Window, held_at: datetime, now: datetime, tz: ZoneInfo
) -> tuple[Reason, ...]:
    """Return every ground against holding a visit. After the window it is a fact, and a deviation; before, a slip."""
    reasons = list(over_reasons(status))
    if held_at > now:
        reasons.append(Reason("in_the_future", "A visit cannot be held in the future.", "held_at"))
    if place(window, held_at) is Place.EARLY:
        reasons += window_reasons(window=window, at=held_at, tz=tz, field="held_at")
    return tuple(reasons)
