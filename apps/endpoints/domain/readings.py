"""A rating as it was taken, and what became of it when readings were assigned to visits (`placing`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Left(StrEnum):
    """Why a reading counts for no visit."""

    OUTSIDE = "outside_every_window"
    DUPLICATE = "another_reading_counts"
    UNSCHEDULED = "at_no_planned_visit"
    AFTER_BASELINE = "baseline_after_its_day"
    NO_DAY = "no_first_dose_to_count_from"

    @property
    def label(self) -> str:
        """What is said of it in a table."""
        return _LABELS[self]


_LABELS: dict[Left, str] = {
    Left.OUTSIDE: "Taken in no visit's window",
    Left.DUPLICATE: "Another reading counts for the visit",
    Left.UNSCHEDULED: "Recorded at no planned visit",
    Left.AFTER_BASELINE: "Recorded as baseline, taken later",
    Left.NO_DAY: "No first dose to count days from",
}


@dataclass(frozen=True, slots=True)
class RecordedReading:
    """A final reading: the code of the visit it was recorded at, and the day on which it was really taken.

    `instrument` is the code of what was measured (`measures`): a scale, or an item of one.
    `day` counts from the first dose (Day 1; there is no Day 0), None where there was none.
    """

    number: str
    instrument: str
    visit: str
    day: int | None
    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of a reading: `counts_for` is the code of a visit, None with the reason why not.

    `in_window` says whether it was taken within the window of the visit it was recorded at; None where there is no
    such visit, or no day.
    """

    reading: RecordedReading
    counts_for: str | None
    in_window: bool | None
    why: Left | None = None
    reason: str = ""

    @property
    def moved(self) -> bool:
        """Whether it counts for another visit than it was recorded at."""
        return self.counts_for is not None and self.counts_for != self.reading.visit
