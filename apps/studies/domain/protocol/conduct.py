"""How the trial is run around the dose: raters, reminders, safety reporting, other medicines."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from apps.studies.domain.blocks import Block, Code, Marked, Text
from apps.studies.domain.protocol.observation import NotifyRole
from apps.studies.domain.protocol.time_to_event import RelapseEvent
from apps.studies.domain.rules import Rule

ReminderTrigger = Literal[
    "visit_due",
    "visit_overdue",
    "window_closing",
    "dose_due",
    "session_open",
    "rating_due",
    "rating_overdue",
    "sae_clock",
    "sheet_due",
    "screening_stalled",
    "query_open",
]


class Chairside(Marked):
    """How the tablets at the chairs behave."""

    lock_after_min: int = Field(default=5, ge=1, le=30)


class RatingRule(Marked):
    """Who may rate the primary instrument, and what is kept from them."""

    instrument: str
    model: Literal["independent_remote", "site_rater", "open"]
    rater_may_see_sessions: bool = False
    site_may_see_scores: bool = False
    same_rater_preferred: bool = False
    hidden_from_rater: tuple[Text, ...] = ()


class ReminderRule(Marked):
    """A message: to whom, about what, and how many hours from the due moment (negative is before)."""

    code: Code
    audience: NotifyRole | Literal["PARTICIPANT"]
    trigger: ReminderTrigger
    offset_hours: int
    text: Text
    repeat_hours: int | None = Field(default=None, ge=1)


class Grade(Block):
    """One step of a scale."""

    code: Code
    label: Text


class EventOfInterest(Grade):
    """A kind of adverse event that is followed closely, told by the `terms` that the term as reported holds."""

    terms: tuple[Text, ...] = ()

    @model_serializer(mode="wrap")
    def _nothing_said_as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = handler(self)
        if not self.terms:
            written.pop("terms", None)
        return written


class SafetyPlan(Marked):
    """Scales and clocks of safety reporting.

    `sae_hours` runs from the site's awareness to the sponsor. `susar_days` are calendar days for fatal or
    life-threatening events and for other ones. Tables by term name what at least `frequent_from` (a share) of a column
    had.
    """

    severity_scale: tuple[Grade, ...] = Field(min_length=2)
    causality_scale: tuple[Grade, ...] = Field(min_length=2)
    causality_objects: tuple[Grade, ...] = Field(min_length=1)
    related_causalities: tuple[Code, ...] = ()
    sae_hours: Literal[24] = 24
    susar_days: tuple[int, int] = (7, 15)
    treatment_emergent_days_after_last_dose: int = Field(default=30, ge=0)
    events_of_interest: tuple[EventOfInterest, ...] = ()
    frequent_from: float = Field(default=0.05, gt=0, lt=1)
    stopping_rules: tuple[Text, ...] = ()

    @model_serializer(mode="wrap")
    def _nothing_said_as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = handler(self)
        if self.frequent_from == type(self).model_fields["frequent_from"].default:
            written.pop("frequent_from", None)
        return written


class WeeklyDose(Block):
    """The planned dose in mg per day of one week."""

    week: int = Field(ge=1)
    mg_per_day: float = Field(gt=0)


class OralAntidepressant(Marked):
    """An oral antidepressant of the trial, its class (a stratum), and its planned rise."""

    code: Code
    label: Text
    drug_class: Literal["SNRI", "SSRI"]
    age_group: Literal["adult", "elderly"] = "adult"
    titration: tuple[WeeklyDose, ...] = Field(min_length=1)
    minimum_tolerated_mg: float = Field(gt=0)


class ConcomitantRule(Marked):
    """What the protocol says of a class of other medicines or treatments.

    `hours_before_dose` is the time it must be away before a dose, `hours_after_dose` after it.
    """

    code: Code
    label: Text
    rule: Literal["allowed", "limited", "prohibited"]
    text: Text
    hours_before_dose: float | None = Field(default=None, gt=0)
    hours_after_dose: float | None = Field(default=None, gt=0)
    maximum_mg_per_day: float | None = Field(default=None, gt=0)
    washout_days: int | None = Field(default=None, ge=1)
    gate: Code | None = None


class UncertainFact(Block):
    """Something the author could not establish. `path` names the block of this file it concerns."""

    path: Text
    text: Text
    mark: Literal["G", "U"]


class Relapse(Marked):
    """When depression counts as returned; `rule` reads `score` and `previous_score`.

    Two consecutive assessments that many days apart, and the later one's day counts. One of the `other_events` is a
    relapse by itself; of both the earlier day counts.
    """

    rule: Rule
    text: Text
    minimum_days_apart: int = Field(ge=1)
    maximum_days_apart: int = Field(ge=1)
    instrument: str
    other_events: tuple[RelapseEvent, ...] = ()
