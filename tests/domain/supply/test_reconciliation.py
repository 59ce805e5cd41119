"""What should be there is the sum of the ledger; a count is refused with every ground."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.supply.domain.kits import TRANSITIONS, KitState, Movement, number_read
from apps.supply.domain.reconciliation import (
    LedgerLine,
    LotCount,
    LotExpected,
    count_faults,
    expected,
    seen_faults,
)

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
S = KitState


def line(kit: str, number: int, state: KitState, *, minutes: int = 0, lot: str = "L1") -> LedgerLine:
    return LedgerLine(kit, lot, number, NOON + timedelta(minutes=minutes), state)


LEDGER = [
    line("K1", 1, S.AVAILABLE),
    line("K1", 2, S.DISPENSED, minutes=10),
    line("K1", 3, S.ADMINISTERED, minutes=20),
    line("K2", 1, S.AVAILABLE),
    line("K2", 2, S.QUARANTINED, minutes=5),
    line("K3", 1, S.AVAILABLE),
    line("K3", 2, S.DISPENSED, minutes=10),
    line("K3", 3, S.RETURNED, minutes=30),
    line("K4", 1, S.AVAILABLE, lot="L2"),
    line("K4", 2, S.DESTROYED, minutes=40, lot="L2"),
]


def test_the_expected_stock_follows_the_ledger_from_moment_to_moment() -> None:
    def at(minutes: int) -> tuple[LotExpected, ...]:
        return expected(LEDGER, NOON + timedelta(minutes=minutes))

    assert at(-1) == ()
    assert at(0) == (LotExpected("L1", available=3), LotExpected("L2", available=1))
    assert at(10) == (LotExpected("L1", quarantined=1, dispensed=2), LotExpected("L2", available=1))
    assert at(30) == (LotExpected("L1", quarantined=1, returned=1), LotExpected("L2", available=1))
    assert at(40) == (LotExpected("L1", quarantined=1, returned=1),)
    assert [lot.on_shelf for lot in at(30)] == [2, 1]


def test_lines_of_one_moment_count_by_their_number_whatever_their_order() -> None:
    lines = [line("K1", 2, S.QUARANTINED), line("K1", 1, S.AVAILABLE)]
    assert expected(lines, NOON) == expected(lines[::-1], NOON) == (LotExpected("L1", quarantined=1),)


@given(st.lists(st.lists(st.sampled_from(list(Movement)), max_size=8), max_size=12))
def test_every_kit_is_somewhere_and_in_one_place_only(wishes: list[list[Movement]]) -> None:
    lines, states = [], []
    for index, movements in enumerate(wishes):
        state, number = S.AVAILABLE, 1
        lines.append(line(f"K{index}", 1, state))
        for movement in movements:
            if after := TRANSITIONS.get((state, movement)):
                state, number = after, number + 1
                lines.append(line(f"K{index}", number, state, minutes=number))
        states.append(state)
    found = expected(lines, NOON + timedelta(days=1))
    assert sum(lot.on_shelf + lot.dispensed for lot in found) == sum(
        state not in {S.ADMINISTERED, S.DESTROYED} for state in states
    )


SHOULD = (LotExpected("L1", available=2, returned=1), LotExpected("L2", dispensed=1))


def test_a_count_that_agrees_or_explains_itself_is_taken() -> None:
    assert count_faults(SHOULD, {"L1": LotCount(3)}) == ()
    assert count_faults(SHOULD, {"L1": LotCount(2, "one broken"), "L2": LotCount(1, "found back")}) == ()


def test_every_fault_of_a_count_is_named() -> None:
    faults = count_faults(SHOULD, {"L2": LotCount(-1), "L9": LotCount(1)})
    assert [fault.code for fault in faults] == ["lot_not_counted", "lot_unknown", "count_impossible"]
    assert [fault.code for fault in count_faults(SHOULD, {"L1": LotCount(2, "  ")})] == [
        "difference_unexplained"
    ]


def test_scanned_kits_must_be_there_once_and_add_up() -> None:
    shelf = {"K1": "L1", "K2": "L1"}
    assert seen_faults(["K1", "K2"], shelf=shelf, counts={"L1": LotCount(2)}) == ()
    assert seen_faults([], shelf=shelf, counts={"L1": LotCount(2)}) == ()
    faults = seen_faults(["K1", "K1", "K9"], shelf=shelf, counts={"L1": LotCount(2)})
    assert [fault.code for fault in faults] == ["seen_twice", "not_on_shelf", "seen_differs"]


def test_a_number_is_read_as_scanners_and_hands_type_it() -> None:
    assert number_read(" k12345\r\n") == number_read("K12 345") == number_read("\x00K12345\t") == "K12345"
