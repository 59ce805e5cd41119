"""A replay passes what is whole and names what is not, down to the draw, in words without an arm."""

# ruff: noqa: E501 - a table is read by its rows

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.randomization.domain.history import History, StoredDraw
from apps.randomization.domain.replay import Verdict, replay
from apps.randomization.domain.shapes import ListPlan
from tests.domain.randomization.histories import (
    BLOCKS,
    MINIMIZED,
    PLANS,
    SEED,
    SIMPLE,
    history_of,
    number_of,
    places_of,
)

Change = Callable[[dict[str, Any]], object]


def verdict_of(plan: ListPlan, history: History, seed: bytes = SEED) -> Verdict:
    uploaded = places_of(plan) if plan.method == "uploaded" else ()
    return replay(plan=plan, seed=seed, history=history, uploaded=uploaded)


def texts(verdict: Verdict) -> list[str]:
    return [difference.text for difference in verdict.differences]


def rewritten(history: History, participant: str, change: Change) -> History:
    """The history with one record changed by somebody who also renews every hash after it."""
    rows: list[StoredDraw] = []
    heads: dict[str, str] = {}
    hashes: dict[str, str] = {}
    for row in history.draws:
        record = json.loads(row.record)
        if row.participant == participant:
            change(record)
        text, previous = json.dumps(record), heads.get(row.chain, history.commitment)
        heads[row.chain] = hashlib.sha256((previous + text).encode()).hexdigest()
        hashes[row.participant] = heads[row.chain]
        rows.append(replace(row, record=text, previous=previous, hash=heads[row.chain]))
    known = tuple(replace(one, record_hash=hashes[one.participant]) for one in history.allocations)
    return replace(history, draws=tuple(rows), allocations=known)


@pytest.mark.parametrize("method", PLANS)
def test_an_untouched_history_passes(method: str) -> None:
    plan = PLANS[method]
    for draws in (0, 1, 10):
        history = history_of(plan, draws=draws)
        verdict = verdict_of(plan, history)
        assert verdict.is_clean, texts(verdict)
        assert verdict.first is None
        assert (verdict.draws, verdict.allocations) == (draws, draws)
        assert verdict.steps == (draws if method == "minimization" else 0)
        assert verdict.places == (draws if method == "minimization" else len(places_of(plan)))


@pytest.mark.parametrize("method", PLANS)
def test_the_order_in_which_rows_are_read_changes_nothing(method: str) -> None:
    history = history_of(PLANS[method])
    turned = replace(
        history,
        slots=history.slots[::-1],
        draws=history.draws[::-1],
        allocations=history.allocations[::-1],
    )
    assert verdict_of(PLANS[method], turned).is_clean


def test_an_uploaded_list_is_known_in_any_order_and_by_every_arm() -> None:
    plan, history, places = PLANS["uploaded"], history_of(PLANS["uploaded"]), places_of(PLANS["uploaded"])
    given = {"plan": plan, "seed": SEED, "history": history}
    assert replay(**given, uploaded=places[::-1]).is_clean  # type: ignore[arg-type]
    other = replace(places[0], arm="PBO" if places[0].arm == "ESK" else "ESK")
    verdict = replay(**given, uploaded=(other, *places[1:]))  # type: ignore[arg-type]
    assert texts(verdict) == ["the uploaded list is not the one that was committed"]


def test_another_arm_drawn_is_named_with_its_place_and_told_only_to_whoever_may_know() -> None:
    history = history_of(BLOCKS)
    row = history.draws[3]
    is_esk = json.loads(row.record)["arm"] == "ESK"
    drawn, listed = ("PBO", "ESK") if is_esk else ("ESK", "PBO")
    verdict = verdict_of(BLOCKS, rewritten(history, row.participant, lambda r: r.update(arm=drawn)))
    assert verdict.first is not None
    named = f"stratum {row.chain}, draw {row.n}"
    assert verdict.first.text == f"{named}: the arm drawn is not the one the list gives"
    assert verdict.first.told == f"{named}: the arm drawn is {drawn}, the list gives {listed}"
    assert len(verdict.differences) == 1


def test_another_arm_stored_is_named_by_its_place() -> None:
    history = history_of(BLOCKS)
    slot = history.slots[20].slot
    other = "PBO" if slot.arm == "ESK" else "ESK"
    spoilt = replace(history.slots[20], slot=replace(slot, arm=other))
    verdict = verdict_of(BLOCKS, replace(history, slots=(*history.slots[:20], spoilt, *history.slots[21:])))
    assert texts(verdict) == [
        f"stratum {slot.stratum}, place {slot.seq}: the arm stored is not the one the list gives"
    ]
    assert verdict.differences[0].detail.endswith(f"is {other}, the list gives {slot.arm}")


def _scores(record: dict[str, Any]) -> None:
    record["scores"][0] += 1


def _counts(record: dict[str, Any]) -> None:
    record["counts"]["age"][1] += 1


def _coin(record: dict[str, Any]) -> None:
    record["numerators"] = record["numerators"][::-1]


STEPS: list[tuple[Change, str]] = [
    (_scores, "recorded and replayed scores differ"),
    (_counts, "recorded and replayed counts differ"),
    (_coin, "recorded and replayed probabilities differ"),
    (lambda r: r.update(drawn=r["drawn"] + 1), "recorded and replayed number drawn differ"),
    (lambda r: r.update(label="min/S.MAIN/99"), "recorded and replayed label differ"),
]


