"""From items to a total: each value checked, missing items named, nothing prorated.

MADRS: a missing item leaves no total (protocol-defined). SDS: without a work item there is no total, which is why
the published denominators are smaller. C-SSRS: the "total" is the most severe category.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from apps.core.exceptions import Invalid, NotFound, Reason
from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.instruments.domain.instrument import Instrument, MissingRule, Score

Items = Mapping[str, int | None]

CSSRS_BEHAVIOR: Mapping[str, int] = {
    "preparatory": 6,
    "aborted": 7,
    "interrupted": 8,
    "attempt": 9,
    "completed": 10,
}
"""The category of each behavior; of several the most severe counts."""


class ItemsInvalid(Invalid):
    """Some items cannot be right; each reason's `field` is `items.<code>`."""

    code = "items_invalid"
    title = "Some items cannot be right"


def instrument_of(code: str) -> Instrument:
    """
    Return the instrument of this code.

    :raises NotFound: if no instrument has it
    """
    found = INSTRUMENTS.get(code)
    if found is None:
        raise NotFound(Reason("no_such_instrument", "There is no such instrument.", "instrument"))
    return found


def item_reasons(instrument: Instrument, items: Mapping[str, object]) -> tuple[Reason, ...]:
    """Return what is wrong with the items: unknown codes, values that are no whole number or out of range."""
    known = {item.code: item for item in instrument.items}
    reasons = []
    unknown = sum(1 for code in items if code not in known)
    if unknown:
        # Not repeated: whatever was sent does not belong in an answer.
        reasons.append(
            Reason("unknown_item", f"{unknown} unknown item(s); known are {', '.join(known)}.", "items")
        )
    for code, item in known.items():
        value = items.get(code)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int):
            reasons.append(Reason("not_a_number", f"{item.label}: a whole number.", f"items.{code}"))
        elif value not in item.values:
            reasons.append(
                Reason(
                    "out_of_range", f"{item.label}: from {item.minimum} to {item.maximum}.", f"items.{code}"
                )
            )
    return tuple(reasons)


def unanswered(instrument: Instrument, items: Mapping[str, object]) -> tuple[str, ...]:
    """Return the codes nobody spoke of. An item that could not be rated is answered by None, never by silence."""
    return tuple(item.code for item in instrument.items if item.code not in items)


def score(code: str, items: Items) -> Score:
    """
    Return the total with the missing items named. An absent item and None are both missing.

    :raises NotFound: if there is no such instrument
    :raises ItemsInvalid: naming every item that is unknown, no whole number or out of range
    """
    instrument = instrument_of(code)
    if reasons := item_reasons(instrument, items):
        raise ItemsInvalid(*reasons)
    counted = [item.code for item in instrument.items if item.counts]
    missing = tuple(code for code in counted if items.get(code) is None)
    if instrument.missing is MissingRule.NO_TOTAL or missing:
        return Score(None, missing)
    values = {code: int(items[code] or 0) for code in counted}
    total = _TOTALS.get(code, _sum)(values)
    return Score(total, () if total is not None else missing or tuple(counted))


def _sum(values: Mapping[str, int]) -> int | None:
    return sum(values.values())


def _cgis(values: Mapping[str, int]) -> int | None:
    # 0 means "not assessed" on the printed form: that is no severity.
    return values["severity"] or None


def _cssrs(values: Mapping[str, int]) -> int | None:
    behavior = [category for code, category in CSSRS_BEHAVIOR.items() if values[code]]
    return max(behavior, default=values["ideation"])


_TOTALS: Mapping[str, Callable[[Mapping[str, int]], int | None]] = {"CGIS": _cgis, "CSSRS": _cssrs}
