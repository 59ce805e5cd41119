"""The answers to gates: read from what a page or a program sent, refused with every fault, written as plain JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.core.exceptions import Reason
from apps.dosing.domain.measures import possible
from apps.studies.domain.protocol.gates import (
    BloodPressureGate,
    ConfirmationGate,
    Gate,
    IntervalSinceGate,
    MinimumGate,
)


@dataclass(frozen=True, slots=True)
class LastTaken:
    """When something was last eaten, drunk or taken; None: not within the time that counts."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class Pressure:
    """One blood pressure in mmHg, and when it was measured."""

    sbp: int
    dbp: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Measured:
    """One measured value in the gate's unit, and when."""

    value: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Scored:
    """One score of a scale."""

    value: int


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Whether a person confirmed the gate's statement."""

    confirmed: bool


Answer = LastTaken | Pressure | Measured | Scored | Confirmation


class BadAnswer(ValueError):
    """An answer that cannot be right, with every fault."""

    def __init__(self, *reasons: Reason) -> None:
        self.reasons = reasons
        super().__init__("; ".join(reason.message for reason in reasons))


#: Clocks of tablets run a little ahead; a moment this far in the future is taken for now.
SKEW = timedelta(minutes=1)
#: A measurement older than this is not of this session.
STALE = timedelta(hours=12)


def answer_read(gate: Gate, given: object, *, now: datetime, earlier: Answer | None = None) -> Answer:
    """
    Return the answer to a gate from what was sent.

    Intervals: `{"last_at": moment}` or `{"none": true}`. Pressure: `{"sbp", "dbp"}`, a measure: `{"value"}`,
    each with `"measured_at"` (now if absent) or `"corrects": true` for a slip in the earlier value, which keeps
    its moment. Scores: `{"value"}`. Confirmations: `{"confirmed": true or false}`.

    :raises BadAnswer: with every fault, each naming the gate as its field
    """
    if not isinstance(given, Mapping):
        raise BadAnswer(_fault(gate, "not_an_answer", "the answer is not readable."))
    if isinstance(gate, IntervalSinceGate):
        return _last_taken(gate, given, now)
    if isinstance(gate, ConfirmationGate):
        confirmed = given.get("confirmed")
        if not isinstance(confirmed, bool):
            raise BadAnswer(_fault(gate, "yes_or_no", "answer yes or no."))
        return Confirmation(confirmed)
    if isinstance(gate, BloodPressureGate):
        return _pressure(gate, given, now, earlier)
    if isinstance(gate, MinimumGate):
        value, faults = _number(gate, given.get("value"), gate.measure)
        moment, late = _measured_at(gate, given, now, earlier)
        if value is None or moment is None:
            raise BadAnswer(*faults, *late)
        return Measured(value, moment)
    value, faults = _number(gate, given.get("value"), gate.measure)
    if value is None or value != int(value):
        raise BadAnswer(*(faults or (_fault(gate, "whole_number", "a score is a whole number."),)))
    return Scored(int(value))


def answer_write(answer: Answer) -> dict[str, Any]:
    """Return an answer as JSON values: what `answer_stored` reads back."""
    match answer:
        case LastTaken(at):
            return {"last_at": at.isoformat()} if at else {"none": True}
        case Pressure(sbp, dbp, at):
            return {"sbp": sbp, "dbp": dbp, "measured_at": at.isoformat()}
        case Measured(value, at):
            return {"value": value, "measured_at": at.isoformat()}
        case Scored(value):
            return {"value": value}
        case Confirmation(confirmed):
            return {"confirmed": confirmed}


def answer_stored(gate: Gate, values: Mapping[str, Any]) -> Answer:
    """Return a stored answer. What was stored was right when it was read; it is not judged again."""
    if isinstance(gate, IntervalSinceGate):
        return LastTaken(datetime.fromisoformat(values["last_at"]) if values.get("last_at") else None)
    if isinstance(gate, ConfirmationGate):
        return Confirmation(bool(values["confirmed"]))
    if isinstance(gate, BloodPressureGate):
        return Pressure(int(values["sbp"]), int(values["dbp"]), datetime.fromisoformat(values["measured_at"]))
    if isinstance(gate, MinimumGate):
        return Measured(values["value"], datetime.fromisoformat(values["measured_at"]))
    return Scored(int(values["value"]))


def _last_taken(gate: IntervalSinceGate, given: Mapping[Any, Any], now: datetime) -> LastTaken:
    if given.get("none") is True:
        if given.get("last_at") is not None:
            raise BadAnswer(_fault(gate, "either_or", "give a time or “none”, not both."))
        return LastTaken(None)
    moment = _moment(given.get("last_at"))
    if moment is None:
        raise BadAnswer(_fault(gate, "time_needed", "say when it was last, or that it was not."))
    if moment > now + SKEW:
        raise BadAnswer(_fault(gate, "in_the_future", "the time lies in the future."))
    return LastTaken(moment)


def _pressure(
    gate: BloodPressureGate, given: Mapping[Any, Any], now: datetime, earlier: Answer | None
) -> Pressure:
    sbp, upper = _number(gate, given.get("sbp"), "sbp")
    dbp, lower = _number(gate, given.get("dbp"), "dbp")
    moment, late = _measured_at(gate, given, now, earlier)
    faults = [*upper, *lower, *late]
    if sbp is not None and dbp is not None:
        if sbp != int(sbp) or dbp != int(dbp):
            faults.append(_fault(gate, "whole_number", "pressures are whole numbers."))
        elif dbp >= sbp:
            faults.append(
                _fault(gate, "diastolic_above", "the diastolic value is not below the systolic one.")
            )
    if faults or sbp is None or dbp is None or moment is None:
        raise BadAnswer(*faults)
    return Pressure(int(sbp), int(dbp), moment)


def _number(gate: Gate, given: object, measure: str) -> tuple[float | None, tuple[Reason, ...]]:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        return None, (_fault(gate, "number_needed", "a number is missing."),)
    low, high = possible(measure)
    if not low <= given <= high:
        return None, (_fault(gate, "impossible", f"{given:g} is impossible ({low} to {high})."),)
    return given, ()


def _measured_at(
    gate: Gate, given: Mapping[Any, Any], now: datetime, earlier: Answer | None
) -> tuple[datetime | None, tuple[Reason, ...]]:
    if given.get("corrects") is True:
        before = getattr(earlier, "at", None)
        if before is None:
            return None, (_fault(gate, "nothing_to_correct", "there is no earlier value to correct."),)
        return before, ()
    raw = given.get("measured_at")
    moment = now if raw is None else _moment(raw)
    if moment is None:
        return None, (_fault(gate, "time_needed", "the time of measuring is not readable."),)
    if moment > now + SKEW:
        return None, (_fault(gate, "in_the_future", "the time of measuring lies in the future."),)
    if moment < now - STALE:
        return None, (_fault(gate, "too_old", "the value is too old to count for this session."),)
    return moment, ()


def _moment(given: object) -> datetime | None:
    """Return an aware moment from a datetime or ISO text; None when it is neither, or names no zone."""
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given.strip())
        except ValueError:
            return None
    if not isinstance(given, datetime) or given.tzinfo is None or not 1900 < given.year < 3000:
        return None
    return given


def _fault(gate: Gate, code: str, message: str) -> Reason:
    return Reason(code, f"{gate.label}: {message}", gate.code)
