"""Moments in words: what a page writes for an instant, a date and an age. UTC in, the site's clock out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UNKNOWN = "Not known"


def zone_of(zone: str | tzinfo | None) -> tzinfo:
    """Return the time zone; without one, or with a name nobody knows, UTC: an offset is always printed."""
    if isinstance(zone, tzinfo):
        return zone
    try:
        return ZoneInfo(zone) if zone else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def offset_words(moment: datetime) -> str:
    """Return the offset from UTC as "UTC+1", "UTC-3:30" or "UTC"."""
    offset = moment.utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02d}" if rest else "")


def zone_words(moment: datetime) -> str:
    """Return the zone's own letters and its offset, as "CET, UTC+1"; zones without letters give the offset alone."""
    letters = moment.tzname() or ""
    offset = offset_words(moment)
    return f"{letters}, {offset}" if letters.isalpha() and letters != "UTC" else offset


def date_words(day: date) -> str:
    """Return "24 Nov 2026": the month in letters, because 04/05 is two days in two countries."""
    return f"{day.day} {day:%b %Y}"


def age_words(moment: datetime, now: datetime) -> str:
    """Return how long ago `moment` was, or how soon it will be, in one unit: "3 minutes ago", "in 2 hours"."""
    seconds = (now - moment).total_seconds()
    size = abs(seconds)
    if size < 60:
        return "just now" if seconds >= 0 else "in less than a minute"
    for unit, length, limit in (("minute", 60, 3600), ("hour", 3600, 86_400), ("day", 86_400, None)):
        if limit is None or size < limit:
            count = int(size // length)
            words = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"{words} ago" if seconds >= 0 else f"in {words}"
    raise AssertionError("the last unit has no limit")


def elapsed_words(span: timedelta) -> str:
    """Return a span since the dose as "0:25:49", hours first; before the dose with a minus sign."""
    seconds = int(span.total_seconds())
    sign = "-" if seconds < 0 else ""
    hours, rest = divmod(abs(seconds), 3600)
    return f"{sign}{hours}:{rest // 60:02d}:{rest % 60:02d}"
