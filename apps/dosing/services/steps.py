"""Loading a session to act on, taking a step of the table, and leaving the trace: shared by every act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Reason
from apps.dosing import selectors
from apps.dosing.domain.session import ACTION_EVENTS, SessionAction, SessionState, next_state
from apps.dosing.models import DosingSession, SessionTransition
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Participant
from apps.participants.selectors import consent_in_force
from apps.studies import access
from apps.studies.domain.permissions import Permission


def session_to_act(
    *, session_id: UUID, permission: Permission, version: int | None, by: User, at: datetime
) -> DosingSession:
    """
    Load a session locked, for somebody who may act on it and saw its present version.

    :raises NotFound: if there is no such session at the person's sites
    :raises NotAllowed: if the person may see it and not do this
    :raises Conflict: if it changed since it was read
    """
    session = selectors.session_get(viewer=by, session_id=session_id, now=at, lock=True)
    access.check(user=by, permission=permission, site_id=session.site_id, now=at)
    if version is not None and version != session.version:
        raise Conflict(
            Reason(
                "stale_version",
                "Somebody took a step in this session meanwhile. Look at it again, then decide.",
                "version",
            )
        )
    return session


def step(
    session: DosingSession,
    action: SessionAction,
    *,
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
    record(ACTION_EVENTS[action], session, by=by, at=at, reason=reason, detail=detail)


def save(session: DosingSession) -> DosingSession:
    """Write a session once, with the next version; called after the last step, for the table is enforced below."""
    session.version += 1
    session.save()
    return session


def record(
    kind: str,
    session: DosingSession,
    *,
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


def in_trial_reasons(participant: Participant) -> tuple[Reason, ...]:
    """Return why a participant may not be dosed at all: not randomized, left the trial, no consent in force."""
    reasons = []
    if participant.status != ParticipantStatus.RANDOMIZED.value:
        word = ParticipantStatus(participant.status).value.replace("_", " ").lower()
        reasons.append(
            Reason("not_in_treatment", f"The participant is {word}, not randomized and in treatment.")
        )
    if consent_in_force(participant=participant) is None:
        reasons.append(Reason("no_consent", "No consent is in force."))
    return tuple(reasons)
