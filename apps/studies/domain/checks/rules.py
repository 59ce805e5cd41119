"""Does a rule speak of facts that exist, in a way their kind allows?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from apps.studies.domain.protocol import Fact, Rule
from apps.studies.domain.rules import (
    AgeLimit,
    All,
    AnyOf,
    Between,
    Compare,
    FactRef,
    Not,
    OneOf,
    PercentChange,
)
from apps.studies.domain.yaml_reading import Fault

_NUMBERS = ("number", "integer")


def rule_faults(rule: Rule, path: str, facts: Mapping[str, Fact]) -> Iterator[Fault]:
    """Faults of a rule over the protocol's facts: unknown names, and comparisons no fact can decide."""
    for where, part in leaves(rule, path):
        for name in names_of(part):
            if name not in facts:
                yield Fault(where, f"unknown fact {name}")
        if all(name in facts for name in names_of(part)):
            yield from _misfits(part, where, facts)


def name_faults(rule: Rule, path: str, known: Collection[str], what: str) -> Iterator[Fault]:
    """Faults of a rule over a fixed set of names."""
    for where, part in leaves(rule, path):
        for name in names_of(part):
            if name not in known:
                yield Fault(where, f"unknown {what} {name}; known: {', '.join(sorted(known))}")


def leaves(rule: Rule, path: str) -> Iterator[tuple[str, Compare | Between | OneOf | PercentChange]]:
    """The comparisons inside a rule with their paths."""
    if isinstance(rule, All):
        for index, part in enumerate(rule.all):
            yield from leaves(part, f"{path}.all[{index}]")
    elif isinstance(rule, AnyOf):
        for index, part in enumerate(rule.any):
            yield from leaves(part, f"{path}.any[{index}]")
    elif isinstance(rule, Not):
        yield from leaves(rule.not_, f"{path}.not")
    else:
        yield path, rule


def names_of(part: Compare | Between | OneOf | PercentChange) -> tuple[str, ...]:
    """The facts one comparison mentions."""
    if isinstance(part, PercentChange):
        return (part.percent_change.from_, part.percent_change.to)
    if isinstance(part, Compare) and isinstance(part.value, FactRef):
        return (part.fact, part.value.fact)
    if isinstance(part, Compare) and isinstance(part.value, AgeLimit):
        return (part.fact, part.value.age_fact)
    return (part.fact,)


def _misfits(
    part: Compare | Between | OneOf | PercentChange, path: str, facts: Mapping[str, Fact]
) -> Iterator[Fault]:
    if isinstance(part, (Between, PercentChange)):
        for name in names_of(part):
            if facts[name].kind not in _NUMBERS:
                yield Fault(path, f"{name} is a {facts[name].kind}, not a number")
        return
    fact = facts[part.fact]
    if isinstance(part, OneOf):
        for value in part.in_:
            yield from _value_misfits(fact, value, path)
        return
    if fact.kind in ("bool", "choice", "text") and part.op not in ("==", "!="):
        yield Fault(path, f"{fact.key} is a {fact.kind}; only == and != can compare it")
    elif isinstance(part.value, FactRef):
        other = facts[part.value.fact]
        if other.kind != fact.kind and not {other.kind, fact.kind} <= set(_NUMBERS):
            yield Fault(path, f"{fact.key} is a {fact.kind} and {other.key} a {other.kind}")
    elif isinstance(part.value, AgeLimit):
        for key in (fact.key, part.value.age_fact):
            if facts[key].kind not in _NUMBERS:
                yield Fault(path, f"{key} is a {facts[key].kind}, not a number")
    else:
        yield from _value_misfits(fact, part.value, path)


def _value_misfits(fact: Fact, value: bool | int | float | str, path: str) -> Iterator[Fault]:
    if fact.kind == "choice":
        if value not in {choice.code for choice in fact.choices}:
            yield Fault(path, f"{value} is no answer of {fact.key}")
    elif fact.kind == "bool":
        if not isinstance(value, bool):
            yield Fault(path, f"{fact.key} is true or false, not {value}")
    elif fact.kind in _NUMBERS:
        if isinstance(value, (bool, str)):
            yield Fault(path, f"{fact.key} is a number, {value} is not")
        elif (fact.minimum is not None and value < fact.minimum) or (
            fact.maximum is not None and value > fact.maximum
        ):
            yield Fault(path, f"{value} lies outside the limits of {fact.key}, so the rule never changes")
    elif not isinstance(value, str):
        yield Fault(path, f"{fact.key} is a {fact.kind}, {value} is not")
