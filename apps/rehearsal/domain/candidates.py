"""Values worth trying for a fact: around every limit that a rule of the protocol names, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.studies.domain.protocol import Fact, FactValue, Protocol, Rule
from apps.studies.domain.rule_shapes import (
    AgeLimit,
    All,
    AnyOf,
    Between,
    Compare,
    Not,
    OneOf,
    PercentChange,
)

#: A body mass index moves with these, in kg and cm.
WEIGHTS, HEIGHTS = (50, 60, 70, 80, 95), (152, 165, 170, 180)
AGES = (25, 40, 55, 63, 66, 70)


def rules_of(protocol: Protocol) -> Iterator[Rule]:
    """Every rule that decides who is enrolled, from which list, in which stratum."""
    yield from (entry.rule for entry in protocol.criteria if entry.rule is not None)
    yield from (entry.when for entry in protocol.randomization.lists if entry.when is not None)
    for factor in protocol.randomization.strata:
        yield from (level.when for level in factor.levels if level.when is not None)


def limits_of(protocol: Protocol) -> Mapping[str, Sequence[float]]:
    """Return the numbers that any rule compares each fact with, by fact."""
    found: dict[str, set[float]] = {}
    for rule in rules_of(protocol):
        for fact, number in _limits(rule):
            found.setdefault(fact, set()).add(number)
    return {fact: sorted(numbers) for fact, numbers in found.items()}


def candidates(fact: Fact, limits: Mapping[str, Sequence[float]]) -> tuple[FactValue, ...]:
    """Return the values worth trying for a fact that somebody enters or rates, the most ordinary first."""
    if fact.source == "participant":
        return AGES if fact.key == "age_years" else ("female", "male") if fact.key == "sex" else ()
    if fact.source == "derived":
        return ()
    if fact.kind == "bool":
        return (False, True)
    if fact.kind == "choice":
        return tuple(choice.code for choice in fact.choices)
    if fact.kind == "date":
        return (None,)
    if fact.kind == "text":
        return ("Rehearsal",)
    low, high = _range(fact)
    tried = [number + step for number in limits.get(fact.key, ()) for step in (0, 1, -1, 2, -2)]
    tried += [low, high, (low + high) / 2]
    tried += {"weight_kg": WEIGHTS, "height_cm": HEIGHTS}.get(fact.key, ())
    inside = sorted({number for number in tried if low <= number <= high})
    whole = fact.kind == "integer" or fact.source == "rating"
    return tuple(
        dict.fromkeys(int(number) if whole or number == int(number) else number for number in inside)
    )


def _range(fact: Fact) -> tuple[float, float]:
    instrument = INSTRUMENTS.get(fact.instrument or "") if fact.source == "rating" else None
    if instrument is not None:
        return float(instrument.minimum or 0), float(instrument.maximum or 0)
    low = 0.0 if fact.minimum is None else float(fact.minimum)
    return low, low + 1000 if fact.maximum is None else float(fact.maximum)


def _limits(rule: Rule) -> Iterator[tuple[str, float]]:
    match rule:
        case All(all=parts) | AnyOf(any=parts):
            for part in parts:
                yield from _limits(part)
        case Not(not_=part):
            yield from _limits(part)
        case Compare(fact=fact, value=AgeLimit(by_age=by_age)):
            yield from ((fact, float(value)) for value in by_age.values)
        case Compare(fact=fact, value=value) if _is_number(value):
            yield fact, float(value)  # type: ignore[arg-type]
        case Between(fact=fact, between=(low, high)):
            yield from ((fact, float(low)), (fact, float(high)))
        case OneOf(fact=fact, in_=values):
            yield from ((fact, float(value)) for value in values if _is_number(value))
        case PercentChange(percent_change=pair):
            yield from ((pair.from_, 30.0), (pair.to, 30.0))
        case _:
            return


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool | date)
