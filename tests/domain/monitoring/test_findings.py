"""The vectors of E1 to E13 at their edges, against the shipped TRANSFORM-2 rules."""

from typing import Any

import pytest

from apps.monitoring.domain.findings import Known, OpenFinding, Raised, judge, measures_of, still_open
from apps.monitoring.domain.limits import limits_of
from apps.monitoring.domain.readings import Reading, baseline_of

from .story import BASELINE, RULES, T0, calm, minute, predose, reading

BY_CODE = {rule.code: rule for rule in RULES}


def found(at: int | None = 40, **values: Any) -> dict[str, Raised]:
    taken = reading(-5 if at is None else at, **values)
    return {entry.rule: entry for entry in judge(taken, RULES, baseline=BASELINE, minute=at, age_years=44)}


@pytest.mark.parametrize(
    ("values", "at", "expected"),
    [
        ({"sbp": 179, "dbp": 90}, 40, {"E2"}),
        ({"sbp": 180, "dbp": 90}, 40, {"E1", "E2"}),
        ({"sbp": 150, "dbp": 110}, 40, {"E1", "E2"}),
        ({"sbp": 150, "dbp": 109}, 40, {"E2"}),
        ({"sbp": 161, "dbp": 85}, 40, set()),
        ({"sbp": 162, "dbp": 85}, 40, {"E2"}),
        ({"sbp": 130, "dbp": 102}, 40, set()),
        ({"sbp": 130, "dbp": 103}, 40, {"E2"}),
        ({"sbp": 160, "dbp": 85}, 89, set()),
        ({"sbp": 160, "dbp": 85}, 90, {"E3"}),
        ({"sbp": 159, "dbp": 99}, 90, set()),
        ({"sbp": 150, "dbp": 100}, 120, {"E3"}),
        ({"crisis_symptom": True}, 20, {"E4"}),
        ({"crisis_symptom": False}, 20, set()),
        ({"moaas": 5}, 30, set()),
        ({"moaas": 4}, 30, {"E5"}),
        ({"moaas": 3}, 30, {"E6"}),
        ({"moaas": 2}, 30, {"E6"}),
        ({"moaas": 1}, 30, {"E6", "E7"}),
        ({"moaas": 0}, 30, {"E6", "E7"}),
        ({"spo2": 93}, 30, set()),
        ({"spo2": 92}, 30, {"E8"}),
        ({"rr": 10}, 40, set()),
        ({"rr": 9}, 40, {"E9"}),
        ({"rr": 14, "apnoea": True}, 40, {"E9"}),
        ({"cadss_total": 4}, 40, set()),
        ({"cadss_total": 5}, 40, {"E10"}),
        ({"bprs_total": 3}, 40, set()),
        ({"bprs_total": 4}, 40, {"E11"}),
        ({"cssrs_ideation": 3}, 60, set()),
        ({"cssrs_ideation": 4}, 60, {"E12"}),
        ({"cssrs_behavior": True}, 60, {"E12"}),
        ({"dose_disturbed": True}, 3, {"E13"}),
        ({"dose_disturbed": False}, 3, set()),
        ({}, 40, set()),
    ],
)
def test_each_rule_finds_what_the_protocol_says_and_nothing_else(
    values: Any, at: int, expected: set[str]
) -> None:
    assert set(found(at, **values)) == expected


def test_every_rule_of_the_plan_can_be_found() -> None:
    vectors = [
        {"sbp": 182, "dbp": 112, "moaas": 0, "spo2": 80, "rr": 4, "cadss_total": 30, "bprs_total": 9},
        {"crisis_symptom": True, "cssrs_ideation": 5, "dose_disturbed": True, "moaas": 4},
    ]
    assert set().union(*(found(95, **vector) for vector in vectors)) == set(BY_CODE)


def test_a_rise_is_unknown_without_a_predose_value_and_then_finds_nothing() -> None:
    bare = baseline_of((), T0)
    assert {entry.rule for entry in judge(calm(40, cadss_total=30), RULES, baseline=bare, minute=40)} == set()


def test_dissociation_present_before_the_dose_is_no_finding() -> None:
    already = baseline_of((reading(-10, cadss_total=12),), T0)
    assert not judge(reading(40, cadss_total=12), RULES, baseline=already, minute=40)


def test_the_baseline_is_the_latest_predose_value_of_each_measure() -> None:
    values = baseline_of(
        (reading(-30, sbp=150, dbp=88, moaas=5), reading(-10, sbp=132, dbp=80), reading(5, sbp=170, dbp=95)),
        T0,
    )
    assert (values.sbp, values.dbp, values.moaas) == (132, 80, 5)


