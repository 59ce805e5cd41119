"""Openings in words. The same words in every arm, for none of them knows one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.unblinding.domain.assessment import SHORT_QUESTIONS, TREATMENT_LABELS, Treatment
from apps.unblinding.domain.modes import category_label
from apps.unblinding.models import Drill, ImpactAssessment, Opening
from apps.unblinding.selectors import drill_seconds, state_of, title_of


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


def assessment_rows(one: ImpactAssessment) -> list[dict[str, str]]:
    """Return an assessment, line by line."""
    return [
        *({"label": words, "value": getattr(one, field)} for field, words in SHORT_QUESTIONS.items()),
        {"label": "Study treatment", "value": TREATMENT_LABELS[Treatment(one.treatment)]},
    ]


def drill_row(drill: Drill) -> dict[str, Any]:
    """Return one line of the list of drills."""
    seconds = drill_seconds(drill)
    return {"drill": drill, "seconds": None if seconds is None else round(seconds)}
