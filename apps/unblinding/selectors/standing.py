"""Where an opening stands, in words: for the pages of this app and for the tags that pages below ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.unblinding.domain.assessment import due_at
from apps.unblinding.domain.modes import ASSESSED, MODE_LABELS, Mode, category_label
from apps.unblinding.models import Opening


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
