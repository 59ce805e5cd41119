"""Readings that were written on paper while the system was down: when they were seen, and by whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.core.exceptions import Reason

#: Figures of a line on paper, in its order; the scales follow as a row of digits.
PAPER_FIGURES = ("sbp", "dbp", "hr", "rr", "spo2", "temp_c", "moaas", "cssrs_ideation")
#: Why a reading of the paper is entered late; the paper itself is kept.
LATE_REASON = "Written on paper during downtime"
MEASURED_BY_LENGTH = 80


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One line of the paper under the identifier the page gave it. Values as `values_check` reads them."""

    id: UUID
    observed_at: datetime | None
    measured_by: str
    slot_minute: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    not_done: Mapping[str, str] = field(default_factory=dict)
    confirmed: Collection[str] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line: saved now, known from an earlier sending, or refused with every ground."""

    id: UUID
    state: str
    reasons: tuple[Reason, ...] = ()


SAVED, KNOWN, REFUSED = "saved", "known", "refused"


def row_reasons(row: PaperRow) -> tuple[Reason, ...]:
    """Return what a line of the paper lacks beside its values."""
    reasons = []
    if row.observed_at is None:
        reasons.append(Reason("time_missing", "Enter the time that stands on the paper.", "observed_at"))
    if not row.measured_by.strip():
        reasons.append(Reason("person_missing", "Enter who measured: initials or name.", "measured_by"))
    elif len(row.measured_by) > MEASURED_BY_LENGTH:
        reasons.append(Reason("too_long", f"At most {MEASURED_BY_LENGTH} characters.", "measured_by"))
    return tuple(reasons)


def moment_on_paper(clock: time, *, zone: ZoneInfo, since: datetime) -> datetime:
    """Return the first moment from `since` on at which the site's clock showed this time.

    A session has one day, but may pass midnight, or the night on which an hour comes twice; then the first counts.
    """
    start = since.astimezone(zone).replace(second=0, microsecond=0)
    shown = start.replace(hour=clock.hour, minute=clock.minute, fold=0)
    candidates = [
        (shown + timedelta(days=days)).replace(fold=fold).astimezone(since.tzinfo)
        for days in (0, 1)
        for fold in (0, 1)
    ]
    floor = start.astimezone(since.tzinfo)
    return min(moment for moment in candidates if moment >= floor)


def digits_as_items(text: str) -> dict[str, Any]:
    """Return the answers of a scale from the row of digits on the paper: "00120 30..."; spaces and commas are air.

    What is no digit stays as it is, so that the check of values names the item.
    """
    letters = [letter for letter in text if letter not in " ,;.-/\t"]
    return {
        str(number): int(letter) if letter.isascii() and letter.isdigit() else letter
        for number, letter in enumerate(letters, start=1)
    }
