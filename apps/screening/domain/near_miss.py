"""How close a number came: the limit that a failed criterion's rule set, and the distance to it.

For the screening log: sponsors ask whom a slightly different limit would have let in. Says nothing of facts that
the site must not see.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from apps.studies.domain.protocol import Facts, Protocol, Rule, evaluate
from apps.studies.domain.rules import AgeLimit, All, AnyOf, Between, Compare, FactRef, Not, as_number


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A number on the wrong side of a limit, with the distance in the fact's unit."""

    fact: str
    label: str
    unit: str
    value: float
    limit: float
    distance: float


def near_misses(rule: Rule, facts: Facts, protocol: Protocol) -> tuple[NearMiss, ...]:
    """Return the numbers that made the rule come out as it did, with their distance to the limit."""
    value = evaluate(rule, facts)
    if value is None:
        return ()
    shown = {fact.key: fact for fact in protocol.facts if not fact.sensitive}
    found = []
    for part in _deciding(rule, facts, value):
        limit = _limit(part, facts)
        number = as_number(facts.get(part.fact))
        if limit is None or number is None or part.fact not in shown:
            continue
        fact = shown[part.fact]
        found.append(
            NearMiss(fact.key, fact.label, fact.unit, float(number), float(limit), float(abs(number - limit)))
        )
    return tuple(found)


def _deciding(rule: Rule, facts: Facts, value: bool) -> list[Compare | Between]:
    """Return the comparisons that gave the rule this value."""
    if isinstance(rule, (All, AnyOf)):
        parts = rule.all if isinstance(rule, All) else rule.any
        return [
            leaf for part in parts if evaluate(part, facts) is value for leaf in _deciding(part, facts, value)
        ]
    if isinstance(rule, Not):
        return _deciding(rule.not_, facts, not value)
    return [rule] if isinstance(rule, (Compare, Between)) else []


def _limit(part: Compare | Between, facts: Facts) -> Fraction | None:
    if isinstance(part, Between):
        number = as_number(facts.get(part.fact))
        if number is None:
            return None
        low, high = (as_number(limit) for limit in part.between)
        return low if low is not None and number < low else high
    if part.op in ("==", "!="):
        return None
    if isinstance(part.value, FactRef):
        return as_number(facts.get(part.value.fact))
    if isinstance(part.value, AgeLimit):
        age = as_number(facts.get(part.value.age_fact))
        return None if age is None else as_number(part.value.by_age.at(int(age)))
    return as_number(part.value)
