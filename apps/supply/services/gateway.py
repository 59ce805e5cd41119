"""The one gateway of the ledger: it writes the lines and moves the kits, in one statement, for every service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Reason
from apps.supply.domain.kits import KitState, Movement


@dataclass(frozen=True, slots=True)
class Place:
    """Whose kit it becomes: a participant's, at a visit, as which device from 1."""

    participant_id: UUID
    visit_code: str
    position: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line to be written: which kit, what happens, from where to where; `place` where it becomes somebody's."""

    kit_id: UUID
    movement: Movement
    before: KitState | None
    after: KitState
    place: Place | None = None


_WRITE = """
WITH entry AS (
    SELECT * FROM unnest(
        %(ids)s::uuid[], %(kits)s::uuid[], %(movements)s::text[], %(befores)s::text[], %(afters)s::text[],
        %(people)s::uuid[], %(visits)s::text[], %(positions)s::smallint[]
    ) WITH ORDINALITY AS e (id, kit_id, movement, before, after, person, visit, position, nth)
), moved AS (
    UPDATE supply_kit AS k
    SET state = e.after, participant_id = coalesce(e.person, k.participant_id),
        visit_code = coalesce(e.visit, k.visit_code), position = coalesce(e.position, k.position)
    FROM entry AS e
    WHERE k.id = e.kit_id AND k.state = coalesce(nullif(e.before, ''), e.after)
    RETURNING k.id
)
INSERT INTO supply_kitmovement (
    id, kit_id, line, movement, at, from_state, to_state, participant_id, witness_id, reason,
    recorded_at, recorded_by_id
)
SELECT e.id, e.kit_id, 0, e.movement, %(at)s, e.before, e.after, e.person, %(witness)s, %(reason)s, %(now)s, %(by)s
FROM entry AS e JOIN moved ON moved.id = e.kit_id ORDER BY e.nth
"""


def lines_write(
    lines: Sequence[Line], *, by: User, at: datetime, witness: User | None = None, reason: str = ""
) -> None:
    """
    Write one line per kit and move the kits with them; the database numbers the lines and holds the sums.

    :raises Conflict: if a kit is no longer where its line begins; nothing is written then
    """
    if not lines:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            {
                "ids": [uuid4() for _ in lines],
                "kits": [line.kit_id for line in lines],
                "movements": [line.movement.value for line in lines],
                "befores": [line.before.value if line.before else "" for line in lines],
                "afters": [line.after.value for line in lines],
                "people": [line.place.participant_id if line.place else None for line in lines],
                "visits": [line.place.visit_code if line.place else None for line in lines],
                "positions": [line.place.position if line.place else None for line in lines],
                "at": at,
                "now": at,
                "by": by.pk,
                "witness": witness.pk if witness else None,
                "reason": reason.strip(),
            },
        )
        if cursor.rowcount != len(lines):
            raise Conflict(
                Reason("kit_moved", "A kit was moved by somebody else meanwhile. Reload the page.")
            )
