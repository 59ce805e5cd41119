"""The hours after the dose: what is measured when, which findings call for what, and who may leave."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from apps.studies.domain.blocks import Block, Code, Marked, Text
from apps.studies.domain.rules import Rule

Measure = Literal["bp", "hr", "rr", "temp", "spo2", "moaas", "cadss", "bprs", "ready"]
From = Literal["first_spray", "last_spray"]
Severity = Literal["info", "watch", "urgent", "emergency"]
NotifyRole = Literal[
    "COORDINATOR",
    "INVESTIGATOR",
    "SESSION_NURSE",
    "EFFICACY_RATER",
    "PHARMACIST",
    "MONITOR",
    "SPONSOR",
    "UNBLINDED_STATISTICIAN",
    "SAFETY_PHYSICIAN",
    "ADMINISTRATOR",
]


class Slot(Marked):
    """One timepoint. `minute` counts from `from`; None is predose.

    `measures` are due; `if_unresolved` are due only while the last value of that measure has not returned
    to normal. A slot that is not `mandatory` may be skipped without a deviation.
    """

    code: Code
    minute: int | None = Field(default=None, ge=0)
    label: Text
    measures: tuple[Measure, ...] = Field(min_length=1)
    if_unresolved: tuple[Measure, ...] = ()
    before_tolerance_minutes: int = Field(default=5, ge=0)
    after_tolerance_minutes: int = Field(default=5, ge=0)
    from_: From = Field(default="first_spray", alias="from")
    mandatory: bool = True


class Usual(Marked):
    """Figures that need no second look, both ends included. Outside of them the page asks: repeat, or confirm."""

    key: Literal["sbp", "dbp", "hr", "rr", "spo2", "temp"]
    low: int | float | None = None
    high: int | float | None = None


class ObservationPlan(Marked):
    """The timepoints of one session, and what repeats after the last one until the participant may leave.

    `usual` ranges only ask for confirmation; a value without one is asked about where an escalation rule finds it.
    """

    slots: tuple[Slot, ...] = Field(min_length=1)
    after_plan_every_minutes: int = Field(ge=1)
    after_plan_measures: tuple[Measure, ...] = ()
    usual: tuple[Usual, ...] = ()


class EscalationRule(Marked):
    """A finding and what it calls for. The trigger reads the keys of `readings.py`.

    `until` says when the finding is over; without it a later reading that does not trigger ends it.
    """

    code: Code
    label: Text
    trigger: Rule
    until: Rule | None = None
    severity: Severity
    action: Text
    notify: tuple[NotifyRole, ...] = ()
    recheck_minutes: int | None = Field(default=None, ge=1)
    event_of_interest: str = ""


class MonitoringRule(Marked):
    """Who must be there from the first spray until the participant has left.

    `unwatched_minutes`: how long nobody may watch before a finding is raised and `unwatched_notify` is told.
    `most_per_watcher`: how many participants one person may watch at once; without it there is no limit.
    `without_prescriber`: what clearing a dose meets while no prescriber is on site. A first spray that was given is
    recorded either way, with a finding; where it is `refuse`, minutes without a prescriber are a deviation as well.
    """

    unwatched_minutes: int = Field(default=2, ge=0)
    unwatched_notify: tuple[NotifyRole, ...] = Field(default=("SESSION_NURSE", "INVESTIGATOR"), min_length=1)
    most_per_watcher: int | None = Field(default=None, ge=1)
    without_prescriber: Literal["warn", "refuse"] = "warn"


#: What a protocol means that says nothing about it.
MONITORING = MonitoringRule(mark="G", note="The protocol does not say; this is general practice.")


class ConditionBase(Marked):
    """One condition of discharge. A reading older than `fresh_within_minutes` does not count."""

    code: Code
    label: Text
    fresh_within_minutes: int | None = Field(default=None, ge=1)


class MoaasAtLeast(ConditionBase):
    """MOAA/S at or above `value`, or back to the predose value when `or_baseline`."""

    kind: Literal["moaas_at_least"]
    value: int = Field(ge=0, le=5)
    or_baseline: bool = False


class CadssResolved(ConditionBase):
    """CADSS total at or below `at_most`, or back to the predose value when `or_baseline`."""

    kind: Literal["cadss_resolved"]
    at_most: int = Field(ge=0, le=92)
    or_baseline: bool = False


class BpBelow(ConditionBase):
    """Pressure strictly below both limits (mmHg); `declining`: and not above the reading before.

    `investigator_may_accept`: an investigator's signed judgement stands in for the limits.
    """

    kind: Literal["bp_below"]
    sbp: int = Field(ge=60, le=300)
    dbp: int = Field(ge=30, le=200)
    declining: bool = False
    investigator_may_accept: bool = False


class Spo2AtLeast(ConditionBase):
    """Oxygen saturation in percent at or above `value`."""

    kind: Literal["spo2_at_least"]
    value: int = Field(ge=50, le=100)


class ReadySigned(ConditionBase):
    """A qualified clinician signed that the participant is ready (CGADR)."""

    kind: Literal["ready_signed"]


class EscortConfirmed(ConditionBase):
    """Somebody takes the participant home."""

    kind: Literal["escort"]


class NoUrgentFinding(ConditionBase):
    """No finding of these severities is open."""

    kind: Literal["no_urgent_finding"]
    severities: tuple[Severity, ...] = ("urgent", "emergency")


class NoDistressingEvent(ConditionBase):
    """A clinician confirms that no adverse event still distresses the participant."""

    kind: Literal["no_distressing_event"]


class InstructionsGiven(ConditionBase):
    """The participant was told these things."""

    kind: Literal["instructions_given"]
    items: tuple[Text, ...] = Field(min_length=1)


DischargeCondition = Annotated[
    MoaasAtLeast
    | CadssResolved
    | BpBelow
    | Spo2AtLeast
    | ReadySigned
    | EscortConfirmed
    | NoUrgentFinding
    | NoDistressingEvent
    | InstructionsGiven,
    Field(discriminator="kind"),
]


class EarlyCategory(Block):
    """Why somebody may leave before every condition holds.

    `never` names conditions, or TIME, that even this may not stand against: an open emergency keeps who merely
    insists, and does not keep who is taken to the emergency room.
    """

    code: Code
    label: Text
    never: tuple[Code, ...] = ()


class EarlyRelease(Marked):
    """That an investigator may let somebody go before every condition holds, and for what."""

    categories: tuple[EarlyCategory, ...] = Field(min_length=1)


class ReadinessItem(Marked):
    """One line of the readiness checklist. It is answered by the record: by gates, or by conditions of leaving.

    Without either it is a box to be ticked by hand.
    """

    code: Code
    label: Text
    gates: tuple[Code, ...] = ()
    conditions: tuple[Code, ...] = ()


class ReadinessPart(Block):
    """A stretch of the checklist: before the dose, at leaving."""

    label: Text
    items: tuple[ReadinessItem, ...] = Field(min_length=1)


class ReadinessChecklist(Marked):
    """The checklist a site fills in for every session, as health authorities of the EU ask for."""

    title: Text
    parts: tuple[ReadinessPart, ...] = Field(min_length=1)


class DischargeRule(Marked):
    """Who may leave: at least `min_minutes` counted from `from`, and every condition.

    Less than the two hours of the label is for trials whose protocol says so; `note` then says which.
    `early` says for what an investigator may let somebody go before; without it nobody leaves early.
    """

    min_minutes: int = Field(default=120, ge=90)
    from_: From = Field(default="first_spray", alias="from")
    conditions: tuple[DischargeCondition, ...] = Field(min_length=1)
    early: EarlyRelease | None = None
    checklist: ReadinessChecklist | None = None

    @model_serializer(mode="wrap")
    def _without_what_says_nothing(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out later blocks that say nothing: rules stored before they existed keep their digest."""
        written: dict[str, Any] = write(self)
        return {
            key: value
            for key, value in written.items()
            if key not in ("early", "checklist") or value is not None
        }
