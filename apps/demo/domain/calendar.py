"""Days and hours of a fictional clinic: weekdays, opening hours, windows, spacing between doses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apps.demo.domain.design import DemoDesign
from apps.demo.domain.draws import Draws

SATURDAY = 5
# A first dose on one of these days leaves every later window a day on which the clinic is open.
FIRST_DOSE_WEEKDAYS = (0, 1, 2, 3)
MIN_DAYS_BETWEEN_DOSES = 2
# How much less likely a plan becomes with each visit that is not on its target day.
ODD_DAY_WEIGHT = 0.05


def local_moment(on: date, hour: float, zone: str) -> datetime:
    """A moment of the clinic's day (hour 13.5 is half past one) in UTC, to the second."""
    seconds = round(hour * 3600)
    wall = datetime.combine(on, time(), tzinfo=ZoneInfo(zone)).replace(
        hour=seconds // 3600, minute=seconds // 60 % 60, second=seconds % 60
    )
    return wall.astimezone(UTC)


def local_date(moment: datetime, zone: str) -> date:
    """The date on the clinic's wall."""
    return moment.astimezone(ZoneInfo(zone)).date()


def next_first_dose_day(on: date) -> date:
    """The first day from `on` that may be somebody's Day 1."""
    while on.weekday() not in FIRST_DOSE_WEEKDAYS:
        on += timedelta(days=1)
    return on


def visit_dates(
    day_one: date, design: DemoDesign, draws: Draws, *, fixed: Mapping[int, date] | None = None
) -> dict[int, date]:
    """When each visit is planned: inside its window, doses far enough apart, on weekdays wherever that can
    be.

    `fixed` pins visits to given dates.

    :raises ValueError: if no plan keeps to the windows, the spacing and the pinned dates.
    """
    plans = _feasible(day_one, design, fixed or {})
    if not plans:
        raise ValueError(f"No visit plan from {day_one} keeps to its windows.")
    chosen = draws.pick(plans, [ODD_DAY_WEIGHT ** sum(map(bool, plan)) for plan in plans])
    return {
        visit.day: day_one + timedelta(days=visit.day - 1 + shift)
        for visit, shift in zip(design.visits, chosen, strict=True)
    }


def can_plan(day_one: date, design: DemoDesign, *, fixed: Mapping[int, date]) -> bool:
    """Whether some plan from this Day 1 puts the visits on the given dates."""
    return bool(_feasible(day_one, design, fixed))


def _feasible(day_one: date, design: DemoDesign, fixed: Mapping[int, date]) -> tuple[tuple[int, ...], ...]:
    pinned = tuple((day, (on - day_one).days + 1 - day) for day, on in sorted(fixed.items()))
    weekday = day_one.weekday()
    return _plans(design, weekday, pinned, True) or _plans(design, weekday, pinned, False)


@lru_cache(maxsize=256)
def _plans(
    design: DemoDesign, weekday: int, pinned: tuple[tuple[int, int], ...], open_days_only: bool
) -> tuple[tuple[int, ...], ...]:
    """Every way to shift the visits in their windows: at least two days between doses, two doses in seven
    days."""
    plans: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((), ())]  # shifts so far, dose days so far
    wanted = dict(pinned)
    for visit in design.visits:
        longer = []
        for shifts, doses in plans:
            for shift in range(-visit.before, visit.after + 1):
                day = visit.day + shift
                if wanted.get(visit.day, shift) != shift:
                    continue
                if open_days_only and (weekday + day - 1) % 7 >= SATURDAY:
                    continue
                if visit.dose and doses and day - doses[-1] < MIN_DAYS_BETWEEN_DOSES:
                    continue
                if visit.dose and len(doses) > 1 and day - doses[-2] < 7:
                    continue
                longer.append(((*shifts, shift), (*doses, day) if visit.dose else doses))
        plans = longer
    return tuple(shifts for shifts, _ in plans)
