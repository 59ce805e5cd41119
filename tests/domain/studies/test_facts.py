"""What was typed becomes a value a rule can read, or a reason that names the fact."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.studies.domain.facts import FactsInvalid, fact_value, facts_read, with_derived
from apps.studies.domain.protocol import Fact, Protocol


def fact(kind: Any, **fields: Any) -> Fact:
    return Fact(key="it", label="It", kind=kind, **fields)


CHOICE = fact("choice", choices=({"code": "a", "label": "A"}, {"code": "b", "label": "B"}))
WHOLE = fact("integer", minimum=0, maximum=60, unit="points")
BROKEN = fact("number", minimum=0.5, maximum=10)


@pytest.mark.parametrize(
    ("of", "raw", "value"),
    [
        (WHOLE, 28, 28),
        (WHOLE, "28", 28),
        (WHOLE, " 28.0 ", 28),
        (BROKEN, "1.5", 1.5),
        (BROKEN, 0.5, 0.5),
        (fact("bool"), True, True),
        (fact("bool"), "no", False),
        (CHOICE, "a", "a"),
        (fact("date"), "2026-03-10", date(2026, 3, 10)),
        (fact("text"), "  words ", "words"),
    ],
)
def test_a_good_answer_is_a_value(of: Fact, raw: object, value: object) -> None:
    read = fact_value(of, raw)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("of", "raw", "words"),
    [
        (WHOLE, 61, "at most 60 points"),
        (WHOLE, -1, "at least 0"),
        (WHOLE, 28.5, "whole number"),
        (WHOLE, "many", "number"),
        (WHOLE, True, "number"),
        (WHOLE, [28], "number"),
        (WHOLE, "1" * 400, "number"),
        (BROKEN, "NaN", "number"),
        (BROKEN, float("inf"), "number"),
        (BROKEN, "1e9999", "number"),
        (fact("bool"), 1, "yes or no"),
        (fact("bool"), "perhaps", "yes or no"),
        (CHOICE, "c", "one of A, B"),
        (CHOICE, {}, "one of A, B"),
        (fact("date"), "10.3.2026", "year-month-day"),
        (fact("date"), 5, "year-month-day"),
        (fact("text"), "\x00", "text"),
        (fact("text"), "x" * 3000, "text"),
    ],
)
def test_a_wrong_answer_says_what_is_expected(of: Fact, raw: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fact_value(of, raw)


@given(
    st.sampled_from([WHOLE, BROKEN, CHOICE, fact("bool"), fact("date"), fact("text")]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()),
)
def test_whatever_comes_it_is_a_value_or_a_reason(of: Fact, raw: object) -> None:
    try:
        said = set(facts_read([of], {"it": raw}))
    except FactsInvalid as refused:
        said = {reason.field for reason in refused.reasons}
    assert said <= {"it"}


def test_every_wrong_answer_is_named_at_once(transform_2: Protocol) -> None:
    with pytest.raises(FactsInvalid) as caught:
        facts_read(transform_2.facts, {"idsc30_total": 99, "bmi": 22, "mood": 1, "age_years": 40, "sex": ""})
    assert {reason.field for reason in caught.value.reasons} == {"idsc30_total", "bmi", "mood"}


def test_body_mass_index_is_computed_and_never_kept_when_its_parts_are_gone(transform_2: Protocol) -> None:
    assert with_derived(transform_2.facts, {"weight_kg": 70, "height_cm": 175})["bmi"] == 22.9
    assert "bmi" not in with_derived(transform_2.facts, {"weight_kg": 70, "bmi": 30})
    assert "bmi" not in with_derived(transform_2.facts, {"weight_kg": 70, "height_cm": 0})
