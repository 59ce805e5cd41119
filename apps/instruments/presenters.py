"""Values for the pages of raters and of scales entered at the site."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from apps.instruments.domain.bands import severity
from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.instruments.domain.instrument import Instrument, License
from apps.instruments.models import Rating, RatingSlot

RECALL_WORDS = {"7d": "the past 7 days", "24h": "the past 24 hours"}
LICENSE_WORDS = {
    License.LICENSE_REQUIRED: "The wording needs a license; rate from your licensed form. Here are numbers only.",
    License.USER_SUPPLIED: "The wording is not shown here; rate from your own form. Here are numbers only.",
}


def slot_state(slot: RatingSlot, *, is_held: bool, now: datetime) -> str:
    """Return where an interview stands: done, upcoming, in its window, or overdue. Computed, never stored."""
    if is_held:
        return "done"
    if now < slot.opens_at:
        return "upcoming"
    return "in_window" if now < slot.closes_at else "overdue"


def slot_groups(slots: Iterable[RatingSlot], *, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Return a rater's interviews as shown: to do now, later, held. Alias, window and instrument, nothing else."""
    groups: dict[str, list[dict[str, Any]]] = {"now": [], "later": [], "held": []}
    for slot in slots:
        state = slot_state(slot, is_held=slot.is_held, now=now)
        row = {
            "id": slot.pk,
            "alias": slot.alias,
            "title": INSTRUMENTS[slot.instrument].title,
            "code": slot.instrument,
            "opens_at": slot.opens_at,
            "closes_at": slot.closes_at,
            "state": state,
        }
        groups["held" if state == "done" else "later" if state == "upcoming" else "now"].append(row)
    groups["held"].reverse()
    return groups


def scale_words(instrument: Instrument, recall: str) -> dict[str, str]:
    """Return what stands above the items: recall period and license."""
    return {
        "recall": RECALL_WORDS.get(recall, ""),
        "license": LICENSE_WORDS.get(instrument.license, ""),
    }


def answers_shown(rating: Rating) -> list[dict[str, str]]:
    """Return a rating's answers as label and value, for its own author."""
    rows = []
    for item in INSTRUMENTS[rating.instrument].items:
        value = rating.items.get(item.code)
        words = "Not rated" if value is None else str(value)
        name = "" if value is None else item.anchor(value)
        rows.append({"label": item.label, "value": f"{words} {name}".strip()})
    return rows


def total_shown(rating: Rating) -> str:
    """Return the total in words, with its band where one is published."""
    if rating.total is None:
        return "No total"
    band = severity(rating.instrument, rating.total)
    return f"{rating.total} ({band})" if band else str(rating.total)
