"""Checks on the visit grid: windows, spacing of doses, baseline and endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from apps.studies.domain.instrument_codes import TOTAL_RANGES
from apps.studies.domain.protocol import Protocol, VisitPlan, evaluate
from apps.studies.domain.yaml_reading import Fault

WEEK = 7


def _placed(protocol: Protocol, anchor: str) -> list[tuple[int, VisitPlan]]:
    """The visits of one anchor with their position in the file, by day."""
    visits = [(index, visit) for index, visit in enumerate(protocol.visits) if visit.anchor == anchor]
    return sorted(visits, key=lambda pair: (pair[1].day, pair[0]))


def windows_do_not_overlap(protocol: Protocol) -> Iterator[Fault]:
    """A day that belongs to two windows would make the visit a guess."""
    for anchor in ("screening", "first_dose"):
        for (_, earlier), (index, later) in pairwise(_placed(protocol, anchor)):
            if later.earliest_day <= earlier.latest_day:
                yield Fault(
                    f"visits[{index}]",
                    f"the window of {later.code} (days {later.earliest_day} to {later.latest_day}) overlaps "
                    f"{earlier.code} (days {earlier.earliest_day} to {earlier.latest_day})",
                )


def days_exist(protocol: Protocol) -> Iterator[Fault]:
    """There is no Day 0, and the anchor visit has no window because it sets the clock."""
    for index, visit in enumerate(protocol.visits):
        if visit.day == 0:
            yield Fault(f"visits[{index}].day", "there is no Day 0; Day 1 is the anchor day")
        elif visit.day == 1 and (visit.window_before_days or visit.window_after_days):
            yield Fault(f"visits[{index}]", "Day 1 is the anchor itself and cannot have a window")
        elif visit.day > 1 and visit.earliest_day < 1:
            yield Fault(f"visits[{index}].window_before_days", "the window opens before Day 1")


def doses_keep_their_distance(protocol: Protocol) -> Iterator[Fault]:
    """Neither the planned days nor the windows may force or allow doses closer than the spacing says."""
    spacing = protocol.spacing
    doses = [(index, visit) for index, visit in _placed(protocol, "first_dose") if visit.dose]
    for (_, earlier), (index, later) in pairwise(doses):
        gap = later.day - earlier.day
        if gap < spacing.min_days_between_doses:
            yield Fault(
                f"visits[{index}].day",
                f"{later.code} is {gap} day(s) after {earlier.code}; spacing asks for at least "
                f"{spacing.min_days_between_doses}",
            )
            continue
        if later.latest_day - earlier.latest_day < spacing.min_days_between_doses:
            yield Fault(
                f"visits[{index}]",
                f"after {earlier.code} on its last day no day of {later.code}'s window keeps the spacing",
            )
        elif (
            later.earliest_day - earlier.latest_day < spacing.min_days_between_doses
            and not spacing.narrows_windows
        ):
            yield Fault(
                f"visits[{index}].window_before_days",
                f"{earlier.code} late and {later.code} early would be "
                f"{later.earliest_day - earlier.latest_day} day(s) apart, spacing asks for "
                f"{spacing.min_days_between_doses}; change a window or set spacing.narrows_windows",
            )
    for position, (_, first) in enumerate(doses):
        week = [place for place, visit in doses[position:] if visit.day < first.day + WEEK]
        if len(week) > spacing.max_doses_per_week:
            yield Fault(
                f"visits[{week[spacing.max_doses_per_week]}].day",
                f"{len(week)} doses in seven days from {first.code}; at most {spacing.max_doses_per_week}",
            )


def grid_has_its_corners(protocol: Protocol) -> Iterator[Fault]:
    """The first dose is on Day 1, one visit is the baseline, and no screening visit doses."""
    if not any(visit.dose and visit.day == 1 and visit.anchor == "first_dose" for visit in protocol.visits):
        yield Fault("visits", "no dosing visit on Day 1, the day that every other day is counted from")
    baselines = [index for index, visit in enumerate(protocol.visits) if visit.baseline]
    if len(baselines) != 1:
        yield Fault("visits", f"exactly one visit must be the baseline, here are {len(baselines)}")
    for index, visit in enumerate(protocol.visits):
        if visit.dose and visit.anchor == "screening":
            yield Fault(f"visits[{index}].dose", "a visit counted from screening cannot have a dose")
        seen: set[tuple[str, str]] = set()
        for place, planned in enumerate(visit.instruments):
            if (planned.instrument, planned.version) in seen:
                where = f"visits[{index}].instruments[{place}]"
                yield Fault(where, f"{planned.instrument} is planned twice at {visit.code}")
            seen.add((planned.instrument, planned.version))
            if planned.timing == "predose" and not visit.dose:
                where = f"visits[{index}].instruments[{place}].timing"
                yield Fault(where, f"{visit.code} has no dose, so nothing can be predose")


def frequency_decides_every_score(protocol: Protocol) -> Iterator[Fault]:
    """Every possible total leads to a frequency."""
    plan = protocol.frequency
    if plan is None:
        return
    limits = TOTAL_RANGES.get(plan.instrument)
    if limits is None:
        return
    undecided = [
        score
        for score in range(limits[0], limits[1] + 1)
        if not any(evaluate(option.when, {"score": score}) for option in plan.options)
    ]
    if undecided:
        listed = ", ".join(str(score) for score in undecided)
        yield Fault("frequency.options", f"no option for {plan.instrument} total {listed}")


VISIT_CHECKS = (
    (("visits",), windows_do_not_overlap),
    (("visits",), days_exist),
    (("visits", "spacing"), doses_keep_their_distance),
    (("visits",), grid_has_its_corners),
    (("frequency",), frequency_decides_every_score),
)
