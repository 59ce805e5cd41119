"""From the protocol to the visits of one participant after randomization."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from apps.schedule.domain.windows import Window, window
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.protocol.visits import VisitPlan


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """One visit as it will stand in the schedule."""

    code: str
    label: str
    day: int
    is_dose: bool
    window: Window


def treatment_visits(protocol: Protocol) -> tuple[VisitPlan, ...]:
    """Return the visits counted from the first dose, by day. Screening visits are not scheduled from it."""
    return tuple(
        sorted((plan for plan in protocol.visits if plan.anchor == "first_dose"), key=lambda plan: plan.day)
    )


def visits_planned(*, protocol: Protocol, first_dose_date: date, tz: ZoneInfo) -> tuple[PlannedVisit, ...]:
    """Return every visit after randomization with its window, for a first dose on this date at the site."""
    return tuple(
        PlannedVisit(
            code=plan.code,
            label=plan.label,
            day=plan.day,
            is_dose=plan.dose,
            window=window(plan=plan, first_dose_date=first_dose_date, tz=tz),
        )
        for plan in treatment_visits(protocol)
    )


def first_dose_code(protocol: Protocol) -> str | None:
    """Return the code of the visit of the first dose: the one all other windows hang on."""
    doses = [plan.code for plan in treatment_visits(protocol) if plan.dose]
    return doses[0] if doses else None


def closing_code(protocol: Protocol) -> str | None:
    """Return the code of the visit that completes treatment: the last one of the phase of the primary endpoint."""
    endpoint = protocol.endpoint_visit
    same_phase = [plan for plan in treatment_visits(protocol) if plan.phase == endpoint.phase]
    return same_phase[-1].code if same_phase else None
