"""From what was typed or sent to the value a rule can read: one door, so no rule meets a wrong kind."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from apps.core.exceptions import Invalid, Reason
from apps.studies.domain.protocol import Fact, Facts, FactValue
from apps.studies.domain.rules import as_number

LONGEST_TEXT = 2000

_WORDS = {"true": True, "yes": True, "false": False, "no": False}


class FactsInvalid(Invalid):
    """Some answers cannot be right; each reason's `field` is the fact's key."""

    code = "facts_invalid"
    title = "Some answers cannot be right"


def facts_read(facts: Iterable[Fact], answers: Mapping[str, object]) -> dict[str, FactValue]:
    """The answers as values, None and empty text left out.

    Raises FactsInvalid with a reason for every answer that is no value of its fact, for facts the protocol does not
    know, and for facts nobody types in (derived ones).
    """
    known = {fact.key: fact for fact in facts}
    values: dict[str, FactValue] = {}
    reasons: list[Reason] = []
    for key, raw in answers.items():
        fact = known.get(key)
        if fact is None:
            reasons.append(Reason("unknown_fact", "The protocol knows no such fact.", key))
        elif raw is None or raw == "":
            continue
        elif fact.source == "derived":
            reasons.append(Reason("derived_fact", f"{fact.label} is computed, not entered.", key))
        else:
            try:
                values[key] = fact_value(fact, raw)
            except ValueError as error:
                reasons.append(Reason("fact_invalid", f"{fact.label}: {error}", key))
    if reasons:
        raise FactsInvalid(*reasons)
    return values


def fact_value(fact: Fact, raw: object) -> FactValue:
    """One answer as a value of its fact. Raises ValueError saying what is expected."""
    match fact.kind:
        case "bool":
            return _truth(raw)
        case "integer" | "number":
            return _number(fact, raw)
        case "choice":
            if not isinstance(raw, str) or raw not in {choice.code for choice in fact.choices}:
                raise ValueError("choose one of " + ", ".join(choice.label for choice in fact.choices))
            return raw
        case "date":
            return _date(raw)
        case "text":
            if not isinstance(raw, str) or len(raw) > LONGEST_TEXT or "\x00" in raw:
                raise ValueError(f"give a text of at most {LONGEST_TEXT} characters")
            return raw.strip()


def with_derived(facts: Iterable[Fact], values: Facts) -> dict[str, FactValue]:
    """The values with every derived fact that can be computed from them."""
    complete = dict(values)
    for fact in facts:
        if fact.body_mass_index is None:
            continue
        weight = as_number(values.get(fact.body_mass_index.weight_kg))
        height = as_number(values.get(fact.body_mass_index.height_cm))
        complete.pop(fact.key, None)
        if weight is not None and height is not None and height > 0:
            complete[fact.key] = round(float(weight / (height / 100) ** 2), 1)
    return complete


def _truth(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.strip().lower() in _WORDS:
        return _WORDS[raw.strip().lower()]
    raise ValueError("answer yes or no")


def _number(fact: Fact, raw: object) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, Decimal, str)) or len(str(raw)) > 30:
        raise ValueError("give a number")
    try:
        number = Decimal(str(raw).strip())
    except InvalidOperation as error:
        raise ValueError("give a number") from error
    if not number.is_finite() or not math.isfinite(float(number)):
        raise ValueError("give a number")
    if fact.minimum is not None and number < Decimal(str(fact.minimum)):
        raise ValueError(f"give at least {fact.minimum}{_unit(fact)}")
    if fact.maximum is not None and number > Decimal(str(fact.maximum)):
        raise ValueError(f"give at most {fact.maximum}{_unit(fact)}")
    if fact.kind == "integer":
        if number != number.to_integral_value():
            raise ValueError("give a whole number")
        return int(number)
    return float(number)


def _unit(fact: Fact) -> str:
    return f" {fact.unit}" if fact.unit else ""


def _date(raw: object) -> date:
    if isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(str(raw).strip())
    except ValueError as error:
        raise ValueError("give a date as year-month-day") from error
