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
    """What can happen to a kit."""

    RECEIVE = "RECEIVE"
    QUARANTINE = "QUARANTINE"
    RELEASE = "RELEASE"
    DISPENSE = "DISPENSE"
    ADMINISTER = "ADMINISTER"
    RETURN = "RETURN"
    DESTROY = "DESTROY"


S, M = KitState, Movement

TRANSITIONS: Mapping[tuple[KitState | None, Movement], KitState] = MappingProxyType(
    {
        (None, M.RECEIVE): S.AVAILABLE,
        (S.AVAILABLE, M.QUARANTINE): S.QUARANTINED,
        (S.QUARANTINED, M.RELEASE): S.AVAILABLE,
        (S.AVAILABLE, M.DISPENSE): S.DISPENSED,
        (S.DISPENSED, M.ADMINISTER): S.ADMINISTERED,
        (S.DISPENSED, M.RETURN): S.RETURNED,
        (S.ADMINISTERED, M.RETURN): S.RETURNED,
        (S.AVAILABLE, M.DESTROY): S.DESTROYED,
        (S.QUARANTINED, M.DESTROY): S.DESTROYED,
        (S.RETURNED, M.DESTROY): S.DESTROYED,
    }
)


def next_state(state: KitState | None, movement: Movement) -> KitState | None:
    """Return the state after a movement, or None where the movement is impossible."""
    return TRANSITIONS.get((state, movement))
