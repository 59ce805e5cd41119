"""Entering what was written on paper: every line through the one service of observations, each with its own outcome."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Invalid, Reason, Refused
from apps.monitoring import selectors
from apps.monitoring.domain.paper import KNOWN, LATE_REASON, REFUSED, SAVED, Outcome, PaperRow, row_reasons
from apps.monitoring.models import Observation, PaperEntry
from apps.monitoring.services.observations import observation_record
from apps.monitoring.services.steps import act_record
from apps.studies import access
from apps.studies.domain.permissions import Permission


def paper_readings_record(
    *, session_id: UUID, rows: Sequence[PaperRow], by: User, at: datetime
) -> tuple[Outcome, ...]:
    """
    Record lines of a paper, the earliest first. A line that is refused takes no other with it, and is not lost.

    Each keeps when it was seen (on the paper), when it was entered (`at`), when it was received, and who measured.
    The same lines again save nothing twice.

    :returns: what became of each line, in the order given
    :raises NotFound: if the session is not there for `by`
    :raises NotAllowed: if `by` may not record observations at this site
    """
    session = selectors.watch(viewer=by, session_id=session_id, now=at).session
    access.check(user=by, permission=Permission.OBSERVATION_RECORD, site_id=session.site_id, now=at)
    in_time = sorted(rows, key=lambda row: (row.observed_at is None, row.observed_at or at))
    outcomes: dict[int, Outcome] = {}
    for row in in_time:
        try:
            new = _row_record(session_id, row, by=by, at=at)
        except Refused as refusal:
            outcomes[id(row)] = Outcome(row.id, REFUSED, tuple(refusal.reasons))
        else:
            outcomes[id(row)] = Outcome(row.id, SAVED if new else KNOWN)
    return tuple(outcomes[id(row)] for row in rows)


@transaction.atomic
def _row_record(session_id: UUID, row: PaperRow, *, by: User, at: datetime) -> bool:
    reasons = row_reasons(row)
    if reasons or row.observed_at is None:
        raise Invalid(*reasons)
    # A line sent again was entered when it was entered first.
    known = Observation.objects.filter(pk=row.id).values_list("entered_at", flat=True).first()
    observation, new = observation_record(
        observation_id=row.id,
        session_id=session_id,
        slot_minute=row.slot_minute,
        values=row.values,
        observed_at=row.observed_at,
        entered_at=known or at,
        late_reason=LATE_REASON,
        not_done=row.not_done,
        confirmed=row.confirmed,
        note=row.note,
        by=by,
        at=at,
    )
    if not new:
        entry = PaperEntry.objects.filter(observation=observation).first()
        if entry is None or entry.measured_by != row.measured_by.strip():
            raise Conflict(
                Reason(
                    "identifier_used",
                    "This line was saved before with other words; nothing was changed.",
                    "id",
                )
            )
        return False
    entry = PaperEntry.objects.create(
        observation=observation, measured_by=row.measured_by.strip(), recorded_at=at, recorded_by=by
    )
    act_record(
        "observation.entered_from_paper",
        observation.session,
        subject=entry,
        by=by,
        at=at,
        reason=LATE_REASON,
        detail={"measured_by": entry.measured_by, "observation": str(observation.pk)},
    )
    return True
