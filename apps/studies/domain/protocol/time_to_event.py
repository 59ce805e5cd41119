"""How a time to an event is counted: which event, from when on, until when, and how the arms are compared."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from apps.studies.domain.blocks import Code, Key, Marked, Text

TimedEvent = Literal["relapse", "discontinuation"]
TimeOrigin = Literal["randomization", "first_dose"]
Censoring = Literal["last_assessment", "data_cut"]
TiedEvents = Literal["efron", "breslow"]

#: The criteria of ICH E2A, as `safety` writes them.
SeriousnessCriterion = Literal[
    "DEATH",
    "LIFE_THREATENING",
    "HOSPITALIZATION",
    "DISABILITY",
    "CONGENITAL_ANOMALY",
    "IMPORTANT_MEDICAL_EVENT",
]


class TimeToEvent(Marked):
    """The event, the clock and the comparison of one analysis of times.

    `relapse` is the protocol's own block of that name; `discontinuation` is leaving treatment for any reason. The day
    of the `origin` is Day 1. Whoever had no event by the cut is censored: at the last assessment (of the relapse's
    instrument, or of anything), or when they completed or left, else at the cut. `leaving_censors`: a relapse after
    leaving treatment does not count. `strata` are strata of the randomization; `days` those at which the share without
    the event is told; `level` is that of the intervals (1 - alpha if not given).
    """

    event: TimedEvent
    origin: TimeOrigin
    censor_at: Censoring
    leaving_censors: bool = False
    strata: tuple[Code, ...] = ()
    ties: TiedEvents = "efron"
    days: tuple[int, ...] = Field(min_length=1)
    level: float | None = Field(default=None, gt=0.5, lt=1)

    @model_validator(mode="after")
    def _days_rise_and_leaving_is_not_both(self) -> TimeToEvent:
        if self.days[0] < 1 or any(b <= a for a, b in zip(self.days, self.days[1:], strict=False)):
            raise ValueError("days rise from Day 1 on, each named once")
        if len(set(self.strata)) != len(self.strata):
            raise ValueError("strata names a stratum twice")
        if self.leaving_censors and self.event == "discontinuation":
            raise ValueError("leaving treatment is the event here and cannot censor it")
        return self


class RelapseEvent(Marked):
    """What counts as relapse whatever the score: an adverse event with this seriousness, and one of the `terms` in it.

    Its day is that of its onset. A name alone (as older files have it) is kept, and tells nothing.
    """

    code: Key
    label: Text
    seriousness: SeriousnessCriterion | None = None
    terms: tuple[Text, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _a_name_alone(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"code": value, "label": value.replace("_", " ").capitalize()}
        return value

    @model_serializer(mode="wrap")
    def _a_name_alone_as_before(self, handler: SerializerFunctionWrapHandler) -> Any:
        # Stored versions are named by the digest of their content.
        alone = self.seriousness is None and not self.terms and self.mark is None and not self.note
        return self.code if alone else handler(self)
