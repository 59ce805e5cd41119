"""Whether every visit can be reached: windows, anchors, and the spacing of doses, all at once.

A schedule is looked for by trying the days of each window in turn and going back where a later visit has none left; a
visit that no choice of earlier days leaves a day for can never be held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.rehearsal.domain.findings import Check, Finding
from apps.studies.domain.protocol import Protocol, VisitPlan
from apps.studies.domain.protocol.visits import Spacing


class Preference(StrEnum):
    """Which day of a window is tried first."""

    PLANNED = "PLANNED"
    EARLIEST = "EARLIEST"
    LATEST = "LATEST"


@dataclass(frozen=True, slots=True)
class Reached:
    """The days found, by visit code, and the first visit that no day was left for; None when all have one."""

    days: tuple[tuple[str, int], ...]
    stuck_at: str | None = None


def days_found(protocol: Protocol, prefer: Preference = Preference.PLANNED) -> Reached:
    """Return a day for every visit counted from the first dose, that keeps windows and spacing. Day 1 is day 0 here."""
    doses = sorted((plan for plan in _treated(protocol) if plan.dose), key=lambda plan: plan.day)
    chosen: list[int] = []
    furthest = 0

    def search(index: int) -> bool:
        nonlocal furthest
        furthest = max(furthest, index)
        if index == len(doses):
            return True
        for day in _days(doses[index], prefer, is_first=index == 0):
            if _keeps(day, chosen, protocol.spacing):
                chosen.append(day)
                if search(index + 1):
                    return True
                chosen.pop()
        return False

    if not search(0):
        return Reached((), stuck_at=doses[furthest].code)
    days = {plan.code: day for plan, day in zip(doses, chosen, strict=True)}
    days |= {plan.code: _days(plan, prefer)[0] for plan in _treated(protocol) if not plan.dose}
    return Reached(tuple(sorted(days.items(), key=lambda pair: (pair[1], pair[0]))))


def visit_findings(protocol: Protocol) -> tuple[Finding, ...]:
    """Return a finding for each visit that can never be held as the protocol stands."""
    found = [_finding(plan, "There is no day 0 in a trial.") for plan in protocol.visits if plan.day == 0]
    dosed = [plan for plan in _treated(protocol) if plan.dose]
    if not dosed:
        found.append(
            Finding(
                Check.VISITS,
                "NO_DOSING_VISIT",
                "The protocol has no dosing visit, so no window ever opens.",
                "",
            )
        )
    found += [
        _finding(plan, "A dose is planned, but it is counted from screening and never scheduled.")
        for plan in protocol.visits
        if plan.dose and plan.anchor == "screening"
    ]
    first = min((plan.day for plan in dosed), default=1)
    found += [
        _finding(plan, "It lies before the first dose, from which it is counted.")
        for plan in _treated(protocol)
        if plan.latest_day < first
    ]
    if not found and (stuck := days_found(protocol).stuck_at) is not None:
        text = "No choice of earlier days leaves a day in its window that keeps the spacing of doses."
        found.append(_finding(protocol.visit(stuck), text))
    found += _screening(protocol)
    if protocol.frequency is not None:
        found += [
            Finding(
                Check.VISITS,
                "FREQUENCY_TOO_DENSE",
                f"Dosing every {option.interval_days} days ({option.label}) breaks the spacing of doses.",
                option.code,
            )
            for option in protocol.frequency.options
            if option.interval_days < protocol.spacing.min_days_between_doses
        ]
    return tuple(found)


def _screening(protocol: Protocol) -> list[Finding]:
    """A screening visit after the longest screening is over is never held."""
    longest = {phase.code: phase.maximum_days or phase.days for phase in protocol.phases}
    return [
        _finding(plan, "Its window opens after the longest screening is over.")
        for plan in protocol.visits
        if plan.anchor == "screening"
        and plan.phase is not None
        and (most := longest.get(plan.phase)) is not None
        and plan.earliest_day > most
    ]


def _treated(protocol: Protocol) -> Sequence[VisitPlan]:
    return [plan for plan in protocol.visits if plan.anchor == "first_dose"]


def _days(plan: VisitPlan, prefer: Preference, *, is_first: bool = False) -> list[int]:
    """Return the days of a window in the order to try them, from 0 at Day 1. The first dose is its own anchor."""
    planned = _count(plan.day)
    if is_first:
        return [planned]
    days = list(range(planned - plan.window_before_days, planned + plan.window_after_days + 1))
    match prefer:
        case Preference.EARLIEST:
            return days
        case Preference.LATEST:
            return days[::-1]
        case Preference.PLANNED:
            return sorted(days, key=lambda day: (abs(day - planned), day))


def _count(day: int) -> int:
    return day - 1 if day > 0 else day


def _keeps(day: int, chosen: Sequence[int], spacing: Spacing) -> bool:
    if any(day - other < spacing.min_days_between_doses for other in chosen):
        return False
    return sum(day - other < 7 for other in chosen) + 1 <= spacing.max_doses_per_week


def _finding(plan: VisitPlan, text: str) -> Finding:
    return Finding(
        Check.VISITS, "VISIT_UNREACHABLE", f"{plan.label} ({plan.code}) can never be held. {text}", plan.code
    )
