"""When participants come, what is rated then and by whom, and how far apart doses must be."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from apps.studies.domain.blocks import Block, Code, Marked, Text
from apps.studies.domain.rules import Rule

Rater = Literal["blinded_rater", "clinician", "participant", "investigator"]
Recall = Literal["7d", "24h"]
Timing = Literal["predose", "any"]
Anchor = Literal["first_dose", "screening"]


class VisitInstrument(Marked):
    """One instrument at one visit: who rates it, over which recall period, and whether before the dose.

    `version` names a form of the instrument, such as "baseline" or "since_last_visit".
    """

    instrument: str
    rater: Rater
    recall: Recall | None = None
    timing: Timing = "any"
    version: str = ""


class VisitPlan(Marked):
    """One planned visit. Day 1 is the anchor day itself; there is no Day 0.

    The window runs from `day - window_before_days` to `day + window_after_days`, both included.
    """

    code: Code
    label: Text
    day: int
    window_before_days: int = Field(default=0, ge=0)
    window_after_days: int = Field(default=0, ge=0)
    dose: bool = False
    baseline: bool = False
    endpoint: bool = False
    anchor: Anchor = "first_dose"
    phase: Code | None = None
    instruments: tuple[VisitInstrument, ...] = ()
    procedures: tuple[Text, ...] = ()

    @property
    def earliest_day(self) -> int:
        """First day of the window, counted from the anchor."""
        return self.day - self.window_before_days

    @property
    def latest_day(self) -> int:
        """Last day of the window, counted from the anchor."""
        return self.day + self.window_after_days


class Spacing(Marked):
    """How close two doses may be.

    `min_days_between_doses` is the least difference of day numbers (2 leaves one clear day).
    `max_doses_per_week` counts any seven consecutive days. `narrows_windows` says the author knows that two
    windows alone would allow doses too close, and that the day of the actual last dose narrows the next
    window.
    """

    min_days_between_doses: int = Field(ge=1)
    max_doses_per_week: int = Field(ge=1, le=7)
    narrows_windows: bool = False


class FrequencyOption(Block):
    """One dosing frequency of long-term treatment, chosen when its rule holds; the first that holds wins."""

    code: Code
    label: Text
    interval_days: int = Field(ge=1)
    when: Rule


class FrequencyPlan(Marked):
    """Long-term dosing by severity: from `from_week` (counted from the first dose) on, reviewed every `review_weeks`.

    The rule reads one fact, `score`: the total of `instrument` at the review.
    """

    instrument: str
    from_week: int = Field(ge=1)
    review_weeks: int = Field(ge=1)
    options: tuple[FrequencyOption, ...] = Field(min_length=1)
