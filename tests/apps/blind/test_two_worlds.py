"""Two worlds that differ only in who got what cannot be told apart by anybody who is blinded."""

from __future__ import annotations

import pytest

from tests.apps.blind.addresses import routes, unfilled
from tests.apps.blind.record import MAY_DIFFER, differences
from tests.apps.blind.seen import Seen
from tests.apps.blind.stage import CANARY
from tests.apps.blind.walk import LOOKED_AT

pytestmark = pytest.mark.django_db

Worlds = tuple[Seen, Seen]

#: Where an arm's name stands by right, and why.
NAMED = {
    "/protocol/": "the protocol lists its arms for everybody who reads it; it says nothing of a participant",
    "table studies_protocolversion": "the protocol itself",
    "table studies_protocolversionevent": "the protocol's history",
}


def told(found: list[str]) -> str:
    return "\n".join([f"{len(found)} differences", *found[:40]])


def test_every_address_is_walked() -> None:
    """A new parameter of an address needs a line in FILLERS; a new address with known ones is walked by being there."""
    assert not unfilled()
    assert len(list(routes())) > 100


def test_the_worlds_do_differ(worlds_seen: Worlds) -> None:
    one, other = worlds_seen
    assert one.arms.keys() == other.arms.keys()
    flexible = [name for name in one.arms if name[0] in "BU"]
    assert [name for name in (*flexible, *LOOKED_AT) if one.arms[name] == other.arms[name]] == []
    assert len({one.arms[name] for name in flexible}) == 2
    assert len({one.arms[name] for name in one.arms if name.startswith("L")}) == 3
    # The report by arm, which is sealed, says so.
    assert any(CANARY.encode() in said for said in one.by_right)
    assert one.by_right != other.by_right


def test_an_envelope_was_opened_and_only_its_reader_can_tell_the_worlds_apart(worlds_seen: Worlds) -> None:
    """What follows is seen after it: that the bytes are equal is told of a trial that goes on after a code break."""
    one, other = worlds_seen
    assert [len(world.told_once) for world in worlds_seen] == [1, 1]
    assert one.told_once != other.told_once
    assert all(CANARY.encode() in world.told_once[0] for world in worlds_seen)
    assert "code opened: 200" in one.heard.kept


@pytest.mark.parametrize("part", ["heard", "logs", "queue", "answers", "rows", "rows_after"])
def test_the_bytes_are_equal(worlds_seen: Worlds, part: str) -> None:
    one, other = worlds_seen
    found = differences(getattr(one, part), getattr(other, part))
    assert not found, told(found)


def test_what_may_differ_does_and_has_a_reason(worlds_seen: Worlds) -> None:
    """An exception that nothing needs any more hides the next leak."""
    assert all(reason for reason in MAY_DIFFER.values())


@pytest.mark.parametrize("part", ["heard", "logs", "queue", "answers", "rows", "rows_after"])
def test_no_arm_is_named_where_it_does_not_belong(worlds_seen: Worlds, part: str) -> None:
    for world in worlds_seen:
        found = [
            label
            for label in getattr(world, part).holding(CANARY)
            if not any(place in label for place in NAMED)
        ]
        assert not found, told(found)


def test_the_story_was_told_and_the_walk_was_long(worlds_seen: Worlds) -> None:
    """Teeth: sessions were held, doses raised, mails sent, refusals of every kind given."""
    one, _ = worlds_seen
    heard = list(one.heard.kept)
    assert sum(label.startswith("e-mail") for label in heard) > 50
    assert {
        "repeat: 200", "repeat under another key: 409", "another's key: 409", "no kits: 409", "unknown: 404",
        "another site's: 404", "may not: 403",
        "code break: 403", "no stratum: 409", "not eligible: 409", "draw B1: 201", "draw L1: 201",
    } <= set(heard)  # fmt: skip
    for label in ("second session of B1", "second session of B6", "report made, by arm True"):
        assert one.heard[label] == b"'done'", label
    assert b"KitsShort" in one.heard["short"]
    assert set(one.answers.statuses) >= {200, 302, 400, 401, 403, 404, 405, 409, 422}
    assert one.answers.statuses.get(500, 0) == 0
    assert len(one.answers.kept) > 1500
    assert any("/code-breaks/" in label and b"EMERGENCY" in one.answers[label] for label in one.answers.kept)
    assert any("redis" in label for label in one.queue.kept)


@pytest.mark.parametrize("kind", ["text", "length", "header", "order", "status", "log", "e-mail", "row"])
def test_a_planted_leak_is_found(worlds_seen: Worlds, kind: str) -> None:
    one, other = worlds_seen
    assert differences(one.planted[kind], other.planted[kind])


def test_a_planted_name_is_found_and_nothing_planted_finds_nothing(worlds_seen: Worlds) -> None:
    one, other = worlds_seen
    assert one.planted["text"].holding(CANARY) == ["text"]
    assert not differences(one.planted["none"], other.planted["none"])
