"""The readiness checklist: answered by the record, open where it does not know."""

from __future__ import annotations

from dataclasses import replace

from apps.papers.domain.readiness import Line, readiness_of
from apps.papers.domain.record import Record
from tests.domain.monitoring.story import PROTOCOL

from .story import conditions, gates, record


def lines(made: Record) -> dict[str, Line]:
    found = readiness_of(made)
    assert found is not None
    return {line.code: line for part in found.parts for line in part.lines}


def test_a_finished_calm_session_answers_every_line_with_yes() -> None:
    assert {line.answer for line in lines(record()).values()} == {True}


def test_an_override_is_no_yes_and_says_why() -> None:
    given = tuple(
        replace(gate, reason="Always so") if gate.code == "BP" else gate for gate in gates(BP="OVERRIDDEN")
    )
    line = lines(record(gates=given))["PRE_BP"]
    assert line.answer is False
    assert "Overridden: Always so" in line.found


def test_a_gate_nobody_answered_leaves_the_box_open() -> None:
    assert lines(record(gates=gates(FOOD="")))["PRE_FAST"].answer is None
    assert lines(record(gates=gates(FOOD="", LIQUID="HELD")))["PRE_FAST"].answer is False


def test_the_signers_word_is_open_until_signed_and_no_when_released_without_it() -> None:
    unmet = conditions(ESCORT="To be confirmed by the person who signs")
    assert lines(record(ended=None, conditions=unmet))["OUT_ESCORT"].answer is None
    assert lines(record(conditions=unmet))["OUT_ESCORT"].answer is False


def test_what_is_not_met_says_what_would_meet_it() -> None:
    line = lines(record(conditions=conditions(TIME="59 more minutes")))["OUT_TIME"]
    assert line.answer is False
    assert "59 more minutes" in line.found


def test_a_protocol_without_a_checklist_has_none() -> None:
    rule = PROTOCOL.discharge.model_copy(update={"checklist": None})
    assert readiness_of(record(protocol=PROTOCOL.model_copy(update={"discharge": rule}))) is None
