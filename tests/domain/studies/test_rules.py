"""The rule language: Kleene's three values, and exact numbers at the limits of the trials."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from apps.studies.domain.rules import (
    All,
    AnyOf,
    Not,
    Rule,
    as_number,
    evaluate,
    facts_of,
    judge,
    missing_facts,
)

READ: TypeAdapter[Any] = TypeAdapter(Rule)
KEYS = ("alpha", "beta", "gamma", "delta")
OPS = ("==", "!=", "<", "<=", ">", ">=")


def rule(**fields: Any) -> Any:
    return READ.validate_python(fields)


numbers = st.integers(-5, 5) | st.floats(-5, 5, allow_nan=False)
leaves = st.one_of(
    st.builds(
        lambda key, op, value: {"fact": key, "op": op, "value": value},
        st.sampled_from(KEYS),
        st.sampled_from(OPS),
        numbers,
    ),
    st.builds(
        lambda key, op, other: {"fact": key, "op": op, "value": {"fact": other}},
        st.sampled_from(KEYS),
        st.sampled_from(OPS),
        st.sampled_from(KEYS),
    ),
    st.builds(
        lambda key, pair: {"fact": key, "between": sorted(pair)},
        st.sampled_from(KEYS),
        st.tuples(numbers, numbers),
    ),
    st.builds(
        lambda key, items: {"fact": key, "in": items}, st.sampled_from(KEYS), st.lists(numbers, min_size=1)
    ),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=4)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=4)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=8,
)
rules = trees.map(READ.validate_python)
partial_facts = st.dictionaries(st.sampled_from(KEYS), numbers)
complete_facts = st.fixed_dictionaries(dict.fromkeys(KEYS, numbers))


@given(rules, complete_facts)
def test_with_every_fact_known_every_rule_is_decided(some_rule: Any, facts: dict[str, Any]) -> None:
    assert evaluate(some_rule, facts) in (True, False)
    assert missing_facts(some_rule, facts) == ()


@given(rules, partial_facts, complete_facts)
def test_what_is_decided_stays_so_when_more_becomes_known(some_rule: Any, known: Any, more: Any) -> None:
    before = evaluate(some_rule, known)
    if before is not None:
        assert evaluate(some_rule, {**more, **known}) is before


@given(rules, partial_facts)
def test_asked_for_its_value_alone_a_rule_says_the_same(some_rule: Any, known: Any) -> None:
    assert evaluate(some_rule, known) is judge(some_rule, known).value


@given(rules, partial_facts)
def test_an_undecided_rule_names_facts_it_mentions_that_are_missing(some_rule: Any, known: Any) -> None:
    judgement = judge(some_rule, known)
    if judgement.value is None:
        assert judgement.missing
        assert set(judgement.missing) <= facts_of(some_rule) - set(known)
    else:
        assert judgement.missing == ()


@given(st.lists(rules, min_size=1, max_size=4), partial_facts)
def test_de_morgan_holds_with_missing_facts(parts: list[Any], known: Any) -> None:

    not_all = Not(not_=All(all=tuple(parts)))
    any_not = AnyOf(any=tuple(Not(not_=part) for part in parts))
    assert evaluate(not_all, known) is evaluate(any_not, known)


@given(rules, partial_facts)
def test_not_not_is_the_same_and_nothing_is_both(some_rule: Any, known: Any) -> None:

    assert evaluate(Not(not_=Not(not_=some_rule)), known) is evaluate(some_rule, known)
    assert evaluate(All(all=(some_rule, Not(not_=some_rule))), known) is not True
    assert evaluate(AnyOf(any=(some_rule, Not(not_=some_rule))), known) is not False


@given(st.permutations(range(3)), st.lists(rules, min_size=3, max_size=3), partial_facts)
def test_order_of_parts_is_of_no_matter(order: list[int], parts: list[Any], known: Any) -> None:

    for whole in (lambda some: All(all=tuple(some)), lambda some: AnyOf(any=tuple(some))):
        assert judge(whole(parts), known) == judge(whole([parts[place] for place in order]), known)


@given(rules)
def test_a_rule_survives_being_stored(some_rule: Any) -> None:
    assert READ.validate_json(READ.dump_json(some_rule, by_alias=True)) == some_rule


TRUE, FALSE, OPEN = (
    {"fact": "one", "op": "==", "value": 1},
    {"fact": "one", "op": "==", "value": 2},
    {"fact": "x", "op": "==", "value": 1},
)


@pytest.mark.parametrize(
    ("tree", "value", "missing"),
    [
        ({"all": [TRUE, OPEN]}, None, ("x",)),
        ({"all": [FALSE, OPEN]}, False, ()),
        ({"any": [TRUE, OPEN]}, True, ()),
        ({"any": [FALSE, OPEN]}, None, ("x",)),
        ({"not": OPEN}, None, ("x",)),
        ({"not": TRUE}, False, ()),
    ],
)
def test_kleenes_table(tree: Any, value: bool | None, missing: tuple[str, ...]) -> None:
    judgement = judge(READ.validate_python(tree), {"one": 1})
    assert (judgement.value, judgement.missing) == (value, missing)


@pytest.mark.parametrize(
    ("age", "sbp", "dbp", "withheld"),
    [
        (64, 141, 80, True),
        (64, 140, 90, False),
        (65, 148, 90, False),
        (65, 151, 88, True),
        (70, 120, 91, True),
    ],
)
def test_a_limit_by_age_is_exact_at_its_edges(age: int, sbp: int, dbp: int, withheld: bool) -> None:
    limit = {"by_age": [{"from_age": 0, "value": 140}, {"from_age": 65, "value": 150}]}
    high = READ.validate_python(
        {"any": [{"fact": "sbp", "op": ">", "value": limit}, {"fact": "dbp", "op": ">", "value": 90}]}
    )
    assert evaluate(high, {"age_years": age, "sbp": sbp, "dbp": dbp}) is withheld


def test_a_limit_by_age_names_the_age_when_it_is_missing() -> None:
    high = rule(fact="sbp", op=">", value={"by_age": 140})
    assert missing_facts(high, {"sbp": 130}) == ("age_years",)


@pytest.mark.parametrize(
    ("start", "end", "met"),
    [(40, 30, True), (40, 29, False), (36, 27, True), (28, 28, True), (33, 24, False)],
)
def test_percent_change_is_exact_at_a_quarter(start: int, end: int, met: bool) -> None:
    at_most_a_quarter = rule(percent_change={"from": "first", "to": "last"}, op=">=", value=-25)
    assert evaluate(at_most_a_quarter, {"first": start, "last": end}) is met


def test_from_zero_there_is_no_percentage() -> None:
    change = rule(percent_change={"from": "first", "to": "last"}, op=">=", value=-25)
    assert judge(change, {"first": 0, "last": 0}).missing == ("first",)
    assert judge(change, {}).missing == ("first", "last")


def test_one_tenth_is_one_tenth_however_it_is_written() -> None:
    for tenth in (0.1, Decimal("0.1"), Decimal("0.10")):
        assert evaluate(rule(fact="x", op="==", value=0.1), {"x": tenth}) is True


@pytest.mark.parametrize("wrong", ["36", True, date(2026, 1, 1), float("nan"), float("inf"), Decimal("NaN")])
def test_a_fact_of_the_wrong_kind_counts_as_missing(wrong: Any) -> None:
    judgement = judge(rule(fact="x", op=">=", value=28), {"x": wrong})
    assert (judgement.value, judgement.missing) == (None, ("x",))
    assert as_number(wrong) is None


def test_dates_compare_with_dates_and_with_iso_text() -> None:
    after = rule(fact="signed", op="<=", value="2026-03-10")
    assert evaluate(after, {"signed": date(2026, 3, 10)}) is True
    assert evaluate(after, {"signed": date(2026, 3, 11)}) is False
    assert evaluate(rule(fact="signed", op="<=", value="soon"), {"signed": date(2026, 3, 10)}) is None


def test_words_are_equal_or_not_but_never_greater() -> None:
    assert evaluate(rule(fact="course", op="==", value="recurrent"), {"course": "recurrent"}) is True
    assert evaluate(rule(fact="course", op=">", value="recurrent"), {"course": "single"}) is None
    assert evaluate(rule(fact="course", **{"in": ["a", "b"]}), {"course": "c"}) is False


@pytest.mark.parametrize(
    "tree",
    [
        {},
        [],
        "age > 3",
        {"all": []},
        {"fact": "x"},
        {"fact": "x", "op": "=>", "value": 1},
        {"fact": "x", "between": [3, 1]},
        {"fact": "X Y", "op": "==", "value": 1},
        {"fact": "x", "op": "==", "value": 1, "extra": 1},
        {"fact": "x", "op": "==", "value": float("nan")},
        {"any": [{"not": 3}]},
        {"fact": "x", "op": ">", "value": {"by_age": [{"from_age": 18, "value": 1}]}},
    ],
)
def test_what_is_no_rule_is_refused(tree: Any) -> None:
    with pytest.raises(ValidationError):
        READ.validate_python(tree)
