"""Checks on gates, the observation plan, escalation and discharge."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from apps.studies.domain.checks.rules import name_faults
from apps.studies.domain.protocol import BloodPressureGate, Protocol, Slot
from apps.studies.domain.readings import READING_KEYS
from apps.studies.domain.yaml_reading import Fault

PLAUSIBLE_SBP = (60, 300)
PLAUSIBLE_DBP = (30, 200)

_NEEDED_MEASURE = {
    "moaas_at_least": "moaas",
    "cadss_resolved": "cadss",
    "bp_below": "bp",
    "spo2_at_least": "spo2",
}


def pressure_limits_are_plausible(protocol: Protocol) -> Iterator[Fault]:
    """A pressure gate limits something a cuff can show, and systolic stands above diastolic."""
    for index, gate in enumerate(protocol.gates):
        if not isinstance(gate, BloodPressureGate):
            continue
        for name, limits, (low, high) in (
            ("sbp_max", gate.sbp_max, PLAUSIBLE_SBP),
            ("dbp_max", gate.dbp_max, PLAUSIBLE_DBP),
        ):
            if not all(low <= value <= high for value in limits.values):
                yield Fault(f"gates[{index}].{name}", f"a limit outside {low} to {high} mmHg limits nothing")
        if min(gate.sbp_max.values) <= max(gate.dbp_max.values):
            yield Fault(f"gates[{index}].sbp_max", "the systolic limit is not above the diastolic one")


def _latest_minute(slot: Slot, protocol: Protocol) -> int:
    """The slot's minute counted from the first spray, at the most devices a session can have."""
    minute = slot.minute or 0
    if slot.from_ == "last_spray":
        counts = [dose // protocol.devices.mg_per_device for dose in protocol.dose.allowed_mg]
        most = max(protocol.dose.devices_per_session_blinded or 0, *counts)
        minute += (most - 1) * protocol.devices.gap_minutes
    return minute


def slots_are_in_order(protocol: Protocol) -> Iterator[Fault]:
    """One predose slot, then rising minutes whose tolerances do not meet."""
    slots = list(enumerate(protocol.observation_plan.slots))
    predose = [index for index, slot in slots if slot.minute is None]
    if len(predose) != 1:
        yield Fault(
            "observation_plan.slots", f"exactly one slot must be predose (no minute), here {len(predose)}"
        )
    timed = [(index, slot, slot.minute) for index, slot in slots if slot.minute is not None]
    for (_, earlier, before), (index, later, after) in pairwise(timed):
        if earlier.from_ != later.from_:
            continue
        path = f"observation_plan.slots[{index}]"
        if after <= before:
            yield Fault(f"{path}.minute", f"minute {after} does not come after minute {before}")
        elif after - later.before_tolerance_minutes <= before + earlier.after_tolerance_minutes:
            yield Fault(
                path, f"a reading could belong to both {earlier.code} and {later.code}; narrow a tolerance"
            )
    for index, slot, _ in timed:
        both = set(slot.measures) & set(slot.if_unresolved)
        if both:
            where = f"observation_plan.slots[{index}].if_unresolved"
            yield Fault(where, f"{', '.join(sorted(both))} is due in any case")


def usual_ranges_are_ranges(protocol: Protocol) -> Iterator[Fault]:
    """A usual range has its low end below its high end, and at least one of them."""
    for index, usual in enumerate(protocol.observation_plan.usual):
        if usual.low is None and usual.high is None:
            yield Fault(f"observation_plan.usual[{index}]", f"the range of {usual.key} has no end")
        elif usual.low is not None and usual.high is not None and usual.low >= usual.high:
            yield Fault(f"observation_plan.usual[{index}].low", f"the range of {usual.key} is upside down")


def nobody_leaves_before_the_last_slot(protocol: Protocol) -> Iterator[Fault]:
    """Discharge is not possible before the last mandatory timepoint."""
    allowed = protocol.discharge.min_minutes
    # Counted from the last spray it is at least as late: a session of one device has both in the same minute.
    for slot in protocol.observation_plan.slots:
        if slot.mandatory and slot.minute is not None and _latest_minute(slot, protocol) > allowed:
            yield Fault(
                "discharge.min_minutes",
                f"discharge after {allowed} minutes comes before the mandatory slot {slot.code}",
            )


def discharge_rests_on_measures(protocol: Protocol) -> Iterator[Fault]:
    """A condition on a measure nobody takes could never be met."""
    plan = protocol.observation_plan
    taken: set[str] = set(plan.after_plan_measures)
    for slot in plan.slots:
        if slot.minute is not None:
            taken.update(slot.measures)
    for index, condition in enumerate(protocol.discharge.conditions):
        measure = _NEEDED_MEASURE.get(condition.kind)
        if measure is not None and measure not in taken:
            yield Fault(f"discharge.conditions[{index}]", f"{measure} is not measured after the dose")
        if condition.kind == "bp_below" and condition.sbp <= condition.dbp:
            yield Fault(
                f"discharge.conditions[{index}].sbp", "the systolic limit is not above the diastolic one"
            )


#: What the least time of observation is called among the conditions of leaving.
LEAST_TIME = "TIME"
LABEL_MINUTES = 120


def less_than_the_label_is_explained(protocol: Protocol) -> Iterator[Fault]:
    """A trial that lets people leave before the two hours of the label says in a note why it may."""
    rule = protocol.discharge
    if rule.min_minutes < LABEL_MINUTES and not rule.note:
        yield Fault(
            "discharge.min_minutes",
            f"is less than the {LABEL_MINUTES} minutes of the label: say in a note what allows it",
        )


def leaving_names_what_exists(protocol: Protocol) -> Iterator[Fault]:
    """Early release and the readiness checklist name conditions and gates of this protocol."""
    rule = protocol.discharge
    conditions = {condition.code for condition in rule.conditions}
    gates = {gate.code for gate in protocol.gates}
    if LEAST_TIME in conditions:
        yield Fault("discharge.conditions", f"{LEAST_TIME} is the name of the least time of observation")
    for index, category in enumerate(rule.early.categories if rule.early else ()):
        for code in category.never:
            if code not in conditions | {LEAST_TIME}:
                yield Fault(f"discharge.early.categories[{index}].never", f"there is no condition {code}")
    for place, part in enumerate(rule.checklist.parts if rule.checklist else ()):
        for index, item in enumerate(part.items):
            path = f"discharge.checklist.parts[{place}].items[{index}]"
            for code in item.gates:
                if code not in gates:
                    yield Fault(f"{path}.gates", f"there is no gate {code}")
            for code in item.conditions:
                if code not in conditions | {LEAST_TIME}:
                    yield Fault(f"{path}.conditions", f"there is no condition {code}")


def the_sheet_asks_what_is_measured(protocol: Protocol) -> Iterator[Fault]:
    """The monitoring data sheet reads conditions, rules and a slot that this protocol has."""
    sheet = protocol.sheet
    if sheet is None:
        return
    peak = [slot for slot in protocol.observation_plan.slots if slot.minute == sheet.peak_minute]
    if not any("bp" in slot.measures for slot in peak):
        yield Fault("sheet.peak_minute", f"no pressure is taken at minute {sheet.peak_minute}")
    readings = {one.code for one in protocol.discharge.conditions if one.kind in _NEEDED_MEASURE}
    rules = {rule.code for rule in protocol.escalation}
    for index, effect in enumerate(sheet.effects):
        path = f"sheet.effects[{index}]"
        if effect.condition is not None and effect.condition not in readings:
            yield Fault(f"{path}.condition", f"no condition {effect.condition} rests on a reading")
        for code in effect.rules:
            if code not in rules:
                yield Fault(f"{path}.rules", f"there is no escalation rule {code}")
        if effect.condition is None and not effect.rules:
            yield Fault(path, "neither a condition nor a rule tells this effect")


def escalation_reads_readings(protocol: Protocol) -> Iterator[Fault]:
    """A trigger names readings that exist."""
    for index, rule in enumerate(protocol.escalation):
        yield from name_faults(rule.trigger, f"escalation[{index}].trigger", READING_KEYS, "reading")
        if rule.until is not None:
            yield from name_faults(rule.until, f"escalation[{index}].until", READING_KEYS, "reading")
        if rule.severity in ("urgent", "emergency") and not rule.notify:
            yield Fault(
                f"escalation[{index}].notify", f"a finding that is {rule.severity} must tell somebody"
            )


OBSERVATION_CHECKS = (
    (("gates",), pressure_limits_are_plausible),
    (("observation_plan",), slots_are_in_order),
    (("observation_plan",), usual_ranges_are_ranges),
    (("observation_plan", "discharge", "dose", "devices"), nobody_leaves_before_the_last_slot),
    (("observation_plan", "discharge"), discharge_rests_on_measures),
    (("discharge",), less_than_the_label_is_explained),
    (("discharge", "gates"), leaving_names_what_exists),
    (("sheet", "observation_plan", "discharge", "escalation"), the_sheet_asks_what_is_measured),
    (("escalation",), escalation_reads_readings),
)
