"""What every act of the two hours begins and ends with: load the session locked, record the act."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.dosing.models import DosingSession
from apps.monitoring import selectors
from apps.monitoring.selectors import Watch
from apps.studies import access
from apps.studies.domain.permissions import Permission


def watch_locked(session_id: UUID, *, by: User, at: datetime, permission: Permission) -> Watch:
    """Load a session locked: absent for who may not see it, refused for who may see and not act."""
    watch = selectors.watch(viewer=by, session_id=session_id, now=at, lock=True, with_watchers=False)
    access.check(user=by, permission=permission, site_id=watch.session.site_id, now=at)
    return watch


def act_record(
    kind: str,
    session: DosingSession,
    *,
    subject: object,
    by: User,
    at: datetime,
    detail: dict[str, Any],
    reason: str = "",
) -> None:
    event_record(
        kind=kind,
        by=by,
        at=at,
        subject=subject,
        study=session.participant.study.code,
        site=session.site.code,
        participant=session.participant.number,
        reason=reason,
        detail=detail,
    )
