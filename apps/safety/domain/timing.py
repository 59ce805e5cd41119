"""Times of an adverse event: from the dose, how long, and when the sponsor must know."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def onset_minutes(*, onset_at: datetime, dosed_at: datetime | None) -> int | None:
    """Return whole minutes from T0 to the onset, negative before the dose; None without a dose."""
    if dosed_at is None:
        return None
    return int((onset_at - dosed_at).total_seconds() // 60)


def duration(*, onset_at: datetime, resolved_at: datetime | None) -> timedelta | None:
    """Return how long it lasted; None while it lasts."""
    return None if resolved_at is None else resolved_at - onset_at


def resolved_same_day(*, onset_at: datetime, resolved_at: datetime | None, tz: ZoneInfo) -> bool | None:
    """Say whether it ended on the local day it began (published tables count this); None while it lasts."""
    if resolved_at is None:
        return None
    return onset_at.astimezone(tz).date() == resolved_at.astimezone(tz).date()


def on_dosing_day(*, onset_at: datetime, dosed_at: datetime | None, tz: ZoneInfo) -> bool:
    """Say whether it began on the local day of a dose, at or after its first spray."""
    if dosed_at is None or onset_at < dosed_at:
        return False
    return onset_at.astimezone(tz).date() == dosed_at.astimezone(tz).date()


def report_due_at(*, site_aware_at: datetime, hours: int) -> datetime:
    """Return when a serious event must be with the sponsor: hours from the site's awareness (24 in every trial)."""
    return site_aware_at + timedelta(hours=hours)
