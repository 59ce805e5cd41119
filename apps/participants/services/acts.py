"""The audit row of an act on a participant."""

from __future__ import annotations

from datetime import datetime

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.participants.models import Participant


def act_record(
    *,
    kind: str,
    participant: Participant,
    by: User,
    at: datetime,
    subject: object,
    reason: str = "",
    detail: dict[str, object] | None = None,
) -> None:
    """Record one act in the words of the audit trail; `detail` never holds a value of the identity."""
    event_record(
        kind=kind,
        by=by,
        at=at,
        subject=subject,
        study=participant.study.code,
        site=participant.site.code,
        participant=participant.number,
        reason=reason,
        detail=detail,
    )
