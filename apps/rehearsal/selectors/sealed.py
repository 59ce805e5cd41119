"""The sealed part of a study, read with the owner's login for the checks of a rehearsal and for nothing else.

The service that calls leaves the line in the sealed access log. Any other login is refused by the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from apps.audit.models import AuditEvent
from apps.randomization.domain.shapes import Slot
from apps.randomization.selectors import commitments_of
from apps.rehearsal.domain.sealed import KitsGiven, SealedArm, SealedKit, SealedList
from apps.studies.models import Study


def is_owner() -> bool:
    """Say whether this process may read what is sealed: it is logged in to the database as its owner."""
    return bool(_rows("SELECT pg_has_role(current_user, 'vigil_sealed', 'MEMBER')")[0][0])


def lists_read(*, study: Study) -> tuple[SealedList, ...]:
    """Return every live list of a study as it lies sealed, places in order."""
    found = []
    for made in commitments_of(study_id=study.pk):
        if made.purpose != "LIVE":
            continue
        head = _rows(
            "SELECT seed, digest, mg_per_device, method, commitment FROM sealed.list WHERE list_id = %s",
            made.pk,
        )
        if not head:
            continue
        seed, digest, mg_per_device, method, commitment = head[0]
        places = _rows(
            "SELECT stratum, seq, block, size, arm, participant_id IS NOT NULL FROM sealed.slot "
            'WHERE list_id = %s ORDER BY stratum COLLATE "C", seq',
            made.pk,
        )
        drawn: dict[str, int] = {}
        for place in places:
            drawn[place[0]] = drawn.get(place[0], 0) + place[5]
        found.append(
            SealedList(
                code=made.code,
                method=method,
                commitment=commitment,
                seed=bytes(seed),
                digest=digest,
                mg_per_device=mg_per_device,
                arms=_arms(made.pk),
                slots=tuple(Slot(*place[:5]) for place in places),
                drawn=tuple(sorted(drawn.items())),
                was_extended=AuditEvent.objects.filter(
                    kind="randomization_list.extended", subject_id=str(made.pk)
                ).exists(),
            )
        )
    return tuple(found)


def kits_read(*, study: Study) -> tuple[SealedKit, ...]:
    """Return the content of every available kit of a study, in the order of random identifiers."""
    rows = _rows(
        "SELECT s.code, c.content, k.expires_on FROM supply_kit AS k JOIN sealed.kit_content AS c ON c.kit_id = k.id "
        "JOIN studies_site AS s ON s.id = k.site_id WHERE k.study_id = %s AND k.state = 'AVAILABLE' ORDER BY k.id",
        study.pk,
    )
    return tuple(SealedKit(*row) for row in rows)


def kits_given(*, participants: Sequence[UUID], first_visit: str) -> tuple[KitsGiven, ...]:
    """Return what the sessions of played participants got, by visit."""
    rows = _rows(
        "SELECT k.visit_code, s.arm, d.dose_mg, count(*) FILTER (WHERE c.content = 'ACTIVE'), count(*) "
        "FROM supply_kit AS k JOIN sealed.kit_content AS c ON c.kit_id = k.id "
        "JOIN sealed.slot AS s ON s.participant_id = k.participant_id "
        "LEFT JOIN sealed.dispensing AS d ON (d.participant_id, d.visit_code) = (k.participant_id, k.visit_code) "
        "WHERE k.participant_id = ANY(%s) AND k.state IN ('DISPENSED', 'ADMINISTERED') "
        "GROUP BY k.participant_id, k.visit_code, s.arm, d.dose_mg",
        list(participants),
    )
    return tuple(
        KitsGiven(
            visit=visit,
            arm=arm,
            dose_mg=dose_mg,
            is_first=visit == first_visit,
            active=active,
            devices=devices,
        )
        for visit, arm, dose_mg, active, devices in rows
    )


def _arms(list_id: UUID) -> tuple[SealedArm, ...]:
    rows = _rows(
        "SELECT code, label, active, fixed_mg, first_mg FROM sealed.arm WHERE list_id = %s ORDER BY place, code",
        list_id,
    )
    return tuple(SealedArm(*row) for row in rows)


def _rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