@pytest.mark.parametrize(("change", "said"), STEPS, ids=[said for _, said in STEPS])
def test_a_step_of_minimization_is_recomputed(change: Change, said: str) -> None:
    verdict = verdict_of(MINIMIZED, rewritten(history_of(MINIMIZED), "p05", change))
    assert len(verdict.differences) == 1
    assert verdict.differences[0].text.startswith(f"draw 6: {said}")


def test_another_arm_drawn_shows_at_its_step_and_in_all_counts_after_it() -> None:
    history = history_of(MINIMIZED)

    def swap(record: dict[str, Any]) -> None:
        record["arm"] = "PBO" if record["arm"] == "ESK" else "ESK"

    verdict = verdict_of(MINIMIZED, rewritten(history, "p02", swap))
    assert {text.split(":")[0] for text in texts(verdict)} >= {"draw 3"}
    assert "draw 3: recorded and replayed arm differ" in texts(verdict)
    assert not any(text.startswith(("draw 1:", "draw 2:")) for text in texts(verdict))


def test_time_may_stand_still_for_those_who_wait_but_not_run_back() -> None:
    history = history_of(MINIMIZED)
    at = json.loads(history.draws[4].record)["at"]

    def earlier(seconds: int) -> Change:
        moment = datetime.fromisoformat(at) - timedelta(seconds=seconds)
        return lambda record: record.update(at=moment.isoformat())

    moved = rewritten(history, "p05", earlier(29))
    assert texts(verdict_of(MINIMIZED, moved)) == ["draw 6: the allocation has another time"]
    back = verdict_of(MINIMIZED, rewritten(history, "p05", earlier(31)))
    assert texts(back)[0] == "draw 6: it is earlier than the draw before it"


TWICE: list[tuple[str, Any, str]] = [
    ("key", "k00", "draw 6: the key was drawn before"),
    ("number", number_of("p00"), "draw 6: the randomization number was drawn before"),
    ("participant", "p99", "draw 6: the record is of another participant than its row"),
]


@pytest.mark.parametrize(("name", "value", "said"), TWICE, ids=[name for name, _, _ in TWICE])
def test_what_record_and_allocation_agree_on_is_still_checked(name: str, value: Any, said: str) -> None:
    history = rewritten(history_of(MINIMIZED), "p05", lambda record: record.update({name: value}))
    outside = f"R{value}" if name == "number" else value
    known = tuple(
        replace(one, **{name: outside}) if one.participant == "p05" else one for one in history.allocations
    )
    assert said in texts(verdict_of(MINIMIZED, replace(history, allocations=known)))


def test_a_chain_begun_anew_is_not_tied_to_what_was_before() -> None:
    history = history_of(MINIMIZED)
    anew = hashlib.sha256(b"anew").hexdigest()
    last, known = history.draws[-1], history.allocations[-1]
    digest = hashlib.sha256((anew + last.record).encode()).hexdigest()
    spoilt = replace(
        history,
        draws=(*history.draws[:-1], replace(last, previous=anew, hash=digest)),
        allocations=(*history.allocations[:-1], replace(known, record_hash=digest)),
    )
    assert texts(verdict_of(MINIMIZED, spoilt)) == ["draw 10: it is not tied to the hash before it"]


GONE: list[tuple[str, Callable[[History], History], str]] = [
    ("a draw", lambda h: replace(h, draws=h.draws[:4] + h.draws[5:]), "draw 5 before it is missing"),
    ("the last draw", lambda h: replace(h, draws=h.draws[:-1]), "taken without a draw"),
    ("an allocation", lambda h: replace(h, allocations=h.allocations[1:]), "nobody was allocated by it"),
    ("a place", lambda h: replace(h, slots=h.slots[1:]), "the place it took is not stored"),
    ("a draw told twice", lambda h: replace(h, draws=(*h.draws, h.draws[2])), "the number is there twice"),
    ("an allocation told twice", lambda h: replace(h, allocations=(*h.allocations, h.allocations[2])), "allocated twice"),
    ("a hash forgotten", lambda h: replace(h, allocations=(replace(h.allocations[0], record_hash=""), *h.allocations[1:])), "another record's hash"),
    ("a record that is none", lambda h: replace(h, draws=(replace(h.draws[0], record="[1"), *h.draws[1:])), "the record is no JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("lose", "said"), [row[1:] for row in GONE], ids=[row[0] for row in GONE])
def test_what_is_gone_or_doubled_is_named(lose: Callable[[History], History], said: str) -> None:
    verdict = verdict_of(MINIMIZED, lose(history_of(MINIMIZED)))
    assert any(said in text for text in texts(verdict)), texts(verdict)


@pytest.mark.parametrize("plan", [BLOCKS, SIMPLE, MINIMIZED], ids=lambda plan: plan.method)
def test_another_seed_or_plan_is_said_once_and_floods_nobody(plan: ListPlan) -> None:
    history = history_of(plan)
    wrong_seed = verdict_of(plan, history, seed=bytes(32))
    wrong_plan = verdict_of(replace(plan, trial="S.SECOND"), history)
    for verdict in (wrong_seed, wrong_plan):
        assert texts(verdict) == ["the published commitment is not that of this seed and this plan"]


def test_an_impossible_plan_is_refused_and_not_replayed() -> None:
    with pytest.raises(ValueError, match="block of 4"):
        verdict_of(replace(BLOCKS, block_sizes=(4,)), history_of(BLOCKS))
