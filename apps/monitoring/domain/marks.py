"""When a screen that nobody touched is drawn again: once a minute, each at a second of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID


def minute_of(now: datetime, *whose: UUID) -> str:
    """Return a mark that changes once a minute, for each of `whose` together at another second.

    Ages are written in minutes, so a screen is drawn again each minute. Were it the clock's full minute, all boards of
    all sites would ask for a new picture within the same five seconds, and readings would wait behind them.
    """
    second = sum(one.int for one in whose) % 60
    return f"{now + timedelta(seconds=second):%Y%m%d%H%M}"
