"""Leaving the trace of an act on the schedule: shared by its services."""

from __future__ import annotations

from datetime import datetime

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.participants.models import Participant
from apps.schedule.models import Visit


def act_record(
    *,
    kind: str,
    by: User,
    at: datetime,
    participant: Participant,
    detail: dict[str, object],
    subject: Visit | None = None,
    reason: str = "",
) -> None:
    """Leave the trace of an act on a participant's schedule, or on one visit of it."""
    event_record(
        kind=kind,
        by=by,
        at=at,
        subject=subject if subject is not None else participant,
        study=participant.study.code,
        site=participant.site.code,
        participant=participant.number,
        reason=reason,
        detail=detail,
    )
