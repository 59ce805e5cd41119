"""What one set of readings may hold: which values, in which units, and which of them no living body shows.

Hard limits refuse, because only a slip of the finger writes such a figure. Usual ranges come from the protocol
(`limits.py`) and only ask: repeat it, or confirm it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from apps.core.exceptions import Reason
from apps.dosing.domain.measures import possible
from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.monitoring.domain.limits import UsualRange
from apps.monitoring.domain.readings import SIGNS, Values

NOT_DONE_REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class NumberField:
    """One figure: its name for people, its unit, the hard limits (both possible), and its decimals."""

    key: str
    label: str
    unit: str
    low: int
    high: int
    decimals: int = 0


def _number_field(key: str, label: str, unit: str, decimals: int = 0) -> NumberField:
    low, high = possible("temp" if key == "temp_c" else key)
    return NumberField(key, label, unit, low, high, decimals)


#: Beyond the limits of each a figure is an error of entry, not a finding; the gates before the dose have the same.
NUMBERS: Mapping[str, NumberField] = MappingProxyType(
    {
        entry.key: entry
        for entry in (
            _number_field("sbp", "Systolic pressure", "mmHg"),
            _number_field("dbp", "Diastolic pressure", "mmHg"),
            _number_field("hr", "Heart rate", "per minute"),
            _number_field("rr", "Respiratory rate", "per minute"),
            _number_field("spo2", "Oxygen saturation", "%"),
            _number_field("temp_c", "Temperature", "°C", decimals=1),
            _number_field("moaas", "MOAA/S", "of 5"),
            _number_field("cssrs_ideation", "C-SSRS ideation", "of 5"),
        )
    }
)

FLAGS: Mapping[str, str] = MappingProxyType({"ready": "Ready to leave", **SIGNS})


@dataclass(frozen=True, slots=True)
class ScaleField:
    """A scale entered item by item: how many items, the highest answer of each."""

    key: str
    label: str
    items: int
    highest: int


def _scale_field(key: str, label: str, instrument: str) -> ScaleField:
    items = INSTRUMENTS[instrument].items
    return ScaleField(key, label, len(items), items[0].maximum)


SCALES: Mapping[str, ScaleField] = MappingProxyType(
    {
        "cadss_items": _scale_field("cadss_items", "CADSS", "CADSS"),
        "bprs_items": _scale_field("bprs_items", "BPRS, four items", "BPRS4"),
    }
)

MEASURES: Mapping[str, str] = MappingProxyType(
    {
        "bp": "Blood pressure",
        "hr": "Heart rate",
        "rr": "Respiratory rate",
        "temp": "Temperature",
        "spo2": "Oxygen saturation",
        "moaas": "MOAA/S",
        "cadss": "CADSS",
        "bprs": "BPRS",
        "ready": "Readiness to leave",
    }
)


@dataclass(frozen=True, slots=True)
class Checked:
    """Values as they may be written, and every ground against them."""

    values: Values
    reasons: tuple[Reason, ...]


def values_check(
    given: Mapping[str, Any],
    *,
    not_done: Mapping[str, str],
    confirmed: Collection[str],
    usual: Mapping[str, UsualRange],
) -> Checked:
    """Read a set of values. Nothing is corrected or completed: what cannot be right is named, all of it at once."""
    reasons: list[Reason] = [
        Reason("unknown_value", f"“{_plain(key)}” is not a value of an observation.", _plain(key))
        for key in given
        if key not in NUMBERS and key not in FLAGS and key not in SCALES
    ]
    found: dict[str, Any] = {}
    for key, number in NUMBERS.items():
        value = given.get(key)
        if value is None:
            continue
        read = _number(value, number)
        if isinstance(read, Reason):
            reasons.append(read)
            continue
        found[key] = read
        around = usual.get(key)
        if around is not None and not around.holds(read) and key not in confirmed:
            reasons.append(
                Reason(
                    "confirm_or_repeat",
                    f"{number.label} {read} {number.unit} is unusual: repeat it or confirm it.",
                    key,
                )
            )
    for key, label in FLAGS.items():
        if given.get(key) is None:
            continue
        if isinstance(given[key], bool):
            found[key] = given[key]
        else:
            reasons.append(Reason("not_yes_or_no", f"{label} is yes or no.", key))
    for key, scale in SCALES.items():
        if given.get(key) is None:
            continue
        items, faults = _scale(given[key], scale)
        reasons += faults
        if not faults:
            found[key] = items
            found[key.replace("_items", "_total")] = sum(items.values())
    reasons += _pair(given, found)
    values = Values(**found)
    reasons += _not_done(not_done, values)
    if not reasons and values == Values() and not not_done:
        reasons.append(Reason("empty", "Nothing was entered.", ""))
    return Checked(values, tuple(reasons))


def _number(value: Any, field: NumberField) -> int | Decimal | Reason:
    if type(value) is int and field.decimals == 0 and field.low <= value <= field.high:  # nearly always
        return value
    try:
        is_number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
        exact = Decimal(str(value) if is_number else "NaN")
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite():
        return Reason("not_a_number", f"{field.label} must be a number in {field.unit}.", field.key)
    if not field.low <= exact <= field.high:
        return Reason(
            "impossible_value",
            f"{field.label} must be between {field.low} and {field.high} {field.unit}.",
            field.key,
        )
    exact = exact.normalize()
    exponent = exact.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > field.decimals:
        how = "a whole number" if field.decimals == 0 else "a number with one decimal"
        return Reason("too_precise", f"{field.label} must be {how}.", field.key)
    return int(exact) if field.decimals == 0 else exact.quantize(Decimal("0.1"))


def _scale(given: Any, scale: ScaleField) -> tuple[dict[str, int], list[Reason]]:
    """Read the items of a scale. One missing item makes the total missing, so an unfinished scale is refused."""
    if not isinstance(given, Mapping):
        return {}, [Reason("not_items", f"{scale.label} is entered item by item.", scale.key)]
    names = [str(number) for number in range(1, scale.items + 1)]
    faults = [
        Reason("unknown_item", f"{scale.label} has no item “{_plain(key)}”.", f"{scale.key}.{_plain(key)}")
        for key in given
        if str(key) not in names
    ]
    items: dict[str, int] = {}
    missing: list[str] = []
    for name in names:
        answer = given.get(name)
        if answer is None:
            missing.append(name)
        elif isinstance(answer, bool) or not isinstance(answer, int) or not 0 <= answer <= scale.highest:
            message = f"{scale.label} item {name} must be 0 to {scale.highest}."
            faults.append(Reason("impossible_value", message, f"{scale.key}.{name}"))
        else:
            items[name] = answer
    if missing:
        which = f"item {missing[0]} is" if len(missing) == 1 else f"items {', '.join(missing)} are"
        message = (
            f"{scale.label} is not finished: {which} missing. Answer them, or enter the scale as not done."
        )
        faults.append(Reason("unfinished_scale", message, scale.key))
    return items, faults


def _pair(given: Mapping[str, Any], found: Mapping[str, Any]) -> list[Reason]:
    if (given.get("sbp") is None) != (given.get("dbp") is None):
        missing = "dbp" if given.get("dbp") is None else "sbp"
        return [Reason("half_a_pressure", "Blood pressure needs both figures.", missing)]
    systolic, diastolic = found.get("sbp"), found.get("dbp")
    if systolic is not None and diastolic is not None and systolic <= diastolic:
        return [Reason("pressures_swapped", "The systolic pressure must be above the diastolic one.", "sbp")]
    return []


def _not_done(not_done: Mapping[str, str], values: Values) -> list[Reason]:
    reasons: list[Reason] = []
    for measure, why in not_done.items():
        if measure not in MEASURES:
            reasons.append(
                Reason(
                    "unknown_measure", f"“{_plain(measure)}” is not a measure.", f"not_done.{_plain(measure)}"
                )
            )
            continue
        field = f"not_done.{measure}"
        if measure in values.measures:
            reasons.append(
                Reason("both", f"{MEASURES[measure]} has a value and is marked as not done.", field)
            )
        if not why.strip():
            reasons.append(Reason("reason_missing", f"Say why {MEASURES[measure]} was not done.", field))
        elif len(why) > NOT_DONE_REASON_LENGTH:
            reasons.append(Reason("too_long", f"At most {NOT_DONE_REASON_LENGTH} characters.", field))
    return reasons


def _plain(key: object) -> str:
    """Return somebody else's word so that it can be repeated in an answer: short, and only what can be printed."""
    return "".join(sign if sign.isprintable() else "?" for sign in str(key)[:40])
