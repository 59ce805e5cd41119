"""What an analysis hands on: its section for readers, and its results for the summary, the gate and the figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from apps.endpoints.domain.report.document import Note, Paragraph, Section
from apps.endpoints.domain.report.plan import PlannedAnalysis, ReportPlan
from apps.endpoints.domain.results import Interval


@dataclass(frozen=True, slots=True)
class Outcome:
    """An arm against the reference in one analysis. `estimate` in points, as a share of participants, or a ratio."""

    analysis: str
    arm: str
    reference: str
    estimate: float | None
    interval: Interval | None
    standard_error: float | None
    p_value: float | None
    unit: Literal["points", "share", "ranks", "ratio"] = "points"


@dataclass(frozen=True, slots=True)
class Made:
    """One analysis, made."""

    section: Section
    outcomes: tuple[Outcome, ...] = ()


_ROLES = {
    "primary": "Primary",
    "secondary": "Secondary",
    "sensitivity": "Sensitivity",
    "supplementary": "Supplementary",
    "exploratory": "Exploratory",
}


def title_of(analysis: PlannedAnalysis) -> str:
    """The heading of an analysis: its role, then its name."""
    return f"{_ROLES[analysis.role]}: {analysis.label}"


def withheld(analysis: PlannedAnalysis, plan: ReportPlan) -> Made:
    """An analysis that compares arms, in a report whose reader must not know them."""
    note = Note("This analysis compares arms. It is made in the report by arm only.")
    return Made(Section(analysis.key, title_of(analysis), (note,), "withheld"))


def failed(analysis: PlannedAnalysis, reasons: tuple[str, ...]) -> Made:
    """An analysis that could not be made: a section that says so, never a gap."""
    blocks = (Paragraph("This analysis could not be made."), *(Paragraph(reason) for reason in reasons))
    return Made(Section(analysis.key, title_of(analysis), blocks, "failed"))
