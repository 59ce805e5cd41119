"""Taking a step of the table, and leaving the trace of an act: shared by every service of a session."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.dosing.domain.session import ACTION_EVENTS, SessionAction, SessionState, next_state
from apps.dosing.models import DosingSession, SessionTransition


def step_record(
    *,
    session: DosingSession,
    action: SessionAction,
    by: User,
    at: datetime,
    happened_at: datetime | None = None,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """
    Take one step of the table: the column, one row that is never edited, one audit event. The caller saves.

    :raises IllegalTransition: if the table has no such step
    """
    before = SessionState(session.state)
    after = next_state(before, action)
    session.state = after.value
    SessionTransition.objects.create(
        session=session,
        action=action.value,
        from_state=before.value,
        to_state=after.value,
        at=happened_at or at,
        session_version=session.version + 1,
        reason=reason,
        recorded_at=at,
        recorded_by=by,
    )
    act_record(kind=ACTION_EVENTS[action], session=session, by=by, at=at, reason=reason, detail=detail)


def act_record(
    *,
    kind: str,
    session: DosingSession,
    by: User,
    at: datetime,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Leave the trace of an act on a session."""
    event_record(
        kind=kind,
        by=by,
        at=at,
        subject=session,
        study=session.participant.study.code,
        site=session.site.code,
        participant=session.participant.number,
        reason=reason,
        detail={"visit": session.visit.code, **(detail or {})},
    )
