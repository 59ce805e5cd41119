"""Pre-dose gates: may this participant be dosed now, and if not, why, and at which minute?

Limits, ages and intervals are the protocol's. A gate that fails holds the dose (`withhold`, `postpone`) or warns
(`warn`). Time heals intervals only: a held interval is judged again whenever somebody asks, a measurement must be
repeated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never
from zoneinfo import ZoneInfo

from apps.core.exceptions import Reason
from apps.dosing.domain.answers import (
    Answer,
    Confirmation,
    LastTaken,
    Measured,
    Pressure,
    Scored,
)
from apps.studies.domain.protocol.gates import (
    BloodPressureGate,
    ConfirmationGate,
    Gate,
    IntervalSinceGate,
    MinimumGate,
    ScoreBelowGate,
)


class GateOutcome(StrEnum):
    """What a gate says."""

    PASSED = "PASSED"
    WARNED = "WARNED"
    HELD = "HELD"
    OVERRIDDEN = "OVERRIDDEN"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one gate says of one answer. `clears_at`: when the interval is over, or the rest before a repeat."""

    gate: str
    outcome: GateOutcome
    message: str
    clears_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """The latest record of a gate: the answer, what came of it, and when it clears."""

    gate: str
    answer: Answer
    outcome: GateOutcome
    message: str
    clears_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What gates need beside the answer: age in whole years, the moment asked, the site's clock."""

    age_years: int
    now: datetime
    tz: ZoneInfo


def judge(gate: Gate, answer: Answer, facts: Facts, earlier: Check | None = None) -> Verdict:
    """Return what a gate says of an answer. `earlier` is the gate's last record, for the rest before a repeat."""
    if isinstance(gate, IntervalSinceGate) and isinstance(answer, LastTaken):
        return _interval(gate, answer, facts)
    if isinstance(gate, BloodPressureGate) and isinstance(answer, Pressure):
        return _pressure(gate, answer, facts, earlier)
    if isinstance(gate, MinimumGate) and isinstance(answer, Measured):
        return _minimum(gate, answer, facts, earlier)
    if isinstance(gate, ScoreBelowGate) and isinstance(answer, Scored):
        fine = answer.value < gate.below
        return _verdict(gate, fine, f"{answer.value}; must be below {_number(gate.below)}.")
    if isinstance(gate, ConfirmationGate) and isinstance(answer, Confirmation):
        return _verdict(gate, answer.confirmed, "Confirmed." if answer.confirmed else "Not confirmed.")
    raise TypeError(f"A gate of kind {gate.kind} cannot judge this answer.")


def judge_again(gate: Gate, check: Check, facts: Facts) -> Verdict:
    """Return what the gate's last record comes to at a later moment: an interval may have run out meanwhile."""
    if check.outcome is GateOutcome.OVERRIDDEN or not isinstance(gate, IntervalSinceGate):
        return Verdict(check.gate, check.outcome, check.message, check.clears_at)
    return judge(gate, check.answer, facts)


def clearing_reasons(gates: Sequence[Gate], checks: Mapping[str, Check], facts: Facts) -> tuple[Reason, ...]:
    """Return every ground against clearing: gates nobody answered, and gates that hold with the minute they clear."""
    reasons = []
    for gate in gates:
        check = checks.get(gate.code)
        if check is None:
            reasons.append(Reason("gate_unanswered", f"{gate.label}: not answered yet.", gate.code))
            continue
        verdict = judge_again(gate, check, facts)
        if verdict.outcome is GateOutcome.HELD:
            reasons.append(Reason("gate_held", f"{gate.label}: {verdict.message}", gate.code))
    return tuple(reasons)


def override_reasons(gate: Gate, verdict: Verdict | None, reason: str) -> tuple[Reason, ...]:
    """Return every ground against overriding a gate: the protocol forbids it, it does not hold, no reason given."""
    grounds = []
    if gate.override != "investigator":
        grounds.append(Reason("never_overridden", f"{gate.label}: the protocol allows no exception.", "gate"))
    if verdict is None or verdict.outcome is not GateOutcome.HELD:
        grounds.append(Reason("gate_not_held", f"{gate.label}: nothing holds the dose here.", "gate"))
    if not reason.strip():
        grounds.append(Reason("reason_needed", "Say why the dose may go on.", "reason"))
    return tuple(grounds)


