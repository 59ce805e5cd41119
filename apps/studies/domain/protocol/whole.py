"""The whole protocol: one frozen value that every other app reads."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from apps.studies.domain.blocks import Block, Key, Text
from apps.studies.domain.protocol.conduct import (
    Chairside,
    ConcomitantRule,
    OralAntidepressant,
    RatingRule,
    Relapse,
    ReminderRule,
    SafetyPlan,
    UncertainFact,
)
from apps.studies.domain.protocol.design import Arm, Blinding, Enrolment, Phase, Randomization
from apps.studies.domain.protocol.deviations import DeviationPlan
from apps.studies.domain.protocol.dose import DevicePlan, DoseRule
from apps.studies.domain.protocol.eligibility import Criterion, Fact
from apps.studies.domain.protocol.endpoints import EndpointPlan
from apps.studies.domain.protocol.gates import Gate
from apps.studies.domain.protocol.observation import (
    MONITORING,
    DischargeRule,
    EscalationRule,
    MonitoringRule,
    ObservationPlan,
)
from apps.studies.domain.protocol.sheet import MonitoringSheet
from apps.studies.domain.protocol.telling import TellingPlan
from apps.studies.domain.protocol.visits import FrequencyPlan, Spacing, VisitPlan

_Coded = TypeVar("_Coded", VisitPlan, Arm)

#: Blocks the shape gained since studies are stored: where they say nothing, the document is the one it always was.
_LATER = ("telling", "chairside", "deviations", "monitoring", "sheet")


class Protocol(Block):
    """One version of one trial's protocol. What is not in here, the trial does not do."""

    schema_version: Literal[1] = 1
    key: Key
    title: Text
    nct: str = Field(pattern=r"^NCT\d{8}$")
    sponsor_number: str
    version: str = Field(min_length=1, max_length=40)
    fictional: bool
    summary: Text
    blinding: Blinding
    sources: tuple[Text, ...] = ()

    phases: tuple[Phase, ...] = Field(min_length=1)
    arms: tuple[Arm, ...] = Field(min_length=1)
    randomization: Randomization
    enrolment: Enrolment

    facts: tuple[Fact, ...] = ()
    criteria: tuple[Criterion, ...] = Field(min_length=1)

    visits: tuple[VisitPlan, ...] = Field(min_length=1)
    spacing: Spacing
    frequency: FrequencyPlan | None = None
    dose: DoseRule
    devices: DevicePlan = DevicePlan()

    gates: tuple[Gate, ...] = Field(min_length=1)
    observation_plan: ObservationPlan
    escalation: tuple[EscalationRule, ...] = ()
    monitoring: MonitoringRule = MONITORING
    telling: TellingPlan = TellingPlan()
    discharge: DischargeRule
    chairside: Chairside = Chairside()

    ratings: tuple[RatingRule, ...] = ()
    endpoints: EndpointPlan
    relapse: Relapse | None = None
    reminders: tuple[ReminderRule, ...] = ()
    safety: SafetyPlan
    deviations: DeviationPlan = DeviationPlan()
    sheet: MonitoringSheet | None = None
    oral_antidepressants: tuple[OralAntidepressant, ...] = ()
    concomitant: tuple[ConcomitantRule, ...] = ()
    uncertain: tuple[UncertainFact, ...] = ()

    @model_serializer(mode="wrap")
    def _without_what_says_nothing(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out later blocks that are as by default: documents stored before they existed keep their digest."""
        written: dict[str, Any] = write(self)
        for name in _LATER:
            if getattr(self, name) == type(self).model_fields[name].default:
                written.pop(name, None)
        return written

    def visit(self, code: str) -> VisitPlan:
        """The visit of this code. Raises KeyError when the protocol has none."""
        return _by_code(self.visits, code)

    def arm(self, code: str) -> Arm:
        """The arm of this code. Raises KeyError when the protocol has none."""
        return _by_code(self.arms, code)

    def fact(self, key: str) -> Fact:
        """The fact of this key. Raises KeyError when the protocol has none."""
        for fact in self.facts:
            if fact.key == key:
                return fact
        raise KeyError(key)

    @property
    def dosing_visits(self) -> tuple[VisitPlan, ...]:
        """The visits with a dose, in order of day."""
        return tuple(sorted((visit for visit in self.visits if visit.dose), key=lambda visit: visit.day))

    @property
    def baseline_visit(self) -> VisitPlan:
        """The visit that gives the baseline of the endpoints."""
        return self.visit(self.endpoints.baseline_visit)

    @property
    def endpoint_visit(self) -> VisitPlan:
        """The visit of the primary endpoint."""
        return self.visit(self.endpoints.primary.visit)


def _by_code(items: tuple[_Coded, ...], code: str) -> _Coded:
    for item in items:
        if item.code == code:
            return item
    raise KeyError(code)
