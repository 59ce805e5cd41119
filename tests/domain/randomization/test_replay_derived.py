"""What follows from the seed beside the list is made again too: nonces, numbers, and places nobody has drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from apps.randomization.domain.history import History
from apps.randomization.domain.shapes import ListPlan
from tests.domain.randomization.histories import (
    BEGIN,
    BLOCKS,
    MINIMIZED,
    PLANS,
    SIMPLE,
    STRATA,
    UPLOADED,
    extent_of,
    history_of,
    number_of,
)
from tests.domain.randomization.test_replay import rewritten, texts, verdict_of

NOT_OFFERED = "the randomization number is not one the seed gives this participant"


@pytest.mark.parametrize("method", PLANS)
def test_a_nonce_of_somebodys_own_is_named(method: str) -> None:
    """With another nonce and every hash renewed the chain is whole, and only the seed tells."""
    plan = PLANS[method]
    verdict = verdict_of(plan, rewritten(history_of(plan), "p05", lambda r: r.update(nonce="ab" * 32)))
    assert [text.split(": ")[1] for text in texts(verdict)] == ["the nonce is not the one the seed gives"]


def numbered(history: History, participant: str, number: int) -> History:
    """The history with another number for one participant, in the record, its hash and the allocation alike."""
    changed = rewritten(history, participant, lambda record: record.update(number=number))
    known = (
        replace(one, number=f"R{number:05d}") if one.participant == participant else one
        for one in changed.allocations
    )
    return replace(changed, allocations=tuple(known))


@pytest.mark.parametrize("number", [number_of("p05", 1), number_of("p99"), 10_000, 99_999, 5, -1, 10**30])
@pytest.mark.parametrize("plan", [BLOCKS, MINIMIZED], ids=lambda plan: plan.method)
def test_a_number_the_seed_does_not_give_is_named(plan: ListPlan, number: int) -> None:
    verdict = verdict_of(plan, numbered(history_of(plan), "p05", number))
    assert [text.split(": ")[1] for text in texts(verdict)] == [NOT_OFFERED]


def test_a_number_that_another_list_had_given_out_is_passed_over() -> None:
    history = numbered(history_of(MINIMIZED), "p05", number_of("p05", 2))
    drawn = BEGIN + timedelta(hours=5)
    printed = [f"R{number_of('p05', turn)}" for turn in (0, 1)]
    before = tuple((number, drawn) for number in printed)
    assert verdict_of(MINIMIZED, replace(history, elsewhere=before)).is_clean
    one_free = verdict_of(MINIMIZED, replace(history, elsewhere=before[:1]))
    assert texts(one_free) == [f"draw 6: {NOT_OFFERED}"]
    later = tuple((number, drawn + timedelta(minutes=5)) for number in printed)
    assert texts(verdict_of(MINIMIZED, replace(history, elsewhere=later))) == [f"draw 6: {NOT_OFFERED}"]


@pytest.mark.parametrize(("holder", "is_before"), [("p02", True), ("p08", False)])
def test_a_number_is_passed_over_for_an_earlier_draw_and_for_no_later_one(
    holder: str, is_before: bool
) -> None:
    history = numbered(history_of(MINIMIZED), holder, number_of("p05"))
    verdict = verdict_of(MINIMIZED, numbered(history, "p05", number_of("p05", 1)))
    assert any(text == f"draw 6: {NOT_OFFERED}" for text in texts(verdict)) is not is_before


def test_whoever_drew_before_an_amendment_has_a_number_of_the_format_before_it() -> None:
    history = history_of(BLOCKS)
    both = replace(history, number_formats=("N{number:04d}", "R{number:05d}"))
    assert verdict_of(BLOCKS, both).is_clean
    assert not verdict_of(BLOCKS, replace(history, number_formats=("N{number:04d}",))).is_clean


def test_an_allocation_that_names_another_person_is_named() -> None:
    history = history_of(BLOCKS)
    known = (replace(history.allocations[0], by="another"), *history.allocations[1:])
    told = texts(verdict_of(BLOCKS, replace(history, allocations=known)))
    assert [text.split(": ")[1] for text in told] == ["the allocation has another person"]


def without(history: History, gone: Callable[[str, int], bool]) -> History:
    return replace(
        history, slots=tuple(one for one in history.slots if not gone(one.slot.stratum, one.slot.seq))
    )


@pytest.mark.parametrize("plan", [BLOCKS, SIMPLE, UPLOADED], ids=lambda plan: plan.method)
def test_undrawn_places_missing_at_the_end_of_a_stratum_are_named(plan: ListPlan) -> None:
    history = history_of(plan, draws=6)
    stratum = STRATA[3]
    last = max(one.slot.block for one in history.slots if one.slot.stratum == stratum)
    gone = {one.slot.seq for one in history.slots if one.slot.stratum == stratum and one.slot.block == last}
    verdict = verdict_of(plan, without(history, lambda where, seq: where == stratum and seq in gone))
    assert texts(verdict) == [
        f"stratum {stratum}, place {seq}: the list gives this place and it is not stored"
        for seq in sorted(gone)
    ]


@pytest.mark.parametrize("plan", [BLOCKS, SIMPLE, UPLOADED], ids=lambda plan: plan.method)
def test_an_undrawn_stratum_missing_altogether_is_named(plan: ListPlan) -> None:
    verdict = verdict_of(plan, without(history_of(plan, draws=0), lambda where, _: where == STRATA[2]))
    assert verdict.first is not None
    assert (
        verdict.first.text == f"stratum {STRATA[2]}, place 1: the list gives this place and it is not stored"
    )
    assert all(text.startswith(f"stratum {STRATA[2]}, ") for text in texts(verdict))


@pytest.mark.parametrize("plan", [BLOCKS, SIMPLE, UPLOADED], ids=lambda plan: plan.method)
def test_places_and_what_tells_of_them_missing_together_are_still_missed(plan: ListPlan) -> None:
    """As in a backup of the sealed schema that is older than that of the rest: the extent stands outside."""
    history = history_of(plan, draws=0)
    kept = without(history, lambda where, _: where == STRATA[2])
    kept = replace(kept, lengths=tuple(one for one in history.lengths if one[0] != STRATA[2]))
    told = texts(verdict_of(plan, kept))
    assert told[0] == "the strata and their lengths are not those that were published"
    forged = replace(kept, extent=extent_of(kept.lengths))
    # Whoever also forges the extent can do so only with the seed; an uploaded list's places stand in its commitment.
    assert verdict_of(plan, forged).is_clean is (plan.method != "uploaded")


def test_places_beyond_the_end_are_named() -> None:
    history = history_of(SIMPLE)
    beyond = replace(history.slots[8], slot=replace(history.slots[8].slot, seq=10, block=9))
    told = texts(verdict_of(SIMPLE, replace(history, slots=(*history.slots, beyond))))
    assert told == [f"stratum {STRATA[0]}, place 10: a place is stored that the list does not give"]
