"""One session on paper: the shipped TRANSFORM-2 rules, a first spray at ten, and readings by the minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.monitoring.domain.conditions import Statement
from apps.monitoring.domain.readings import PREDOSE, Reading, Values
from apps.studies.domain.loading import SHIPPED, load

PROTOCOL = load(SHIPPED / "transform_2.yaml")
PLAN, RULES, DISCHARGE = PROTOCOL.observation_plan, PROTOCOL.escalation, PROTOCOL.discharge
T0 = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
LAST_SPRAY = T0 + timedelta(minutes=10)
CHECKED_IN = T0 - timedelta(minutes=40)

CALM: dict[str, Any] = {
    "sbp": 122,
    "dbp": 78,
    "hr": 68,
    "rr": 14,
    "spo2": 98,
    "temp_c": Decimal("36.6"),
    "moaas": 5,
    "cadss_total": 0,
    "bprs_total": 0,
}
BASELINE = Values(**CALM)
EVERYTHING_CONFIRMED = Statement(confirmed=frozenset({"EVENTS", "ESCORT", "TOLD"}))


def minute(count: float) -> datetime:
    """The moment so many minutes after the first spray."""
    return T0 + timedelta(minutes=count)


def reading(
    at: float, *, slot: int | None = None, not_done: dict[str, str] | None = None, **values: Any
) -> Reading:
    """A reading taken at a minute since the first spray; negative is before it."""
    return Reading(minute(at), Values(**values), slot, not_done or {})


def calm(at: float, *, slot: int | None = None, **changed: Any) -> Reading:
    """A reading in which everything is as it was before the dose, but for what is `changed`."""
    return reading(at, slot=slot, **{**CALM, "ready": at > 0, **changed})


def predose() -> Reading:
    """The reading of the predose slot, twenty minutes before the spray."""
    return reading(-20, slot=PREDOSE, **CALM)
