"""The checks before the first spray. Each gate states its limit and what happens when it is not met."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from apps.studies.domain.blocks import ByAge, Code, Key, Marked, Text

OnFailure = Literal["withhold", "postpone", "warn"]


class GateBase(Marked):
    """What every gate says.

    `withhold`: no dose at this session until it passes. `postpone`: wait, or another day within the window.
    `warn`: the dose may go on after the warning is seen. `override` names who may dose against it, with a
    reason. `repeat_after_minutes` is the rest before a measurement is repeated.
    """

    code: Code
    label: Text
    on_failure: OnFailure
    override: Literal["investigator", "none"] = "none"
    repeat_after_minutes: int | None = Field(default=None, ge=1)
    advice: str = ""


class IntervalSinceGate(GateBase):
    """At least `minimum_minutes` since the last `since` (food, liquids, a medicine)."""

    kind: Literal["interval_since"]
    since: Key
    minimum_minutes: int = Field(ge=1)


class BloodPressureGate(GateBase):
    """Pressure in mmHg at or below both limits; one above withholds. The limits may depend on age."""

    kind: Literal["blood_pressure"]
    sbp_max: ByAge
    dbp_max: ByAge


class MinimumGate(GateBase):
    """A measured value at or above its least value."""

    kind: Literal["minimum"]
    measure: Key
    minimum: int | float
    unit: str = ""


class ScoreBelowGate(GateBase):
    """A score of an instrument strictly below the limit."""

    kind: Literal["score_below"]
    instrument: str
    measure: Key
    below: int | float


class ConfirmationGate(GateBase):
    """A statement that a person confirms."""

    kind: Literal["confirmation"]
    statement: Text


Gate = Annotated[
    IntervalSinceGate | BloodPressureGate | MinimumGate | ScoreBelowGate | ConfirmationGate,
    Field(discriminator="kind"),
]
