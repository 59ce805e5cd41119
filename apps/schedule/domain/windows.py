"""Visit windows and the spacing of doses.

A window runs from local midnight to local midnight, half-open, in UTC. Local midnight is the first instant of
that day on the site's clock: where the clock springs forward at midnight the day begins at 01:00, and a day may
last 23 or 25 hours. So no instant lies between two days, and none in both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from apps.core.exceptions import Reason
from apps.studies.domain.protocol.visits import Spacing, VisitPlan


class Place(StrEnum):
    """Where a moment lies against a window."""

    EARLY = "EARLY"
    OPEN = "OPEN"
    LATE = "LATE"


@dataclass(frozen=True, slots=True)
class Window:
    """From `opens_at` (included) to `closes_at` (excluded), UTC; `target_date` is the planned day at the site."""

    opens_at: datetime
    target_date: date
    closes_at: datetime


def day_date(*, first_dose_date: date, day: int) -> date:
    """
    Return the calendar date of a study day. Day 1 is the day of the first dose, Day -1 the day before it.

    :raises ValueError: for day 0, which does not exist
    """
    if day == 0:
        raise ValueError("There is no day 0.")
    return first_dose_date + timedelta(days=day - 1 if day > 0 else day)


def study_day(*, first_dose_date: date, on: date) -> int:
    """Return the study day of a date: the inverse of `day_date`, never 0."""
    difference = (on - first_dose_date).days
    return difference + 1 if difference >= 0 else difference


def day_start(day: date, tz: ZoneInfo) -> datetime:
    """Return the first instant of a day on a site's clock, in UTC."""
    # fold=0 gives the earlier of two midnights, and the instant of the change where midnight does not exist.
    return datetime.combine(day, time.min, tzinfo=tz).astimezone(UTC)


def window(*, plan: VisitPlan, first_dose_date: date, tz: ZoneInfo) -> Window:
    """Return the window of a planned visit: `window_before_days` and `window_after_days` around its day."""
    target = day_date(first_dose_date=first_dose_date, day=plan.day)
    return Window(
        opens_at=day_start(target - timedelta(days=plan.window_before_days), tz),
        target_date=target,
        closes_at=day_start(target + timedelta(days=plan.window_after_days + 1), tz),
    )


def place(window: Window, now: datetime) -> Place:
    """Say whether a moment lies before, in or after a window; the closing instant is already after it."""
    if now < window.opens_at:
        return Place.EARLY
    return Place.OPEN if now < window.closes_at else Place.LATE


def spacing_reasons(*, on: date, other_doses: Iterable[date], spacing: Spacing) -> tuple[Reason, ...]:
    """Return every ground why a dose on a day lies too close to the other doses (given or appointed).

    `min_days_between_doses` is the least difference of dates; `max_doses_per_week` counts any seven days in a
    row. Both come from the protocol (induction: one clear day between, never more than two a week).
    """
    others = sorted(set(other_doses))
    reasons = []
    near = [day for day in others if abs((on - day).days) < spacing.min_days_between_doses]
    for day in near:
        reasons.append(
            Reason(
                "doses_too_close",
                f"A dose on {_words(on)} lies {_days(abs((on - day).days))} from the dose on {_words(day)}; "
                f"the protocol asks for at least {_days(spacing.min_days_between_doses)}.",
                "planned_at",
            )
        )
    week = timedelta(days=6)
    for first in (on - timedelta(days=back) for back in range(6, -1, -1)):
        within = [day for day in others if first <= day <= first + week and day != on]
        if len(within) + 1 > spacing.max_doses_per_week:
            reasons.append(
                Reason(
                    "too_many_doses_in_a_week",
                    f"The seven days from {_words(first)} would hold {len(within) + 1} doses; "
                    f"the protocol allows {spacing.max_doses_per_week}.",
                    "planned_at",
                )
            )
            break
    return tuple(reasons)


def _words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _days(count: int) -> str:
    return "0 days" if count == 0 else f"{count} day{'' if count == 1 else 's'}"
