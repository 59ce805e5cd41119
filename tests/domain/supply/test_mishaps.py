"""Excursions and wrong kits: what must be said of them, and in which words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.supply.domain.excursions import excursion_faults
from apps.supply.domain.kits import KitState
from apps.supply.domain.wrong_kit import KitInHand, deviation, recovery_faults

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
GOOD = {
    "began": NOW - timedelta(hours=5),
    "ended": NOW - timedelta(hours=2),
    "min_c": Decimal("18.5"),
    "max_c": Decimal("31.0"),
    "note": "fridge door",
    "now": NOW,
}


def test_an_excursion_is_taken_or_refused_with_every_ground() -> None:
    assert excursion_faults(**GOOD) == ()  # type: ignore[arg-type]
    bad = {**GOOD, "ended": NOW - timedelta(hours=6), "min_c": Decimal(90), "note": " "}
    assert {fault.code for fault in excursion_faults(**bad)} == {  # type: ignore[arg-type]
        "ends_before", "impossible", "max_below_min", "note_missing"
    }  # fmt: skip
    future = {**GOOD, "ended": NOW + timedelta(minutes=1)}
    assert [fault.code for fault in excursion_faults(**future)] == ["in_future"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kit", "codes"),
    [
        (KitInHand("K1", KitState.AVAILABLE, False, False), []),
        (KitInHand("K1", KitState.QUARANTINED, False, False), []),
        (KitInHand("K1", KitState.RETURNED, False, False), []),
        (KitInHand("K1", KitState.DISPENSED, False, False), []),
        (KitInHand("K1", KitState.DISPENSED, True, True), ["right_kit"]),
        (KitInHand("K1", KitState.DISPENSED, False, True), ["own_kit"]),
        (KitInHand("K1", KitState.DESTROYED, False, False), ["kit_destroyed"]),
        (KitInHand("K1", KitState.ADMINISTERED, False, False), ["kit_used"]),
    ],
)
def test_what_can_be_put_right(kit: KitInHand, codes: list[str]) -> None:
    assert [fault.code for fault in recovery_faults(kit, reason="mixed up")] == codes
    assert [fault.code for fault in recovery_faults(kit, reason=" ")] == ["reason_missing", *codes]


def test_the_deviation_speaks_of_numbers_only() -> None:
    words = {"number": "K9", "participant": "DE01-0001", "visit": "D4", "position": 2}
    assert deviation(**words, assigned="K7", owner="DE01-0002", was_administered=True) == (  # type: ignore[arg-type]
        "Kit K9, assigned to participant DE01-0002, was given to participant DE01-0001 at D4, device 2, instead of "
        "kit K7. Protocol deviation: report it, and watch the participant as after any dose."
    )
    assert deviation(**words, assigned="", owner="", was_administered=False) == (  # type: ignore[arg-type]
        "Kit K9, assigned to nobody, was handed out for participant DE01-0001 at D4, device 2. It was noticed before "
        "the spray; nothing was given."
    )
