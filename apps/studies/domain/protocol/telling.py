"""Who is told of a finding, by which ways, how soon again, and who is told next when nobody takes note."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from apps.studies.domain.blocks import Marked
from apps.studies.domain.protocol.observation import Severity

Channel = Literal["page", "email", "webhook"]
ToldNext = Literal["COORDINATOR", "INVESTIGATOR", "SESSION_NURSE", "SAFETY_PHYSICIAN"]


class TellingRule(Marked):
    """How findings of one severity are told. The roles told first are the escalation rule's own (`notify`).

    Times are minutes. It is told again every `repeat_minutes` until somebody takes note or the finding is over, to one
    person at most `at_most` times by one way; the page keeps saying it. If nobody took note for
    `escalate_after_minutes`, or nobody holds a role to be told, the roles of `escalate_to` are told as well.
    """

    severity: Severity
    channels: tuple[Channel, ...] = Field(min_length=1)
    repeat_minutes: int = Field(ge=1)
    at_most: int = Field(ge=1)
    escalate_after_minutes: int | None = Field(default=None, ge=1)
    escalate_to: tuple[ToldNext, ...] = ()

    @model_validator(mode="after")
    def _next_role_and_time_together(self) -> TellingRule:
        if bool(self.escalate_to) != (self.escalate_after_minutes is not None):
            raise ValueError("escalate_to and escalate_after_minutes say one thing: give both or neither")
        return self


#: What holds where a protocol says nothing: as marked, the house's own. A severity not named is told to nobody.
_USUAL = (
    TellingRule(
        severity="emergency", channels=("page", "email", "webhook"), repeat_minutes=2, at_most=30,
        escalate_after_minutes=5, escalate_to=("SAFETY_PHYSICIAN",), mark="G",
    ),
    TellingRule(
        severity="urgent", channels=("page", "email", "webhook"), repeat_minutes=5, at_most=24,
        escalate_after_minutes=15, escalate_to=("SAFETY_PHYSICIAN",), mark="G",
    ),
    TellingRule(severity="watch", channels=("page",), repeat_minutes=15, at_most=8, mark="G"),
)  # fmt: skip


class TellingPlan(Marked):
    """How findings are told, by severity. `within_seconds`: from the reading's arrival until the first are told."""

    rules: tuple[TellingRule, ...] = _USUAL
    within_seconds: int = Field(default=30, ge=5)

    @field_validator("rules")
    @classmethod
    def _one_rule_for_a_severity(cls, rules: tuple[TellingRule, ...]) -> tuple[TellingRule, ...]:
        named = [rule.severity for rule in rules]
        if twice := sorted({one for one in named if named.count(one) > 1}):
            raise ValueError(f"one rule for a severity; there are more for {', '.join(twice)}")
        return rules

    def rule_for(self, severity: str) -> TellingRule | None:
        """The rule for a severity; None is told to nobody."""
        return next((rule for rule in self.rules if rule.severity == severity), None)
