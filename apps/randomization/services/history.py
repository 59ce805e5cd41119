"""Draws of a fictional trial, made one after another in the order in which they are said to have happened.

The list, the draw and the sealing are the real ones; only the moment and the person are those of the story. Needs
the database owner's login, and answers with what each participant was drawn for so that the story can go on. Only
for fictional studies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from django.db import ProgrammingError, connection, transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, NotAllowed, Reason
from apps.randomization.domain.plan import number_bounds
from apps.randomization.models import Allocation, RandomizationList, sealed_call
from apps.studies.selectors import protocol_of


@dataclass(frozen=True, slots=True)
class PastDraw:
    """One draw of the story: who, from which stratum, under which key, by whom and when."""

    participant_id: UUID
    stratum: str
    key: UUID
    by: User
    at: datetime


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a draw gave. `is_active` is sealed knowledge: it is for the story alone and is written nowhere."""

    allocation: Allocation
    is_active: bool


@transaction.atomic
def allocations_replay(
    *, made: RandomizationList, draws: Sequence[PastDraw], by: User, at: datetime
) -> dict[UUID, Replayed]:
    """
    Draw a place for each participant in the order given; return what each was given.

    :raises NotAllowed: unless the study is fictional and the process is the database's owner
    :raises Conflict: if a stratum has no place left, or somebody was drawn before
    """
    if not made.study.is_fictional:
        raise NotAllowed(Reason("not_fictional", "Only the draws of a fictional study can be replayed."))
    number_format = protocol_of(made.protocol_version).randomization.number_format
    low, high = number_bounds(number_format)
    allocations = []
    for draw in draws:
        outcome, number, record_hash = sealed_call(
            "draw_slot",
            list=made.pk,
            stratum=draw.stratum,
            participant=draw.participant_id,
            key=draw.key,
            low=low,
            high=high,
            by=draw.by.pk,
            at=draw.at,
        )[0]
        if outcome != "DRAWN":
            raise Conflict(Reason("not_drawn", "A draw of the story could not be made."))
        allocations.append(
            Allocation(
                study_id=made.study_id,
                participant_id=draw.participant_id,
                list=made,
                stratum=draw.stratum,
                randomization_number=number_format.format(number=number),
                key=draw.key,
                allocated_at=draw.at,
                record_hash=record_hash,
                recorded_at=draw.at,
                recorded_by=draw.by,
            )
        )
    # The participants' rows follow in the same transaction; the foreign key is checked at its end.
    Allocation.objects.bulk_create(allocations)
    active = _active(made, by=by)
    event_record(
        kind="randomization_list.replayed",
        by=by,
        at=at,
        subject=made,
        study=made.study.code,
        detail={"list": made.code, "draws": len(allocations)},
    )
    return {one.participant_id: Replayed(one, active[one.participant_id]) for one in allocations}


def _active(made: RandomizationList, *, by: User) -> dict[UUID, bool]:
    """Whether each participant of a list gets the drug; the reading leaves its line in the access log."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO sealed.access (function, by, study_id, subject, reason) VALUES (%s, %s, %s, %s, %s)",
                ["allocations_replay", by.pk, made.study_id, made.code, "the story of a fictional study"],
            )
            cursor.execute(
                "SELECT s.participant_id, a.active FROM sealed.slot AS s "
                "JOIN sealed.arm AS a ON (a.list_id, a.code) = (s.list_id, s.arm) "
                "WHERE s.list_id = %s AND s.participant_id IS NOT NULL",
                [made.pk],
            )
            return dict(cursor.fetchall())
    except ProgrammingError as fault:
        if isinstance(fault.__cause__, psycopg.errors.InsufficientPrivilege):
            raise NotAllowed(
                Reason("not_the_owner", "Only the database owner's login may replay draws.")
            ) from None
        raise
