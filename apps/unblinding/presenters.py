"""Openings in words. The same words in every arm, for none of them knows one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.unblinding.domain.assessment import QUESTIONS, TREATMENT_LABELS, Treatment, due_at
from apps.unblinding.domain.modes import ASSESSED, MODE_LABELS, Mode, category_label
from apps.unblinding.models import Drill, ImpactAssessment, Opening
from apps.unblinding.selectors import drill_seconds


def was_read(opening: Opening) -> bool:
    """Say whether the reader was told."""
    return getattr(opening, "read", None) is not None


def state_of(opening: Opening, *, now: datetime) -> str:
    """Return how far an opening is, as a word of the vocabulary of states."""
    if was_read(opening):
        return "opened"
    return "waiting" if now < opening.expires_at else "expired"


def title_of(opening: Opening) -> str:
    """Return the way it was opened, in words."""
    return MODE_LABELS[Mode(opening.mode)]


def facts(opening: Opening, *, now: datetime) -> list[dict[str, Any]]:
    """Return what may be known of an opening, line by line."""
    rows = [
        {"label": "Asked by", "value": str(opening.recorded_by)},
        {"label": "To be read by", "value": str(opening.reader)},
        {"label": "Ground", "value": category_label(opening.category) or title_of(opening)},
        {"label": "What happened", "value": opening.reason},
        {"label": "State", "status": state_of(opening, now=now)},
    ]
    if opening.adverse_event_id is not None:
        rows.insert(3, {"label": "Adverse event", "value": str(opening.adverse_event_id)})
    return rows


def row(opening: Opening, *, now: datetime) -> dict[str, Any]:
    """Return one line of the register."""
    assessed = Mode(opening.mode) in ASSESSED
    signed = assessed and any(True for _ in opening.assessments.all())
    due = due_at(opening.recorded_at)
    return {
        "opening": opening,
        "title": title_of(opening),
        "ground": category_label(opening.category),
        "state": state_of(opening, now=now),
        "assessment": ("signed" if signed else "overdue" if now > due else "due") if assessed else "",
        "due_at": due,
    }


def history(opening: Opening) -> list[dict[str, Any]]:
    """Return an opening as events of the participant's history: that, when, by whom, on what ground; never what."""
    ground = category_label(opening.category)
    asked: dict[str, Any] = {
        "at": opening.recorded_at,
        "title": title_of(opening),
        "by": f"asked by {opening.recorded_by}",
        "body": ground,
        "status": "watch",
        "icon": "key",
    }
    read = getattr(opening, "read", None)
    if read is None:
        return [asked]
    if opening.reader_id == opening.recorded_by_id:
        return [{**asked, "by": f"by {opening.reader}"}]
    told: dict[str, Any] = {
        "at": read.recorded_at,
        "title": "The treatment was told to a clinician",
        "by": f"read by {opening.reader}",
        "status": "watch",
        "icon": "key",
    }
    return [told, asked]


def assessment_rows(one: ImpactAssessment) -> list[dict[str, str]]:
    """Return an assessment, line by line."""
    return [
        *({"label": words, "value": getattr(one, field)} for field, words in QUESTIONS.items()),
        {"label": "Study treatment", "value": TREATMENT_LABELS[Treatment(one.treatment)]},
    ]


def drill_row(drill: Drill) -> dict[str, Any]:
    """Return one line of the list of drills."""
    seconds = drill_seconds(drill)
    return {"drill": drill, "seconds": None if seconds is None else round(seconds)}
