"""Each kind of gate at its limit, the minute at which it clears, and who may go against it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.dosing.domain.answers import (
    BadAnswer,
    Confirmation,
    LastTaken,
    Measured,
    Pressure,
    Scored,
    answer_read,
    answer_stored,
    answer_write,
)
from apps.dosing.domain.gates import (
    Check,
    Facts,
    GateOutcome,
    clearing_reasons,
    judge,
    judge_again,
    override_reasons,
)
from apps.studies.domain.loading import SHIPPED, load
from apps.studies.domain.protocol.gates import IntervalSinceGate

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 10, 11, 2, tzinfo=UTC)
GATES = {gate.code: gate for gate in load(SHIPPED / "transform_2.yaml").gates}
BP, LIQUID, SPO2, ESCORT = GATES["BP"], GATES["LIQUID"], GATES["SPO2"], GATES["ESCORT"]


def facts(age: int = 44, now: datetime = NOW) -> Facts:
    return Facts(age_years=age, now=now, tz=BERLIN)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


@pytest.mark.parametrize(
    ("age", "sbp", "dbp", "outcome"),
    [
        (64, 141, 80, GateOutcome.HELD),
        (64, 140, 90, GateOutcome.PASSED),
        (65, 148, 90, GateOutcome.PASSED),
        (65, 151, 88, GateOutcome.HELD),
        (30, 120, 91, GateOutcome.HELD),
        (80, 150, 91, GateOutcome.HELD),
        (65, 150, 90, GateOutcome.PASSED),
    ],
)
def test_blood_pressure_holds_by_age(age: int, sbp: int, dbp: int, outcome: GateOutcome) -> None:
    verdict = judge(BP, Pressure(sbp, dbp, NOW), facts(age))
    assert verdict.outcome is outcome
    assert f"{sbp}/{dbp}" in verdict.message


@given(st.integers(18, 90), st.integers(60, 300), st.integers(30, 200))
def test_blood_pressure_passes_exactly_within_both_limits(age: int, sbp: int, dbp: int) -> None:
    limit = 140 if age < 65 else 150
    passed = judge(BP, Pressure(sbp, dbp, NOW), facts(age)).outcome is GateOutcome.PASSED
    assert passed is (sbp <= limit and dbp <= 90)


def test_a_high_pressure_is_repeated_after_the_rest_and_says_from_when() -> None:
    verdict = judge(BP, Pressure(152, 88, NOW), facts())
    assert verdict.clears_at == NOW + timedelta(minutes=10)
    assert "Repeat from 12:12" in verdict.message


def check(answer: Any, outcome: GateOutcome, clears_at: datetime | None = None, gate: str = "BP") -> Check:
    return Check(gate=gate, answer=answer, outcome=outcome, message="earlier", clears_at=clears_at)


def test_a_repeat_within_the_rest_does_not_count_yet() -> None:
    earlier = check(Pressure(152, 88, ago(minutes=6)), GateOutcome.HELD, NOW + timedelta(minutes=4))
    verdict = judge(BP, Pressure(130, 80, NOW), facts(), earlier)
    assert verdict.outcome is GateOutcome.HELD
    assert verdict.clears_at == NOW + timedelta(minutes=4)
    later = NOW + timedelta(minutes=4)
    assert judge(BP, Pressure(130, 80, later), facts(now=later), earlier).outcome is GateOutcome.PASSED


def test_a_slip_of_the_finger_can_be_corrected_at_once() -> None:
    earlier = check(Pressure(241, 80, ago(minutes=1)), GateOutcome.HELD, NOW + timedelta(minutes=9))
    corrected = answer_read(BP, {"sbp": 124, "dbp": 80, "corrects": True}, now=NOW, earlier=earlier.answer)
    assert judge(BP, corrected, facts(), earlier).outcome is GateOutcome.PASSED


def test_liquid_half_an_hour_ago_passes_and_a_minute_less_says_when_it_clears() -> None:
    assert judge(LIQUID, LastTaken(ago(minutes=30)), facts()).outcome is GateOutcome.PASSED
    verdict = judge(LIQUID, LastTaken(ago(minutes=22)), facts())
    assert verdict.outcome is GateOutcome.HELD
    assert verdict.clears_at == NOW + timedelta(minutes=8)
    assert "clears at 12:10, 8 minutes to go" in verdict.message


def test_a_clearing_minute_is_rounded_up_never_down() -> None:
    last = NOW - timedelta(minutes=22, seconds=-20)
    assert "clears at 12:11, 9 minutes to go" in judge(LIQUID, LastTaken(last), facts()).message


def test_what_clears_tomorrow_names_the_day() -> None:
    verdict = judge(GATES["ALCOHOL"], LastTaken(ago(hours=2)), facts())
    assert "10:02 on 11 Mar" in verdict.message
    assert "22 h 0 min to go" in verdict.message


def test_nothing_taken_passes() -> None:
    assert judge(LIQUID, LastTaken(None), facts()).outcome is GateOutcome.PASSED


intervals = [gate for gate in GATES.values() if isinstance(gate, IntervalSinceGate)]


@given(st.sampled_from(intervals), st.integers(0, 3 * 24 * 60), st.integers(0, 3 * 24 * 60))
def test_an_interval_holds_until_it_clears_and_never_again_after(
    gate: IntervalSinceGate, minutes: int, later: int
) -> None:
    answer = LastTaken(ago(minutes=minutes))
    first = judge(gate, answer, facts())
    assert (first.outcome is GateOutcome.PASSED) is (minutes >= gate.minimum_minutes)
    moment = NOW + timedelta(minutes=later)
    then = judge_again(
        gate, Check(gate.code, answer, first.outcome, first.message, first.clears_at), facts(now=moment)
    )
    assert (then.outcome is GateOutcome.HELD) is (first.clears_at is not None and moment < first.clears_at)


def test_time_does_not_heal_a_measurement() -> None:
    held = check(Pressure(150, 80, NOW), GateOutcome.HELD, NOW + timedelta(minutes=10))
    assert judge_again(BP, held, facts(now=NOW + timedelta(hours=5))).outcome is GateOutcome.HELD


@pytest.mark.parametrize(("value", "outcome"), [(93, GateOutcome.PASSED), (92, GateOutcome.HELD)])
def test_saturation_passes_at_its_least_value(value: int, outcome: GateOutcome) -> None:
    assert judge(SPO2, Measured(value, NOW), facts()).outcome is outcome


@pytest.mark.parametrize(("value", "outcome"), [(3, GateOutcome.PASSED), (4, GateOutcome.HELD)])
def test_ideation_with_intent_holds(value: int, outcome: GateOutcome) -> None:
    assert judge(GATES["CSSRS_IDEATION"], Scored(value), facts()).outcome is outcome


def test_an_escort_not_yet_arranged_warns_and_does_not_hold() -> None:
    verdict = judge(ESCORT, Confirmation(False), facts())
    assert verdict.outcome is GateOutcome.WARNED
    assert "cannot leave without an escort" in verdict.message


def test_clearing_names_every_gate_unanswered_or_held_and_passes_over_warnings() -> None:
    gates = (LIQUID, BP, ESCORT)
    held = Check("LIQUID", LastTaken(ago(minutes=22)), GateOutcome.HELD, "…", NOW + timedelta(minutes=8))
    warned = check(Confirmation(False), GateOutcome.WARNED, gate="ESCORT")
    reasons = clearing_reasons(gates, {"LIQUID": held, "ESCORT": warned}, facts())
    assert [(reason.code, reason.field) for reason in reasons] == [
        ("gate_held", "LIQUID"),
        ("gate_unanswered", "BP"),
    ]
    passed = check(Pressure(120, 80, NOW), GateOutcome.PASSED)
    later = facts(now=NOW + timedelta(minutes=8))
    assert clearing_reasons(gates, {"LIQUID": held, "ESCORT": warned, "BP": passed}, later) == ()


def test_an_override_stands_until_the_gate_is_answered_again() -> None:
    overridden = check(Pressure(150, 80, NOW), GateOutcome.OVERRIDDEN)
    assert clearing_reasons((BP,), {"BP": overridden}, facts()) == ()
    again = judge(BP, Pressure(150, 80, NOW), facts(), overridden)
    assert again.outcome is GateOutcome.HELD


def test_an_override_needs_the_protocols_leave_a_gate_that_holds_and_a_reason() -> None:
    held = judge(BP, Pressure(150, 80, NOW), facts())
    assert override_reasons(BP, held, "Seen by me, white-coat pressure") == ()
    assert [reason.code for reason in override_reasons(BP, held, "  ")] == ["reason_needed"]
    assert [reason.code for reason in override_reasons(BP, None, "x")] == ["gate_not_held"]
    identity = judge(GATES["IDENTITY"], Confirmation(False), facts())
    assert [reason.code for reason in override_reasons(GATES["IDENTITY"], identity, "x")] == [
        "never_overridden"
    ]


@pytest.mark.parametrize(
    ("gate", "given", "code"),
    [
        ("BP", {}, "number_needed"),
        ("BP", {"sbp": 120}, "number_needed"),
        ("BP", {"sbp": 1200, "dbp": 80}, "impossible"),
        ("BP", {"sbp": 80, "dbp": 120}, "diastolic_above"),
        ("BP", {"sbp": 120.5, "dbp": 80}, "whole_number"),
        ("BP", {"sbp": float("nan"), "dbp": 80}, "number_needed"),
        ("BP", {"sbp": True, "dbp": 80}, "number_needed"),
        ("BP", {"sbp": "120", "dbp": "80"}, "number_needed"),
        ("BP", {"sbp": 120, "dbp": 80, "measured_at": "2026-03-10T13:00:00+00:00"}, "in_the_future"),
        ("BP", {"sbp": 120, "dbp": 80, "measured_at": "2026-03-09T11:00:00+00:00"}, "too_old"),
        ("BP", {"sbp": 120, "dbp": 80, "measured_at": "soon"}, "time_needed"),
        ("BP", {"sbp": 120, "dbp": 80, "corrects": True}, "nothing_to_correct"),
        ("LIQUID", {}, "time_needed"),
        ("LIQUID", {"last_at": "2026-03-10T10:00:00"}, "time_needed"),
        ("LIQUID", {"last_at": "2026-03-10T12:00:00+00:00"}, "in_the_future"),
        ("LIQUID", {"none": True, "last_at": "2026-03-10T10:00:00+00:00"}, "either_or"),
        ("SPO2", {"value": 101}, "impossible"),
        ("CSSRS_IDEATION", {"value": 2.5}, "whole_number"),
        ("ESCORT", {"confirmed": "yes"}, "yes_or_no"),
        ("ESCORT", {}, "yes_or_no"),
        ("ESCORT", ["confirmed"], "not_an_answer"),
        ("ESCORT", None, "not_an_answer"),
    ],
)
def test_an_answer_that_cannot_be_right_is_refused_and_names_its_gate(
    gate: str, given: Any, code: str
) -> None:
    with pytest.raises(BadAnswer) as refused:
        answer_read(GATES[gate], given, now=NOW)
    assert code in {reason.code for reason in refused.value.reasons}
    assert {reason.field for reason in refused.value.reasons} == {gate}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(["sbp", "dbp", "value", "last_at", "none", "confirmed", "measured_at", "corrects"])


@given(st.sampled_from(sorted(GATES)), json_values | st.dictionaries(keys, json_values, max_size=5))
def test_whatever_is_sent_is_read_or_refused_and_nothing_else(gate: str, sent: Any) -> None:
    try:
        answer = answer_read(GATES[gate], sent, now=NOW)
    except BadAnswer:
        return
    assert answer_stored(GATES[gate], answer_write(answer)) == answer