def _interval(gate: IntervalSinceGate, answer: LastTaken, facts: Facts) -> Verdict:
    if answer.at is None:
        return Verdict(gate.code, GateOutcome.PASSED, "None within the time that counts.")
    clears_at = answer.at + timedelta(minutes=gate.minimum_minutes)
    since = f"last at {_clock(answer.at, facts)}"
    if facts.now >= clears_at:
        return Verdict(gate.code, GateOutcome.PASSED, f"{_span(facts.now - answer.at)} ago ({since}).")
    left = clears_at - facts.now
    message = (
        f"{_span(timedelta(minutes=gate.minimum_minutes))} needed, {since}: "
        f"clears at {_clock(clears_at, facts)}, {_to_go(left)}."
    )
    return _failed(gate, message, clears_at)


def _pressure(gate: BloodPressureGate, answer: Pressure, facts: Facts, earlier: Check | None) -> Verdict:
    sbp_max, dbp_max = gate.sbp_max.at(facts.age_years), gate.dbp_max.at(facts.age_years)
    fine = answer.sbp <= sbp_max and answer.dbp <= dbp_max
    limit = f"the limit at {facts.age_years} years is {_number(sbp_max)}/{_number(dbp_max)} mmHg"
    return _measured(gate, fine, f"{answer.sbp}/{answer.dbp} mmHg; {limit}.", answer.at, facts, earlier)


def _minimum(gate: MinimumGate, answer: Measured, facts: Facts, earlier: Check | None) -> Verdict:
    unit = f" {gate.unit}" if gate.unit and gate.unit != "%" else gate.unit
    message = f"{_number(answer.value)}{unit}; at least {_number(gate.minimum)}{unit} is needed."
    return _measured(gate, answer.value >= gate.minimum, message, answer.at, facts, earlier)


def _measured(
    gate: BloodPressureGate | MinimumGate,
    fine: bool,
    message: str,
    measured_at: datetime,
    facts: Facts,
    earlier: Check | None,
) -> Verdict:
    """Judge a measurement that may have to be repeated after a rest; a repeat within the rest does not count yet."""
    rest = gate.repeat_after_minutes
    resting_until = earlier.clears_at if earlier and earlier.outcome is GateOutcome.HELD else None
    is_correction = earlier is not None and getattr(earlier.answer, "at", None) == measured_at
    if rest is not None and resting_until is not None and measured_at < resting_until and not is_correction:
        return Verdict(
            gate.code,
            GateOutcome.HELD,
            f"{message} Measured during the rest: it counts from {_clock(resting_until, facts)}.",
            resting_until,
        )
    if fine:
        return Verdict(gate.code, GateOutcome.PASSED, message)
    if rest is None:
        return _failed(gate, message)
    repeat_at = measured_at + timedelta(minutes=rest)
    return _failed(gate, f"{message} Repeat from {_clock(repeat_at, facts)}.", repeat_at)


def _verdict(gate: ScoreBelowGate | ConfirmationGate, fine: bool, message: str) -> Verdict:
    return Verdict(gate.code, GateOutcome.PASSED, message) if fine else _failed(gate, message)


def _failed(gate: Gate, message: str, clears_at: datetime | None = None) -> Verdict:
    match gate.on_failure:
        case "withhold" | "postpone":
            outcome = GateOutcome.HELD
        case "warn":
            outcome = GateOutcome.WARNED
        case never:
            assert_never(never)
    advice = f" {gate.advice.strip()}" if gate.advice else ""
    return Verdict(gate.code, outcome, f"{message}{advice}", clears_at)


def _clock(moment: datetime, facts: Facts) -> str:
    """Write a clock time rounded up to the minute, with the day when it is another one."""
    local = moment.astimezone(facts.tz)
    if local.second or local.microsecond:
        local = (moment + timedelta(minutes=1)).astimezone(facts.tz)
    same_day = local.date() == facts.now.astimezone(facts.tz).date()
    return f"{local:%H:%M}" if same_day else f"{local:%H:%M} on {local.day} {local:%b}"


def _to_go(left: timedelta) -> str:
    minutes = -(-int(left.total_seconds()) // 60)
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'} to go"
    return f"{minutes // 60} h {minutes % 60} min to go"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes // 60} h {minutes % 60} min"


def _number(value: float) -> str:
    return f"{value:g}"
