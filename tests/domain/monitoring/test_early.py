"""Leaving before every condition holds: for a category, with a reason, and not against everything."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.dosing.domain.session import EarlyClearance
from apps.monitoring.domain.clearance import assess, conditions_kept, rule_digest
from apps.monitoring.domain.conditions import Statement, Verdict
from apps.monitoring.domain.early import Kept, early_clearance
from apps.monitoring.domain.findings import OpenFinding

from .story import BASELINE, DISCHARGE, EVERYTHING_CONFIRMED, LAST_SPRAY, T0, calm, minute, predose

SESSION = UUID(int=7)
GOOD = (predose(), calm(40), calm(60))
EMERGENCY = OpenFinding("E9", "Breathing", "emergency", minute(50), None)
URGENT = OpenFinding("E8", "Oxygen saturation", "urgent", minute(50), None)
assert DISCHARGE.early is not None
CATEGORIES = {category.code: category for category in DISCHARGE.early.categories}


def verdicts(
    now: float = 61, *, findings: tuple[OpenFinding, ...] = (), statement: Statement = EVERYTHING_CONFIRMED
) -> tuple[Verdict, ...]:
    return assess(
        rule=DISCHARGE,
        readings=GOOD,
        baseline=BASELINE,
        findings=findings,
        dosed_at=T0,
        last_spray_at=LAST_SPRAY,
        statement=statement,
        now=minute(now),
    )


def ask(found: tuple[Verdict, ...], **changes: Any) -> EarlyClearance | Kept:
    given: dict[str, Any] = {
        "session_id": SESSION,
        "rule": DISCHARGE,
        "verdicts": found,
        "readings": GOOD,
        "category": "INSISTS",
        "reason": "Wants to fetch a child; told of the risk.",
        "dosed_at": T0,
        "now": minute(61),
    }
    return early_clearance(**{**given, **changes})


def codes(answer: EarlyClearance | Kept) -> list[tuple[str, str]]:
    assert isinstance(answer, Kept)
    return [(reason.code, reason.field) for reason in answer.reasons]


def test_who_insists_goes_and_the_proof_says_against_what() -> None:
    answer = ask(verdicts())
    assert isinstance(answer, EarlyClearance)
    assert (answer.category, answer.unmet, answer.minutes_observed) == ("INSISTS", ("TIME",), 61)
    assert (answer.observation_count, answer.rule_digest) == (2, rule_digest(DISCHARGE))


def test_what_is_not_confirmed_stays_unmet_and_on_record() -> None:
    found = verdicts(statement=Statement(confirmed=frozenset({"TOLD"})))
    answer = ask(found)
    assert isinstance(answer, EarlyClearance)
    assert answer.unmet == ("TIME", "EVENTS", "ESCORT")
    kept = {entry["code"]: entry for entry in conditions_kept(found)}
    assert (kept["ESCORT"]["met"], kept["TOLD"]["met"]) == (False, True)
    assert kept["TIME"]["found"] == "61 minutes"
    assert kept["TIME"]["needed"] == "59 more minutes"


def test_an_open_emergency_keeps_who_insists_and_not_who_is_taken_to_care() -> None:
    found = verdicts(findings=(EMERGENCY,))
    assert codes(ask(found)) == [("never_overridden", "EMERGENCY")]
    answer = ask(found, category="TO_CARE")
    assert isinstance(answer, EarlyClearance)
    assert answer.unmet == ("TIME", "EMERGENCY")


def test_an_urgent_finding_does_not_keep_who_insists_but_another_reason_does_not_beat_it() -> None:
    found = verdicts(findings=(URGENT,))
    assert isinstance(ask(found), EarlyClearance)
    assert codes(ask(found, category="OTHER")) == [("never_overridden", "FINDINGS")]


def test_when_everything_holds_there_is_nothing_to_override() -> None:
    late = (predose(), calm(118))
    found = assess(
        rule=DISCHARGE,
        readings=late,
        baseline=BASELINE,
        findings=(),
        dosed_at=T0,
        last_spray_at=LAST_SPRAY,
        statement=EVERYTHING_CONFIRMED,
        now=minute(121),
    )
    assert codes(ask(found, readings=late, now=minute(121))) == [("nothing_unmet", "")]


def test_every_ground_is_named_at_once() -> None:
    assert codes(ask(verdicts(), category="WHIM", reason=" ")) == [
        ("unknown_category", "category"),
        ("reason_missing", "reason"),
    ]
    assert codes(ask(verdicts(), reason="x" * 1001)) == [("too_long", "reason")]


def test_a_protocol_without_early_release_lets_nobody_go_early() -> None:
    rule = DISCHARGE.model_copy(update={"early": None})
    assert codes(ask(verdicts(), rule=rule)) == [("no_early_release", "")]


@given(
    unmet=st.sets(st.sampled_from([condition.code for condition in DISCHARGE.conditions] + ["TIME"])),
    category=st.sampled_from(sorted(CATEGORIES)),
)
def test_a_proof_never_stands_against_what_its_category_may_not(unmet: set[str], category: str) -> None:
    found = tuple(
        Verdict(code, code, "x", met=code not in unmet)
        for code in ["TIME", *(condition.code for condition in DISCHARGE.conditions)]
    )
    answer = ask(found, category=category)
    if isinstance(answer, EarlyClearance):
        assert unmet == set(answer.unmet)
        assert unmet
        assert not unmet & set(CATEGORIES[category].never)
    else:
        assert not unmet or unmet & set(CATEGORIES[category].never)


@pytest.mark.parametrize("dosed_at", [None])
def test_without_a_spray_there_is_nothing_to_leave(dosed_at: None) -> None:
    assert isinstance(ask(verdicts(), dosed_at=dosed_at), Kept)