def test_a_finding_says_what_to_do_whom_to_tell_and_when_to_look_again() -> None:
    one = found(40, sbp=184, dbp=112)["E1"]
    assert one.severity == "urgent"
    assert one.notify == ("INVESTIGATOR", "SESSION_NURSE")
    assert one.recheck_at == minute(45)
    assert "184" in one.message
    assert "112" in one.message
    assert "at 40 min" in one.message


def test_limits_before_the_dose_are_found_too() -> None:
    assert set(found(None, sbp=185, dbp=95)) == {"E1"}
    assert found(None, spo2=90)["E8"].message.endswith("before the dose")


def open_after(*readings: Reading, known: list[Known]) -> list[OpenFinding]:
    return list(still_open(known, [predose(), *readings], RULES, baseline=BASELINE, minute_of=lambda one: 95))


def test_a_finding_stays_open_until_a_later_reading_ends_it() -> None:
    known = [Known("E1", minute(40))]
    assert [one.rule for one in open_after(known=known)] == ["E1"]
    assert [one.rule for one in open_after(reading(45, sbp=181, dbp=95), known=known)] == ["E1"]
    assert open_after(reading(45, sbp=170, dbp=95), known=known) == []


def test_an_earlier_reading_ends_nothing() -> None:
    assert open_after(reading(39, sbp=120, dbp=80), known=[Known("E1", minute(40))])


def test_a_reading_of_something_else_ends_nothing() -> None:
    assert open_after(reading(45, spo2=99, moaas=5), known=[Known("E1", minute(40))])


def test_a_sign_asked_again_and_gone_ends_the_finding() -> None:
    known = [Known("E4", minute(20))]
    assert open_after(calm(25), known=known)
    assert open_after(reading(25, crisis_symptom=False), known=known) == []


def test_unresponsiveness_is_over_only_at_four() -> None:
    known = [Known("E7", minute(30))]
    assert open_after(reading(35, moaas=3), known=known)
    assert open_after(reading(40, moaas=4), known=known) == []


def test_apnoea_seen_with_a_normal_rate_does_not_end_itself() -> None:
    known = [Known("E9", minute(30))]
    assert open_after(reading(35, rr=14, apnoea=True), known=known)
    assert open_after(reading(40, rr=14, apnoea=False), known=known) == []


def test_the_recheck_is_due_again_after_every_look_that_ends_nothing() -> None:
    known = [Known("E7", minute(30))]
    assert open_after(known=known)[0].recheck_at == minute(35)
    assert open_after(reading(33, spo2=97), known=known)[0].recheck_at == minute(35), "something else"
    assert open_after(reading(36, moaas=2), known=known)[0].recheck_at == minute(41)
    assert open_after(reading(36, moaas=2), reading(41, moaas=3), known=known)[0].recheck_at == minute(46)
    assert open_after(reading(36, moaas=2), reading(41, moaas=4), known=known) == []


def test_a_pressure_read_by_half_ends_nothing_and_is_no_look() -> None:
    (one,) = open_after(reading(46, sbp=150), known=[Known("E1", minute(40))])
    assert (one.rule, one.recheck_at) == ("E1", minute(45))


@pytest.mark.parametrize(
    ("rule", "minutes", "still"), [("E1", 5, {"sbp": 185, "dbp": 95}), ("E3", 30, {"sbp": 165, "dbp": 90})]
)
def test_each_reading_that_finds_it_again_sets_the_next_look(
    rule: str, minutes: int, still: dict[str, int]
) -> None:
    known = [Known(rule, minute(95)), Known(rule, minute(95 + minutes))]
    again = reading(95 + minutes, **still)
    one = next(entry for entry in open_after(again, known=known) if entry.rule == rule)
    assert one.recheck_at == minute(95 + 2 * minutes)


def test_the_gravest_stands_first_and_a_rule_stands_once() -> None:
    known = [
        Known("E2", minute(20)),
        Known("E1", minute(30)),
        Known("E2", minute(40)),
        Known("OVERDUE", minute(41)),
    ]
    assert [(one.rule, one.raised_at) for one in open_after(known=known)] == [
        ("E1", minute(30)),
        ("E2", minute(40)),
    ]


def test_the_measures_of_a_rule_are_those_it_reads() -> None:
    assert measures_of(BY_CODE["E3"]) == ("bp",)
    assert measures_of(BY_CODE["E4"]) == ()


def test_limits_for_charts_come_from_the_triggers() -> None:
    drawn = {
        (limit.key, str(limit.value), limit.severity, limit.from_minute)
        for limit in limits_of(RULES, age_years=44)
    }
    assert ("sbp", "180", "urgent", None) in drawn
    assert ("sbp", "160", "watch", 90) in drawn
    assert ("spo2", "93", "urgent", None) in drawn
