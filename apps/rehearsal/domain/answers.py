"""What a calm, cooperative participant would answer and show, for any protocol: gates passed, readings at rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.monitoring.domain.values import SCALES
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.protocol.gates import (
    BloodPressureGate,
    ConfirmationGate,
    Gate,
    IntervalSinceGate,
    MinimumGate,
)

#: Figures of somebody at rest, in the units of `apps.monitoring.domain.values`.
CALM: Mapping[str, float] = MappingProxyType(
    {"sbp": 120, "dbp": 76, "hr": 70, "rr": 14, "spo2": 98, "temp_c": 36.6, "moaas": 5}
)


def gate_answers(protocol: Protocol, *, age_years: int, now: datetime) -> dict[str, dict[str, Any]]:
    """Return an answer to every gate before the dose that lets the dose go on."""
    return {gate.code: _gate(gate, age_years, now) for gate in protocol.gates}


def reading(measures: Iterable[str]) -> dict[str, Any]:
    """Return one set of readings at rest for the measures of a slot."""
    values: dict[str, Any] = {}
    for measure in measures:
        match measure:
            case "bp":
                values |= {"sbp": int(CALM["sbp"]), "dbp": int(CALM["dbp"])}
            case "temp":
                values["temp_c"] = CALM["temp_c"]
            case "cadss" | "bprs":
                key = f"{measure}_items"
                values[key] = {str(number): 0 for number in range(1, SCALES[key].items + 1)}
            case "ready":
                values["ready"] = True
            case _:
                values[measure] = int(CALM[measure])
    return values


def items_with_total(code: str, total: int | None = None) -> dict[str, int | None]:
    """Return every item of a scale at its lowest, or filled from the first on until the counted ones make `total`."""
    instrument = INSTRUMENTS[code]
    counted = [item for item in instrument.items if item.counts]
    left = None if total is None else total - sum(item.minimum for item in counted)
    items: dict[str, int | None] = {}
    for item in instrument.items:
        more = min(left or 0, item.maximum - item.minimum) if item.counts else 0
        items[item.code] = item.minimum + more
        left = None if left is None else left - more
    return items


def _gate(gate: Gate, age_years: int, now: datetime) -> dict[str, Any]:
    match gate:
        case IntervalSinceGate():
            return {"last_at": now - timedelta(minutes=gate.minimum_minutes + 1)}
        case BloodPressureGate():
            sbp = int(min(CALM["sbp"], gate.sbp_max.at(age_years)))
            return {"sbp": sbp, "dbp": int(min(CALM["dbp"], gate.dbp_max.at(age_years), sbp - 1))}
        case MinimumGate():
            return {"value": max(gate.minimum, CALM.get(gate.measure, gate.minimum))}
        case ConfirmationGate():
            return {"confirmed": True}
        case _:
            return {"value": max(0, int(gate.below) - 1)}
