"""Tell the story in a world inside one transaction that is never committed, and bring back what was heard."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar
from unittest.mock import patch
from uuid import UUID

import time_machine
from django.db import connection, transaction

from tests.apps.blind import stage, story, worlds
from tests.apps.blind.chance import pinned
from tests.apps.blind.worlds import World
from tests.apps.randomization import worlds as randomization
from tests.apps.randomization.worlds import as_owner

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
Seen = TypeVar("Seen")


class _Undo(Exception):
    """Takes a savepoint back."""


@contextmanager
def savepoint() -> Iterator[None]:
    """Whatever happens inside is undone. All worlds lie in one transaction, so that `now()` is the same in all."""
    block = transaction.atomic()
    block._from_testcase = True  # as a test's own block: what must be durable may lie in it
    try:
        with block:
            yield
            raise _Undo
    except _Undo:
        pass


def numbers_reset() -> None:
    """Every sequence at the same number: they do not roll back."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT schemaname, sequencename FROM pg_sequences ORDER BY 1, 2")
        for schema, name in cursor.fetchall():
            cursor.execute(
                "SELECT setval(format('%%I.%%I', %s::text, %s::text)::regclass, 1000000)", [schema, name]
            )


def told(
    world: World, look: Callable[[story.Telling], Seen], *, tell: Callable[[story.Telling], None] = story.tell
) -> Seen:
    """Tell the story in a world, and return what `look` makes of it before it is undone."""
    with savepoint(), pinned() as chance, patch.object(randomization, "_numbers", itertools.count(101)):
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE vigil_app")
        numbers_reset()
        connection.savepoint_state = 0 if not connection.savepoint_ids else len(connection.savepoint_ids)
        chance.seed("stage")
        with time_machine.travel(AT, tick=False):
            telling = story.Telling(stage.stage_make(world, at=AT), AT, chance)
        tell(telling)
        return look(telling)


Arms = dict[UUID, str]


def _blank(telling: story.Telling) -> tuple[tuple[worlds.Picked, ...], list[str], tuple[Arms, Arms]]:
    """Which kits are picked where every kit holds the same, and who would be in which arm in either world."""
    handed_out, one = worlds.picked(), worlds.arms()
    worlds.arms_exchange()
    return handed_out, telling.stage.numbers, (one, worlds.arms())


def pair() -> tuple[World, World]:
    """Two worlds in which the same kits are picked, for opposite reasons."""
    handed_out, numbers, arms = told(World("blank", exchanged=False, contents=None), _blank, tell=story.kits)
    made = [
        World(
            name, exchanged, worlds.contents_for(handed_out, numbers, found, stage.DOSES, exchanged=exchanged)
        )
        for name, exchanged, found in zip("AB", (False, True), arms, strict=True)
    ]
    return made[0], made[1]
