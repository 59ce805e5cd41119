"""What may be said of a fact or a criterion, read strictly: the right kind, within its limits, finite."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.core.exceptions import Reason
from apps.studies.domain.protocol import Fact, FactValue

LARGEST = 1_000_000_000
LONGEST_TEXT = 2000
_NUMBER = re.compile(r"[+-]?\d{1,10}(?:[.,]\d{1,6})?")
#: Characters that no database text holds: the null character, and halves of pairs.
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Read:
    """A value as it is stored, or why it cannot be. None is a value: not assessed."""

    value: bool | int | float | str | None
    reason: Reason | None = None


def read_value(fact: Fact, given: Any) -> Read:
    """Read what was sent for a fact. Nothing is converted: a number is a number, a day is "2026-03-10"."""
    if given is None:
        return Read(None)
    match fact.kind:
        case "bool":
            return Read(given) if isinstance(given, bool) else _refuse("kind", "yes or no (true or false)")
        case "choice":
            codes = [choice.code for choice in fact.choices]
            if isinstance(given, str) and given in codes:
                return Read(given)
            return _refuse("unknown_choice", f"one of {', '.join(codes)}")
        case "date":
            return _day(given)
        case "text":
            return _text(given)
        case "integer" | "number":
            return _number(fact, given)


def read_judgement(given: Any) -> Read:
    """Read a clinician's answer to a criterion: true, false, or None for not assessed."""
    if given is None or isinstance(given, bool):
        return Read(given)
    return _refuse("kind", "yes, no or not assessed (true, false, null)")


def typed(fact: Fact, words: str) -> Any:
    """Return what a person typed as the kind of value the fact wants; what cannot be read stays text.

    A decimal comma counts as a point. Empty, and "na", mean not assessed.
    """
    words = words.strip()
    if words in ("", "na"):
        return None
    if fact.kind == "bool":
        return {"yes": True, "no": False}.get(words, words)
    if fact.kind in ("integer", "number") and _NUMBER.fullmatch(words):
        number = float(words.replace(",", "."))
        return int(number) if number.is_integer() and not re.search("[.,]", words) else number
    return words


def fact_value(fact: Fact, stored: Any) -> FactValue:
    """Return a stored value as rules want it: a day as a date, everything else as it is."""
    if fact.kind == "date" and isinstance(stored, str):
        return date.fromisoformat(stored)
    return stored if isinstance(stored, (bool, int, float, str)) else None


def body_mass_index(weight_kg: FactValue, height_cm: FactValue) -> float | None:
    """Return weight over the square of height in kg/m2, to one decimal; None when one is missing or zero."""
    if isinstance(weight_kg, bool) or isinstance(height_cm, bool):
        return None
    if not isinstance(weight_kg, (int, float)) or not isinstance(height_cm, (int, float)) or height_cm <= 0:
        return None
    return round(weight_kg / (height_cm / 100) ** 2, 1)


def _refuse(code: str, wanted: str) -> Read:
    return Read(None, Reason(code, f"This must be {wanted}.", "value"))


def _number(fact: Fact, given: Any) -> Read:
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        return _refuse("kind", "a whole number" if fact.kind == "integer" else "a number")
    if isinstance(given, float) and not math.isfinite(given):
        return _refuse("not_finite", "a finite number")
    if fact.kind == "integer" and isinstance(given, float):
        if not given.is_integer():
            return _refuse("kind", "a whole number")
        given = int(given)
    low = -LARGEST if fact.minimum is None else fact.minimum
    high = LARGEST if fact.maximum is None else fact.maximum
    if not low <= given <= high:
        return _refuse("out_of_range", f"from {low:g} to {high:g} {fact.unit}".rstrip())
    return Read(given)


def _day(given: Any) -> Read:
    if isinstance(given, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", given, re.ASCII):
        try:
            return Read(date.fromisoformat(given).isoformat())
        except ValueError:
            pass
    return _refuse("kind", "a day such as 2026-03-10")


def _text(given: Any) -> Read:
    if not isinstance(given, str) or _UNWRITABLE.search(given):
        return _refuse("kind", "text")
    if len(given) > LONGEST_TEXT:
        return _refuse("too_long", f"at most {LONGEST_TEXT} characters")
    return Read(given.strip() or None)
