from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.dosing.domain.session import DischargeClearance
from apps.monitoring.domain.clearance import NotYet, assess, clearance, ready_minute, rule_digest
from apps.monitoring.domain.conditions import Statement
from apps.monitoring.domain.findings import Known, OpenFinding, judge, still_open
from apps.monitoring.domain.plan import rule_minute
from apps.monitoring.domain.readings import Reading
from apps.studies.domain.protocol import BpBelow, DischargeRule

from .story import (
    BASELINE,
    DISCHARGE,
    EVERYTHING_CONFIRMED,
    LAST_SPRAY,
    RULES,
    T0,
    calm,
    minute,
    predose,
    reading,
)

SESSION = UUID(int=7)
GOOD = (predose(), calm(90), calm(118))


def ask(
    readings: Sequence[Reading] = GOOD,
    *,
    now: datetime | float = 121,
    findings: Sequence[OpenFinding] = (),
    statement: Statement = EVERYTHING_CONFIRMED,
    rule: DischargeRule = DISCHARGE,
    dosed_at: datetime | None = T0,
    last_spray_at: datetime | None = LAST_SPRAY,
) -> DischargeClearance | NotYet:
    return clearance(
        session_id=SESSION,
        rule=rule,
        readings=readings,
        baseline=BASELINE,
        findings=findings,
        dosed_at=dosed_at,
        last_spray_at=last_spray_at,
        statement=statement,
        now=now if isinstance(now, datetime) else minute(now),
    )


def unmet(*args: Any, **kwargs: Any) -> set[str]:
    answer = ask(*args, **kwargs)
    return {reason.code for reason in answer.reasons} if isinstance(answer, NotYet) else set()


def findings_of(readings: Sequence[Reading]) -> tuple[OpenFinding, ...]:
    """What would be on record after these readings."""
    known = [
        Known(raised.rule, one.observed_at)
        for one in readings
        for raised in judge(one, RULES, baseline=BASELINE, minute=rule_minute(one.observed_at, None, T0))
    ]
    return still_open(
        known,
        readings,
        RULES,
        baseline=BASELINE,
        minute_of=lambda one: rule_minute(one.observed_at, None, T0),
    )


def test_with_every_condition_met_there_is_a_proof() -> None:
    proof = ask()
    assert isinstance(proof, DischargeClearance)
    assert (proof.session_id, proof.minutes_observed, proof.observation_count) == (SESSION, 121, 2)
    assert proof.rule_digest == rule_digest(DISCHARGE)


def test_119_minutes_and_59_seconds_are_not_120_minutes() -> None:
    almost = T0 + timedelta(minutes=119, seconds=59)
    answer = ask(now=almost)
    assert isinstance(answer, NotYet)
    (reason,) = answer.reasons
    assert (reason.code, reason.clears_at, reason.needed) == ("TIME", minute(120), "1 more minute")
    assert isinstance(ask(now=minute(120)), DischargeClearance)


def test_the_time_counts_from_the_last_spray_where_the_protocol_says_so() -> None:
    from_last = DISCHARGE.model_copy(update={"from_": "last_spray"})
    readings = (*GOOD, calm(129))
    assert unmet(readings, rule=from_last, now=129) == {"TIME"}
    assert unmet(readings, rule=from_last, now=130) == set()
    assert "TIME" in unmet(readings, rule=from_last, now=130, last_spray_at=None)


def test_without_a_spray_nobody_is_cleared() -> None:
    assert "TIME" in unmet(dosed_at=None)


def test_every_unmet_condition_is_named_at_once() -> None:
    assert unmet((), now=30, statement=Statement()) == {
        "TIME", "AWAKE", "CADSS", "BP", "SPO2", "EVENTS", "READY", "ESCORT", "TOLD",
    }  # fmt: skip


def test_each_reason_says_what_would_meet_it() -> None:
    answer = ask((predose(), calm(118, moaas=4, sbp=162, spo2=91, cadss_total=9, ready=False)))
    assert isinstance(answer, NotYet)
    needed = {reason.code: reason.needed for reason in answer.reasons}
    assert needed["AWAKE"].startswith("MOAA/S 5")
    assert needed["BP"].startswith("Below 160/100 mmHg")
    assert needed["SPO2"].startswith("SpO₂ 93% or more")
    assert needed["CADSS"].startswith("CADSS total 4 or less")
    assert needed["READY"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"moaas": 4}, "AWAKE"),
        ({"cadss_total": 5}, "CADSS"),
        ({"sbp": 160}, "BP"),
        ({"dbp": 100}, "BP"),
        ({"spo2": 92}, "SPO2"),
        ({"ready": False}, "READY"),
    ],
)
def test_one_value_at_the_limit_refuses(changed: dict[str, Any], code: str) -> None:
    assert unmet((predose(), calm(90, sbp=170, dbp=105), calm(118, **changed))) == {code}


@pytest.mark.parametrize("changed", [{"cadss_total": 4}, {"sbp": 159, "dbp": 99}, {"spo2": 93}])
def test_one_value_inside_the_limit_does_not(changed: dict[str, Any]) -> None:
    assert unmet((predose(), calm(90, sbp=170, dbp=105), calm(118, **changed))) == set()


def test_the_predose_value_is_normal_for_this_person() -> None:
    drowsy = replace(BASELINE, moaas=4, cadss_total=7)
    verdicts = assess(
        rule=DISCHARGE, readings=(calm(118, moaas=4, cadss_total=7),), baseline=drowsy, findings=(), dosed_at=T0,
        last_spray_at=LAST_SPRAY, statement=EVERYTHING_CONFIRMED, now=minute(121),
    )  # fmt: skip
    met = {verdict.code for verdict in verdicts if verdict.met}
    assert {"AWAKE", "CADSS"} <= met


