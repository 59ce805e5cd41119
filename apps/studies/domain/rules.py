"""The three-valued evaluator of rules.

A rule is True, False, or undecided because a fact is missing. Undecided follows Kleene's strong logic: an `any` with
one true part is true whatever is missing, an `all` with one false part is false.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import assert_never

from apps.studies.domain.rule_shapes import (
    AgeLimit,
    All,
    AnyOf,
    Between,
    Compare,
    FactRef,
    FromTo,
    Not,
    OneOf,
    Op,
    PercentChange,
    Rule,
    Scalar,
)

__all__ = [
    "AgeLimit",
    "All",
    "AnyOf",
    "Between",
    "Compare",
    "FactRef",
    "FactValue",
    "Facts",
    "FromTo",
    "Judgement",
    "Not",
    "OneOf",
    "Op",
    "PercentChange",
    "Rule",
    "Scalar",
    "as_number",
    "evaluate",
    "facts_of",
    "judge",
    "missing_facts",
]

FactValue = bool | int | float | Decimal | str | date | None
Facts = Mapping[str, FactValue]


@dataclass(frozen=True)
class Judgement:
    """What a rule says of some facts, and which facts it still needs when it says nothing."""

    value: bool | None
    missing: tuple[str, ...] = ()


def evaluate(rule: Rule, facts: Facts) -> bool | None:
    """True or False, or None when a fact the answer depends on is missing or of the wrong kind.

    The value of `judge`, without the work of naming what is missing: rules of the chairside are asked this way.
    """
    if isinstance(rule, Compare):
        return _answer(rule, facts)
    if isinstance(rule, (All, AnyOf)):
        decisive = isinstance(rule, AnyOf)
        is_open = False
        for part in rule.any if isinstance(rule, AnyOf) else rule.all:
            value = evaluate(part, facts)
            if value is decisive:
                return decisive
            is_open = is_open or value is None
        return None if is_open else not decisive
    return judge(rule, facts).value


def missing_facts(rule: Rule, facts: Facts) -> tuple[str, ...]:
    """The facts that keep the rule undecided, sorted; empty when it is decided."""
    return judge(rule, facts).missing


def judge(rule: Rule, facts: Facts) -> Judgement:
    """The value of the rule and, when undecided, the missing facts.

    A fact of the wrong kind (a word where a number is compared) counts as missing: an undecided rule never
    makes anybody eligible.
    """
    if isinstance(rule, All):
        return _join([judge(part, facts) for part in rule.all], decisive=False)
    if isinstance(rule, AnyOf):
        return _join([judge(part, facts) for part in rule.any], decisive=True)
    if isinstance(rule, Not):
        inner = judge(rule.not_, facts)
        return Judgement(None if inner.value is None else not inner.value, inner.missing)
    if isinstance(rule, Compare):
        return _compare(rule, facts)
    if isinstance(rule, Between):
        number = as_number(facts.get(rule.fact))
        if number is None:
            return Judgement(None, (rule.fact,))
        low, high = (_exact(limit) for limit in rule.between)
        return Judgement(low <= number <= high)
    if isinstance(rule, OneOf):
        value = facts.get(rule.fact)
        if value is None:
            return Judgement(None, (rule.fact,))
        answers = [_holds(value, "==", item) for item in rule.in_]
        return (
            Judgement(None, (rule.fact,))
            if None in answers and True not in answers
            else Judgement(True in answers)
        )
    if isinstance(rule, PercentChange):
        return _percent_change(rule, facts)
    assert_never(rule)


def facts_of(rule: Rule) -> frozenset[str]:
    """Every fact the rule mentions."""
    if isinstance(rule, (All, AnyOf)):
        parts = rule.all if isinstance(rule, All) else rule.any
        return frozenset().union(*(facts_of(part) for part in parts))
    if isinstance(rule, Not):
        return facts_of(rule.not_)
    if isinstance(rule, PercentChange):
        return frozenset({rule.percent_change.from_, rule.percent_change.to})
    if isinstance(rule, Compare):
        if isinstance(rule.value, FactRef):
            return frozenset({rule.fact, rule.value.fact})
        if isinstance(rule.value, AgeLimit):
            return frozenset({rule.fact, rule.value.age_fact})
    return frozenset({rule.fact})


def as_number(value: FactValue) -> Fraction | None:
    """The exact number a fact holds; None for anything but a finite number (a bool is not a number)."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    try:
        return _exact(value)
    except (ValueError, OverflowError, ArithmeticError):
        return None


@lru_cache(maxsize=4096, typed=True)  # typed: a float and the decimal equal to it may read differently
def _exact(value: int | float | Decimal) -> Fraction:
    # Through the shortest decimal text: 0.1 means one tenth, not the nearest binary fraction.
    return Fraction(str(value))


def _join(parts: list[Judgement], *, decisive: bool) -> Judgement:
    if any(part.value is decisive for part in parts):
        return Judgement(decisive)
    missing = sorted({key for part in parts for key in part.missing})
    return Judgement(None, tuple(missing)) if missing else Judgement(not decisive)


def _compare(rule: Compare, facts: Facts) -> Judgement:
    answer = _answer(rule, facts)
    if answer is not None:
        return Judgement(answer)
    needed = [rule.fact]
    if isinstance(rule.value, FactRef):
        needed.append(rule.value.fact)
    elif isinstance(rule.value, AgeLimit) and as_number(facts.get(rule.value.age_fact)) is None:
        needed.append(rule.value.age_fact)
    absent = [key for key in needed if facts.get(key) is None]
    return Judgement(None, tuple(sorted(set(absent or needed))))


def _answer(rule: Compare, facts: Facts) -> bool | None:
    left = facts.get(rule.fact)
    if left is None:
        return None
    right: FactValue = None
    if isinstance(rule.value, FactRef):
        right = facts.get(rule.value.fact)
    elif isinstance(rule.value, AgeLimit):
        age = as_number(facts.get(rule.value.age_fact))
        right = None if age is None else rule.value.by_age.at(int(age))
    else:
        right = rule.value
    return None if right is None else _holds(left, rule.op, right)


def _percent_change(rule: PercentChange, facts: Facts) -> Judgement:
    pair = rule.percent_change
    start, end = as_number(facts.get(pair.from_)), as_number(facts.get(pair.to))
    if start is None or end is None or start == 0:
        # From zero there is no percentage; the rule stays undecided and names the baseline.
        absent = {pair.from_} if start is None or start == 0 else set()
        return Judgement(None, tuple(sorted(absent | ({pair.to} if end is None else set()))))
    return Judgement(_ordered(100 * (end - start) / start, rule.op, _exact(rule.value)))


def _holds(left: FactValue, op: Op, right: FactValue) -> bool | None:
    if type(left) is int and type(right) is int:  # nearly always
        return _ordered(left, op, right)
    first, second = as_number(left), as_number(right)
    if first is not None and second is not None:
        return _ordered(first, op, second)
    if isinstance(left, date) and isinstance(right, str):
        try:
            right = date.fromisoformat(right)
        except ValueError:
            return None
    if isinstance(left, date) and isinstance(right, date):
        return _ordered(left.toordinal(), op, right.toordinal())
    if type(left) is not type(right) or op not in ("==", "!="):
        return None
    return (left == right) is (op == "==")


def _ordered(left: Fraction | int, op: Op, right: Fraction | int) -> bool:
    match op:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
    assert_never(op)
