"""What may be said of a fact: strict kinds, limits, finite numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.screening.domain.facts import Known, facts_of
from apps.screening.domain.values import (
    body_mass_index,
    fact_value,
    read_judgement,
    read_value,
    typed,
)
from apps.studies.domain.loading import load_shipped
from apps.studies.domain.protocol import Choice, Fact

KINDS = {
    "number": Fact(key="n", label="N", kind="number", minimum=25, maximum=300, unit="kg"),
    "integer": Fact(key="i", label="I", kind="integer", minimum=0, maximum=84),
    "unlimited": Fact(key="u", label="U", kind="number"),
    "bool": Fact(key="b", label="B", kind="bool"),
    "choice": Fact(
        key="c",
        label="C",
        kind="choice",
        choices=(Choice(code="on", label="On"), Choice(code="off", label="Off")),
    ),
    "date": Fact(key="d", label="D", kind="date"),
    "text": Fact(key="t", label="T", kind="text"),
}


@pytest.mark.parametrize(
    ("kind", "given_value", "stored"),
    [
        ("number", 25, 25),
        ("number", 300.0, 300.0),
        ("number", 72.5, 72.5),
        ("integer", 84, 84),
        ("integer", 34.0, 34),
        ("bool", False, False),
        ("choice", "off", "off"),
        ("date", "2026-02-28", "2026-02-28"),
        ("text", "  words ", "words"),
        ("text", " ", None),
        *[(kind, None, None) for kind in KINDS],
    ],
)
def test_a_value_of_the_right_kind_is_kept(kind, given_value, stored):
    read = read_value(KINDS[kind], given_value)
    assert read.reason is None
    assert (type(read.value), read.value) == (type(stored), stored)


@pytest.mark.parametrize(
    ("kind", "given_value", "code"),
    [
        ("number", 24.999, "out_of_range"),
        ("number", 301, "out_of_range"),
        ("number", "72", "kind"),
        ("number", True, "kind"),
        ("number", math.nan, "not_finite"),
        ("number", math.inf, "not_finite"),
        ("number", [1], "kind"),
        ("unlimited", 10**400, "out_of_range"),
        ("unlimited", -(10**10), "out_of_range"),
        ("integer", 33.5, "kind"),
        ("integer", -1, "out_of_range"),
        ("integer", {}, "kind"),
        ("bool", 1, "kind"),
        ("bool", "yes", "kind"),
        ("choice", "maybe", "unknown_choice"),
        ("choice", True, "unknown_choice"),
        ("choice", ["on"], "unknown_choice"),
        ("date", "2026-02-30", "kind"),
        ("date", "10.03.2026", "kind"),
        ("date", 20260310, "kind"),
        ("text", "a\x00b", "kind"),
        ("text", "\ud800", "kind"),
        ("text", "x" * 2001, "too_long"),
        ("text", 5, "kind"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_with_a_code(kind, given_value, code):
    read = read_value(KINDS[kind], given_value)
    assert (read.value, read.reason.code, read.reason.field) == (None, code, "value")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(KINDS)), anything)
def test_whatever_is_sent_is_read_or_refused_and_never_breaks(kind, given_value):
    read = read_value(KINDS[kind], given_value)
    assert read.value is None or read.reason is None
    if isinstance(read.value, float):
        assert math.isfinite(read.value)


@given(anything)
def test_a_judgement_is_yes_no_or_nothing(given_value):
    read = read_judgement(given_value)
    assert (read.reason is None) == (given_value is None or isinstance(given_value, bool))


@pytest.mark.parametrize(
    ("kind", "words", "value"),
    [
        ("number", "72,5", 72.5),
        ("number", "72.5", 72.5),
        ("integer", " 34 ", 34),
        ("integer", "34.0", 34.0),
        ("integer", "34.5", 34.5),
        ("number", "1e5", "1e5"),
        ("number", "9" * 500, "9" * 500),
        ("bool", "yes", True),
        ("bool", "no", False),
        ("bool", "na", None),
        ("choice", "", None),
        ("choice", "on", "on"),
        ("date", "2026-03-10", "2026-03-10"),
    ],
)
def test_what_is_typed_becomes_the_kind_the_fact_wants_or_stays_text(kind, words, value):
    found = typed(KINDS[kind], words)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("weight", "height", "index"),
    [
        (70, 170, 24.2),
        (115.6, 170, 40.0),
        (52, 170, 18.0),
        (70, 0, None),
        (None, 170, None),
        (True, 170, None),
    ],
)
def test_body_mass_index_is_rounded_to_one_decimal(weight, height, index):
    assert body_mass_index(weight, height) == index


def test_stored_days_become_dates_for_rules():
    assert fact_value(KINDS["date"], "2026-03-10").isoformat() == "2026-03-10"
    assert fact_value(KINDS["text"], {"a": 1}) is None


def test_facts_come_from_answers_the_person_ratings_and_each_other():
    protocol = load_shipped("transform_2")
    known = Known(
        age_years=44,
        sex="M",
        country="DE",
        site="DE01",
        entered={"weight_kg": 70, "height_cm": 170},
        totals={"MADRS": {"SW1": 38, "SW1.2": 20, "SW2": None}},
    )
    facts = facts_of(protocol, known)
    assert (facts["age_years"], facts["sex"], facts["bmi"]) == (44, "male", 24.2)
    assert (facts["madrs_week_1"], facts["madrs_week_2"], facts["madrs_week_4"]) == (38, None, None)
    assert set(facts) == {fact.key for fact in protocol.facts}


def test_a_repeated_screening_reads_its_own_ratings():
    protocol = load_shipped("transform_2")
    known = Known(44, "M", "DE", "DE01", {}, {"MADRS": {"SW1": 38, "SW1.2": 20}}, attempt=2)
    assert facts_of(protocol, known)["madrs_week_1"] == 20
