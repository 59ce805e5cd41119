"""Whatever single value of a history is changed, a replay finds it, and says so without an arm."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.randomization.domain.history import History
from apps.randomization.domain.replay import Verdict, replay
from tests.domain.randomization.histories import PLANS, SEED, history_of, places_of

KEPT = cache(history_of)
PLANNED = tuple(PLANS.values())


def verdict_of(plan: Any, history: History) -> Verdict:
    uploaded = places_of(plan) if plan.method == "uploaded" else ()
    return replay(plan=plan, seed=SEED, history=history, uploaded=uploaded)


@st.composite
def other_value(draw: st.DrawFn, value: Any) -> Any:
    """Another value of the same kind: near it, far from it, or of its neighbours."""
    if isinstance(value, datetime):
        return value + timedelta(microseconds=draw(st.integers(1, 10**12)) * draw(st.sampled_from((-1, 1))))
    if isinstance(value, int):
        return draw(st.one_of(st.integers(-2, 60), st.integers()).filter(lambda other: other != value))
    if value is None:
        return draw(st.sampled_from(("p00", "p07", "nobody", "")))
    near = st.integers(0, max(len(value) - 1, 0)).map(lambda at: value[:at] + "x" + value[at + 1 :])
    words = st.sampled_from(("ESK", "PBO", "", "p00", "p05", "k03", "*", "all", "age=old|country=CZ"))
    return draw(
        st.one_of(near, words, st.text(max_size=5), st.just(value + " ")).filter(lambda o: o != value)
    )


@st.composite
def mutated(draw: st.DrawFn) -> tuple[Any, History]:
    """A plan and its history with one stored value changed."""
    plan = draw(st.sampled_from(PLANNED))
    history = KEPT(plan)
    part = draw(st.sampled_from(("commitment", "extent", "list_id", "slots", "draws", "allocations")))
    held = getattr(history, part)
    if isinstance(held, str):
        return plan, replace(history, **{part: draw(other_value(held))})
    place = draw(st.integers(0, len(held) - 1))
    row = held[place]
    if part == "slots" and draw(st.booleans()):
        row = replace(row, slot=_changed(draw, row.slot))
    elif part == "slots":
        row = replace(row, participant=draw(other_value(row.participant)))
    else:
        row = _changed(draw, row)
    return plan, replace(history, **{part: (*held[:place], row, *held[place + 1 :])})


def _changed(draw: st.DrawFn, row: Any) -> Any:
    name = draw(st.sampled_from([field.name for field in fields(row)]))
    return replace(row, **{name: draw(other_value(getattr(row, name)))})


@settings(max_examples=300, deadline=None)
@given(mutated())
def test_any_single_change_of_what_is_stored_is_found(case: tuple[Any, History]) -> None:
    plan, history = case
    verdict = verdict_of(plan, history)
    assert not verdict.is_clean


@settings(max_examples=100, deadline=None)
@given(mutated())
def test_what_is_said_of_a_change_names_no_arm_of_its_own(case: tuple[Any, History]) -> None:
    # A text may repeat a stored participant or stratum; where nobody wrote an arm into one, none is said.
    plan, history = case
    named = [slot.slot.stratum for slot in history.slots] + [str(slot.participant) for slot in history.slots]
    named += [draw.chain + draw.participant for draw in history.draws]
    named += [one.participant for one in history.allocations]
    if any(arm in word for arm in plan.codes for word in named):
        return
    for difference in verdict_of(plan, history).differences:
        assert not any(arm in difference.text for arm in plan.codes), difference


@settings(max_examples=150, deadline=None)
@given(
    plan=st.sampled_from(PLANNED),
    turn=st.integers(0, 9),
    name=st.sampled_from(
        (
            "arm",
            "n",
            "number",
            "participant",
            "key",
            "stratum",
            "list",
            "method",
            "levels",
            "at",
            "by",
            "nonce",
        )
    ),
    data=st.data(),
)
def test_a_record_changed_by_somebody_who_renews_every_hash_is_found(
    plan: Any, turn: int, name: str, data: st.DataObject
) -> None:
    """Nothing of a record rests on its hash alone: each entry is held by the seed or by what stands outside."""
    history = KEPT(plan)
    rows, heads = [], {}
    for place, row in enumerate(history.draws):
        record = json.loads(row.record)
        if place == turn:
            record[name] = _other_entry(data, record, name)
        text, previous = json.dumps(record), heads.get(row.chain, history.commitment)
        heads[row.chain] = hashlib.sha256((previous + text).encode()).hexdigest()
        rows.append(replace(row, record=text, previous=previous, hash=heads[row.chain]))
    hashes = {row.participant: row.hash for row in rows}
    known = tuple(replace(one, record_hash=hashes[one.participant]) for one in history.allocations)
    assert not verdict_of(plan, replace(history, draws=tuple(rows), allocations=known)).is_clean


def _other_entry(data: st.DataObject, record: dict[str, Any], name: str) -> Any:
    if name == "levels":
        return data.draw(st.sampled_from(({"age": "old"}, {"age": "old", "country": "FR"}, {"a": "b"}, [])))
    if name == "at":
        return (datetime.fromisoformat(record["at"]) + timedelta(seconds=1)).isoformat()
    return data.draw(other_value(record[name]))
