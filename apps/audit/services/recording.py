"""The one way to leave a trace of an act. Called inside the transaction of the act itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from apps.audit.models import AuditEvent
from apps.core.writing import row_add


class Actor(Protocol):
    """Whoever acts: a person who uses the system, or the system account."""

    id: Any
    email: str


def event_of(
    *,
    kind: str,
    by: Actor,
    at: datetime,
    subject: Any = None,
    study: str = "",
    site: str = "",
    participant: str = "",
    roles: str = "",
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """
    Return one act, not recorded yet: for a service that writes it in the one statement it writes all else in.

    `kind` is `<entity>.<past participle>`; `detail` never holds an arm or an identity.

    :raises ValueError: if nobody is named as the actor
    """
    if by is None or getattr(by, "id", None) is None:
        raise ValueError("An act without an actor cannot be recorded.")
    return AuditEvent(
        at=at,
        kind=kind,
        actor_id=by.id,
        actor_label=by.email,
        actor_roles=roles,
        study_code=study,
        site_code=site,
        participant_number=participant,
        subject_type=type(subject).__name__ if subject is not None else "",
        subject_id=str(getattr(subject, "pk", "") or ""),
        reason=reason,
        detail=dict(detail or {}),
    )


def event_record(*, kind: str, by: Actor, at: datetime, **told: Any) -> AuditEvent:
    """
    Record one act; see `event_of` for what may be told of it.

    :raises ValueError: if nobody is named as the actor
    """
    event = event_of(kind=kind, by=by, at=at, **told)
    row_add(event)
    return event
