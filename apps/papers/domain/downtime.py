"""The sheet to write on while the system is down, filled from the plan: what is due when, and what calls for what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.monitoring.domain.plan import DueSlot
from apps.monitoring.domain.readings import PREDOSE, SIGNS
from apps.papers.domain.record import Where
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.rules import AgeLimit, All, AnyOf, Compare, Rule

#: How a figure is called on the paper, with its unit.
_FIGURES = {
    "minutes": ("minute", ""),
    "sbp": ("systolic", "mmHg"),
    "dbp": ("diastolic", "mmHg"),
    "sbp_rise": ("systolic rise", "mmHg"),
    "dbp_rise": ("diastolic rise", "mmHg"),
    "hr": ("heart rate", "/min"),
    "rr": ("breaths", "/min"),
    "spo2": ("SpO₂", "%"),
    "temp": ("temperature", "°C"),
    "moaas": ("MOAA/S", ""),
    "cadss_total": ("CADSS", ""),
    "cadss_rise": ("CADSS rise", ""),
    "bprs_total": ("BPRS", ""),
    "bprs_rise": ("BPRS rise", ""),
    "cssrs_ideation": ("C-SSRS ideation", ""),
}
#: How many empty lines follow the plan for readings nobody foresaw.
EXTRA_LINES = 4


@dataclass(frozen=True, slots=True)
class SlotLine:
    """One planned moment: minutes from T0 (None is predose), its clock times once T0 is known, and what is due."""

    label: str
    minute: int | None
    due_at: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None
    measures: tuple[str, ...]
    if_unresolved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallLine:
    """What calls for what: a rule, the figures it rests on, how grave, and the protocol's words of what to do."""

    label: str
    figures: str
    severity: str
    action: str


@dataclass(frozen=True, slots=True)
class Downtime:
    """The sheet of one session, or of a visit of today that has none yet."""

    where: Where
    chair: int | None
    dosed_at: datetime | None
    slots: tuple[SlotLine, ...]
    calls: tuple[CallLine, ...]
    leaving: tuple[str, ...]
    least_minutes: int
    cadss_items: int
    bprs_items: int
    extra_lines: int = EXTRA_LINES


def downtime_of(
    *,
    where: Where,
    protocol: Protocol,
    slots: tuple[DueSlot, ...],
    dosed_at: datetime | None,
    chair: int | None,
) -> Downtime:
    """Return the sheet. Nothing already measured stands on it: it is for what is still to come."""
    return Downtime(
        where=where,
        chair=chair,
        dosed_at=dosed_at,
        slots=tuple(
            SlotLine(
                label=slot.label,
                minute=None if slot.minute == PREDOSE else slot.minute,
                due_at=None if slot.minute == PREDOSE else slot.due_at,
                opens_at=None if slot.minute == PREDOSE else slot.opens_at,
                closes_at=None if slot.minute == PREDOSE else slot.closes_at,
                measures=slot.measures,
                if_unresolved=slot.if_unresolved,
            )
            for slot in slots
            if not slot.repeat
        ),
        calls=tuple(
            CallLine(rule.label, _figures(rule.trigger, where.age_years), rule.severity, rule.action)
            for rule in protocol.escalation
        ),
        leaving=tuple(condition.label for condition in protocol.discharge.conditions),
        least_minutes=protocol.discharge.min_minutes,
        cadss_items=len(INSTRUMENTS["CADSS"].items),
        bprs_items=len(INSTRUMENTS["BPRS4"].items),
    )


def _figures(rule: Rule, age_years: int) -> str:
    """Return a trigger in words; a part that is no plain comparison of a reading is left to the rule's label."""
    if isinstance(rule, Compare):
        return _compared(rule, age_years)
    if isinstance(rule, All | AnyOf):
        parts = [_figures(part, age_years) for part in (rule.all if isinstance(rule, All) else rule.any)]
        return (", " if isinstance(rule, All) else " or ").join(part for part in parts if part)
    return ""


def _compared(rule: Compare, age_years: int) -> str:
    limit = rule.value.by_age.at(age_years) if isinstance(rule.value, AgeLimit) else rule.value
    if limit is True and rule.fact in SIGNS:
        return SIGNS[rule.fact].lower()
    if rule.fact not in _FIGURES or isinstance(limit, bool) or not isinstance(limit, int | float):
        return ""
    name, unit = _FIGURES[rule.fact]
    sign = {">=": "≥", "<=": "≤", "==": "="}.get(rule.op, rule.op)
    return f"{name} {sign} {limit:g} {unit}".strip()
