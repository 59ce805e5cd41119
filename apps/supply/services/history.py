"""What lies in the sealed schema of kits that a fictional story has used: their contents, and what was asked for.

The kits and their ledger are written with the story; this adds the part that only the database owner's login may
write. Only for fictional studies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from django.db import connection, transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import NotAllowed, Reason
from apps.randomization.services import sealed_call
from apps.studies.models import Study


@dataclass(frozen=True, slots=True)
class PastDispensing:
    """One request of the story: for whom, at which visit, which dose in mg from how many devices."""

    participant_id: UUID
    visit_code: str
    dose_mg: int | None
    devices: int
    by: User
    at: datetime


@transaction.atomic
def contents_replay(
    *,
    study: Study,
    contents: Mapping[UUID, str],
    dispensings: Sequence[PastDispensing],
    by: User,
    at: datetime,
) -> None:
    """
    Register what is inside the kits of a story, and the requests they were handed out for.

    :raises NotAllowed: unless the study is fictional and the process is the database's owner
    """
    if not study.is_fictional:
        raise NotAllowed(Reason("not_fictional", "Only a fictional study has a story."))
    try:
        sealed_call("kits_register", kits=list(contents), contents=list(contents.values()))
    except psycopg.errors.InsufficientPrivilege:
        raise NotAllowed(
            Reason("not_the_owner", "Only the database owner's login may register kits.")
        ) from None
    rows = [
        (one.participant_id, one.visit_code, one.dose_mg, one.devices, one.by.pk, one.at)
        for one in dispensings
    ]
    # Straight to the driver, as `sealed_call` goes: no content passes through what logs or wraps statements.
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.executemany(
            "INSERT INTO sealed.dispensing (participant_id, visit_code, dose_mg, devices, by, at) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            rows,
        )
        # Choosing a kit reads the arm, so each request has its line in the access log.
        cursor.executemany(
            "INSERT INTO sealed.access (at, function, by, study_id, participant_id, subject, reason) "
            "VALUES (%s, 'kits_dispense', %s, %s, %s, %s, 'kits for a visit')",
            [(one.at, one.by.pk, study.pk, one.participant_id, one.visit_code) for one in dispensings],
        )
    event_record(
        kind="kits.replayed",
        by=by,
        at=at,
        subject=study,
        study=study.code,
        detail={"kits": len(contents), "requests": len(rows)},
    )
