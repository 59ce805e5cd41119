"""States of a kit and the movements between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class KitState(StrEnum):
    """Where a kit stands."""

    AVAILABLE = "AVAILABLE"
    QUARANTINED = "QUARANTINED"
    DISPENSED = "DISPENSED"
    ADMINISTERED = "ADMINISTERED"
    RETURNED = "RETURNED"
    DESTROYED = "DESTROYED"


class Movement(StrEnum):
    """What can happen to a kit. CONFIRM and COUNT leave it where it stands: they say that it was seen there."""

    RECEIVE = "RECEIVE"
    QUARANTINE = "QUARANTINE"
    RELEASE = "RELEASE"
    DISPENSE = "DISPENSE"
    CONFIRM = "CONFIRM"
    ADMINISTER = "ADMINISTER"
    ADMINISTER_IN_ERROR = "ADMINISTER_IN_ERROR"
    REVERSE = "REVERSE"
    RETURN = "RETURN"
    COUNT = "COUNT"
    DESTROY = "DESTROY"


S, M = KitState, Movement

TRANSITIONS: Mapping[tuple[KitState | None, Movement], KitState] = MappingProxyType(
    {
        (None, M.RECEIVE): S.AVAILABLE,
        (S.AVAILABLE, M.QUARANTINE): S.QUARANTINED,
        (S.QUARANTINED, M.RELEASE): S.AVAILABLE,
        (S.AVAILABLE, M.DISPENSE): S.DISPENSED,
        (S.DISPENSED, M.CONFIRM): S.DISPENSED,
        (S.DISPENSED, M.ADMINISTER): S.ADMINISTERED,
        (S.DISPENSED, M.RETURN): S.RETURNED,
        (S.ADMINISTERED, M.RETURN): S.RETURNED,
        # A hand-over undone: the kit was out of custody, so it does not go back into stock.
        (S.DISPENSED, M.REVERSE): S.RETURNED,
        # What was sprayed was sprayed, wherever the ledger thought the kit was.
        (S.AVAILABLE, M.ADMINISTER_IN_ERROR): S.ADMINISTERED,
        (S.QUARANTINED, M.ADMINISTER_IN_ERROR): S.ADMINISTERED,
        (S.DISPENSED, M.ADMINISTER_IN_ERROR): S.ADMINISTERED,
        (S.RETURNED, M.ADMINISTER_IN_ERROR): S.ADMINISTERED,
        (S.AVAILABLE, M.COUNT): S.AVAILABLE,
        (S.QUARANTINED, M.COUNT): S.QUARANTINED,
        (S.RETURNED, M.COUNT): S.RETURNED,
        (S.AVAILABLE, M.DESTROY): S.DESTROYED,
        (S.QUARANTINED, M.DESTROY): S.DESTROYED,
        (S.RETURNED, M.DESTROY): S.DESTROYED,
    }
)

#: States in which a kit lies on the site's shelf, where a count must find it.
ON_THE_SHELF = frozenset({S.AVAILABLE, S.QUARANTINED, S.RETURNED})


def next_state(state: KitState | None, movement: Movement) -> KitState | None:
    """Return the state after a movement, or None where the movement is impossible."""
    return TRANSITIONS.get((state, movement))


def number_read(text: str) -> str:
    """Return a kit number as the ledger writes it, from what a scanner or a hand typed: upper case, no blanks."""
    return "".join(sign for sign in text if sign.isprintable() and not sign.isspace()).upper()