def test_a_predose_reading_is_no_reading_after_the_dose() -> None:
    assert {"AWAKE", "BP", "SPO2"} <= unmet((reading(-1, moaas=5, sbp=120, dbp=80, spo2=99),))


def test_a_reading_too_old_does_not_count_and_says_how_old() -> None:
    readings = (predose(), calm(91))
    assert unmet(readings, now=121) == set()
    answer = ask(readings, now=minute(121) + timedelta(seconds=1))
    assert isinstance(answer, NotYet)
    assert {reason.code for reason in answer.reasons} == {"AWAKE", "BP", "SPO2", "READY"}
    assert "at most 30 minutes old" in answer.reasons[0].needed


def test_a_reading_from_the_future_does_not_count() -> None:
    assert "AWAKE" in unmet((predose(), calm(130)), now=121)


def test_of_two_readings_at_one_moment_the_worse_one_decides() -> None:
    assert unmet((*GOOD, calm(118, spo2=90))) == {"SPO2"}


def test_pressure_above_the_reading_before_is_not_declining() -> None:
    assert unmet((predose(), calm(90, sbp=130, dbp=80), calm(118, sbp=140, dbp=80))) == {"BP"}
    assert unmet((predose(), calm(90, sbp=150, dbp=90), calm(118, sbp=140, dbp=85))) == set()


def test_back_at_the_predose_pressure_is_back_whatever_came_between() -> None:
    assert unmet((predose(), calm(90, sbp=112, dbp=70), calm(118))) == set()


def test_an_investigator_may_accept_a_pressure_with_a_reason_and_nobody_else() -> None:
    high = (predose(), calm(90, sbp=166), calm(118, sbp=162))
    with_reason = replace(EVERYTHING_CONFIRMED, accepted={"BP": "Usual for this person"}, may_accept=True)
    assert unmet(high, statement=with_reason) == set()
    assert unmet(high, statement=replace(with_reason, may_accept=False)) == {"BP"}
    assert unmet(high, statement=replace(with_reason, accepted={"BP": "  "})) == {"BP"}
    assert unmet((*GOOD, calm(119, spo2=90)), statement=replace(with_reason, accepted={"SPO2": "fine"})) == {
        "SPO2"
    }


def test_a_pressure_too_old_cannot_be_accepted_instead_of_measured() -> None:
    statement = replace(EVERYTHING_CONFIRMED, accepted={"BP": "Usual"}, may_accept=True)
    assert "BP" in unmet((predose(), calm(60, sbp=162)), statement=statement)


def test_an_open_urgent_finding_keeps_the_participant() -> None:
    urgent = OpenFinding("E12", "Suicidality", "urgent", minute(100), None)
    assert unmet(findings=(urgent,)) == {"FINDINGS"}
    assert unmet(findings=(replace(urgent, severity="watch"),)) == set()


def test_ready_minute_is_the_first_yes() -> None:
    assert ready_minute((predose(), calm(60, ready=False), calm(90), calm(120)), T0) == 90
    assert ready_minute((predose(),), T0) is None


STEPS = st.builds(
    calm,
    st.integers(1, 125),
    moaas=st.integers(0, 5) | st.none(),
    spo2=st.integers(85, 100) | st.none(),
    cadss_total=st.integers(0, 20) | st.none(),
    sbp=st.integers(100, 200),
    dbp=st.integers(60, 99),
    rr=st.integers(6, 20),
    ready=st.booleans() | st.none(),
)
ABNORMAL = st.sampled_from(
    [{"moaas": 3}, {"spo2": 90}, {"sbp": 185}, {"cadss_total": 30}, {"ready": False}, {"rr": 6}]
)


@given(st.lists(STEPS, max_size=6), ABNORMAL, st.booleans())
def test_an_abnormal_later_reading_never_turns_a_refusal_into_a_clearance(
    steps: list[Reading], abnormal: dict[str, Any], alone: bool
) -> None:
    before = (predose(), *steps)
    later = reading(126, **abnormal) if alone and "sbp" not in abnormal else calm(126, **abnormal)
    if isinstance(ask(before, now=127, findings=findings_of(before)), NotYet):
        after = (*before, later)
        assert isinstance(ask(after, now=127, findings=findings_of(after)), NotYet)


@given(st.lists(STEPS, max_size=6), st.floats(0, 119.98))
def test_nobody_is_cleared_before_two_hours_whatever_the_readings(steps: list[Reading], now: float) -> None:
    assert isinstance(ask((predose(), *steps), now=now), NotYet)


@given(st.lists(STEPS, max_size=6), st.sets(st.sampled_from(["EVENTS", "ESCORT", "TOLD"])))
def test_confirming_less_never_clears_more(steps: list[Reading], confirmed: set[str]) -> None:
    readings = (predose(), *steps, calm(118))
    fewer = unmet(readings, statement=Statement(confirmed=frozenset(confirmed)))
    assert fewer >= unmet(readings)


@given(st.lists(STEPS, max_size=6), st.randoms())
def test_the_order_in_which_readings_arrive_changes_nothing(steps: list[Reading], random: Any) -> None:
    shuffled = list(steps)
    random.shuffle(shuffled)
    assert unmet((predose(), *shuffled), now=127) == unmet((predose(), *steps), now=127)


def test_the_rule_of_the_protocol_is_read_not_assumed() -> None:
    (bp,) = [condition for condition in DISCHARGE.conditions if isinstance(condition, BpBelow)]
    strict = DISCHARGE.model_copy(update={"conditions": (bp.model_copy(update={"sbp": 120}),)})
    assert unmet(rule=strict) == {"BP"}
    assert rule_digest(strict) != rule_digest(DISCHARGE)
