"""The audit row of an act on a screening."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Record one act; `detail` names questions and verdicts, never an answer's value."""
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
