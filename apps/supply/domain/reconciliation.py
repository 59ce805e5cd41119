"""What should be on a site's shelf: the sum of the ledger up to a moment, lot by lot, and how a count differs.

Esketamine is a Schedule III substance: what is there is counted against what should be there, each day, by two people
(21 CFR 1304.11, 1304.22).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.core.exceptions import Reason
from apps.supply.domain.kits import ON_THE_SHELF, KitState


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line: of which kit and lot, the how-manieth of the kit from 1, when, and where it led."""

    kit: str
    lot: str
    line: int
    at: datetime
    to_state: KitState


@dataclass(frozen=True, slots=True)
class LotExpected:
    """Kits of one lot by where the ledger says they are."""

    lot: str
    available: int = 0
    quarantined: int = 0
    returned: int = 0
    dispensed: int = 0

    @property
    def on_shelf(self) -> int:
        """How many kits a count must find: usable, set aside, or back and waiting for destruction."""
        return self.available + self.quarantined + self.returned


@dataclass(frozen=True, slots=True)
class LotCount:
    """What was counted of a lot, and why it differs where it does."""

    counted: int
    reason: str = ""


def expected(lines: Iterable[LedgerLine], until: datetime) -> tuple[LotExpected, ...]:
    """Return what should be there at `until` (inclusive), by lot; lots of which nothing is left are left out."""
    last: dict[str, LedgerLine] = {}
    for line in lines:
        known = last.get(line.kit)
        if line.at <= until and (known is None or line.line > known.line):
            last[line.kit] = line
    states: defaultdict[str, Counter[KitState]] = defaultdict(Counter)
    for line in last.values():
        states[line.lot][line.to_state] += 1
    held = (*ON_THE_SHELF, KitState.DISPENSED)
    return tuple(
        LotExpected(
            lot=lot,
            available=found[KitState.AVAILABLE],
            quarantined=found[KitState.QUARANTINED],
            returned=found[KitState.RETURNED],
            dispensed=found[KitState.DISPENSED],
        )
        for lot, found in sorted(states.items())
        if any(found[state] for state in held)
    )


def count_faults(should: Sequence[LotExpected], counts: Mapping[str, LotCount]) -> tuple[Reason, ...]:
    """Return every reason against a count: a lot left out or unknown, an impossible number, an unexplained gap."""
    faults = []
    shelf = {lot.lot: lot.on_shelf for lot in should if lot.on_shelf}
    faults += [
        Reason("lot_not_counted", f"Lot {lot} was not counted.", f"counted_{lot}")
        for lot in sorted(set(shelf) - set(counts))
    ]
    known = {lot.lot for lot in should}
    faults += [
        Reason("lot_unknown", f"Lot {lot} was never received at this site.", f"counted_{lot}")
        for lot in sorted(set(counts) - known)
    ]
    for lot, count in sorted(counts.items()):
        if not 0 <= count.counted <= 100_000:
            faults.append(Reason("count_impossible", f"Lot {lot}: a count is 0 or more.", f"counted_{lot}"))
        elif lot in known and count.counted != shelf.get(lot, 0) and not count.reason.strip():
            faults.append(
                Reason(
                    "difference_unexplained",
                    f"Lot {lot}: {shelf.get(lot, 0)} should be there. Count again, or say why it differs.",
                    f"reason_{lot}",
                )
            )
    return tuple(faults)


def seen_faults(
    seen: Sequence[str], *, shelf: Mapping[str, str], counts: Mapping[str, LotCount]
) -> tuple[Reason, ...]:
    """Return what speaks against kits scanned during a count. `shelf` gives the lot of each expected kit."""
    faults = [
        Reason("seen_twice", f"Kit {number} was scanned twice.", "seen")
        for number, times in sorted(Counter(seen).items())
        if times > 1
    ]
    faults += [
        Reason(
            "not_on_shelf",
            f"Kit {number} should not be on this shelf. Set it apart, and name it in the reason.",
            "seen",
        )
        for number in sorted(set(seen) - set(shelf))
    ]
    by_lot = Counter(shelf[number] for number in set(seen) & set(shelf))
    faults += [
        Reason(
            "seen_differs",
            f"Lot {lot}: {number} scanned, but {counts[lot].counted} counted.",
            f"counted_{lot}",
        )
        for lot, number in sorted(by_lot.items())
        if lot in counts and counts[lot].counted != number
    ]
    return tuple(faults)
