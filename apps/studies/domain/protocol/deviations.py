"""Departures from the protocol: how grave each kind is, and which go to the ethics committee."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from apps.studies.domain.blocks import Marked

DeviationKind = Literal[
    "GATE_OVERRIDDEN",
    "EARLY_RELEASE",
    "DOSE_OUT_OF_WINDOW",
    "OBSERVATION_MISSED",
    "UNWATCHED",
    "NO_PRESCRIBER",
    "WATCHER_LIMIT",
    "VISIT_OUT_OF_WINDOW",
    "CONSENT",
    "ELIGIBILITY",
    "PROCEDURE",
    "MEDICATION",
    "STUDY_DRUG",
    "SAFETY_REPORTING",
    "CONFIDENTIALITY",
    "OTHER",
]
Gravity = Literal["minor", "major"]


class DeviationRule(Marked):
    """How grave a kind is and whether it goes to the ethics committee, until somebody judges otherwise."""

    kind: DeviationKind
    category: Gravity
    reportable: bool = False


class DeviationPlan(Marked):
    """What the protocol says of deviations. A kind without a rule is judged one by one.

    `assess_within_days` counts calendar days from the moment the site discovered it.
    """

    rules: tuple[DeviationRule, ...] = ()
    assess_within_days: int | None = Field(default=None, ge=1)

    @field_validator("rules")
    @classmethod
    def _one_rule_for_a_kind(cls, rules: tuple[DeviationRule, ...]) -> tuple[DeviationRule, ...]:
        kinds = [rule.kind for rule in rules]
        if twice := sorted({kind for kind in kinds if kinds.count(kind) > 1}):
            raise ValueError(f"one rule for a kind; there are more for {', '.join(twice)}")
        return rules

    def rule_for(self, kind: str) -> DeviationRule | None:
        """The rule for a kind; None leaves it to judgement."""
        return next((rule for rule in self.rules if rule.kind == kind), None)
