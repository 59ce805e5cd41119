"""A kit moves only along its ledger's ways, and every state can be left or is an end."""

from __future__ import annotations

import itertools

import pytest

from apps.supply.domain.kits import TRANSITIONS, KitState, Movement, next_state

ENDS = {KitState.DESTROYED}


@pytest.mark.parametrize(("state", "movement"), list(itertools.product([None, *KitState], Movement)))
def test_every_state_answers_every_movement(state: KitState | None, movement: Movement) -> None:
    assert next_state(state, movement) == TRANSITIONS.get((state, movement))


def test_a_kit_begins_by_being_received_and_no_other_way() -> None:
    assert [movement for movement in Movement if next_state(None, movement)] == [Movement.RECEIVE]


def test_only_a_destroyed_kit_goes_nowhere() -> None:
    assert {state for state in KitState if not any(next_state(state, one) for one in Movement)} == ENDS


def test_a_kit_handed_out_never_goes_back_into_stock() -> None:
    reached, frontier = set(), {KitState.DISPENSED}
    while frontier:
        reached |= frontier
        frontier = {after for (before, _), after in TRANSITIONS.items() if before in frontier} - reached
    assert KitState.AVAILABLE not in reached
