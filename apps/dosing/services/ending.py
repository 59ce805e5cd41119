"""How a session ends: stopped before any spray, cut short after one, or discharged with a clearance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.exceptions import Invalid, NotAllowed, Reason
from apps.dosing import selectors
from apps.dosing.domain.session import DischargeClearance, EarlyClearance, SessionAction, SessionState
from apps.dosing.models import DeviceUse, DosingSession
from apps.dosing.services.acts import step_record
from apps.studies.domain.permissions import Permission


@transaction.atomic
def session_stop(*, session_id: UUID, reason: str, version: int, by: User, at: datetime) -> DosingSession:
    """
    Stop a session, with a reason. Before any spray it is over and the visit stays open within its window; after one
    the dose is cut short, no further device is given, and the two hours go on.

    :raises NotFound: if there is no such session at the person's sites
    :raises NotAllowed: if the person may not stop sessions there
    :raises Conflict: if the session changed since it was read
    :raises Invalid: if no reason is given, or a device is still open
    :raises IllegalTransition: if the dose or the session is over already
    """
    session = selectors.session_to_act(
        session_id=session_id, permission=Permission.SESSION_STOP, version=version, by=by, at=at
    )
    dosing = session.state == SessionState.DOSING.value
    grounds = []
    if not reason.strip():
        grounds.append(Reason("reason_needed", "Say why the session stops.", "reason"))
    if dosing and DeviceUse.objects.filter(session=session, outcome__isnull=True).exists():
        grounds.append(Reason("device_open", "Close the open device first: how did it go?"))
    if grounds:
        raise Invalid.because(grounds)

    if dosing:
        step_record(
            session=session,
            action=SessionAction.COMPLETE_DOSE,
            by=by,
            at=at,
            reason=reason.strip(),
            detail={"cut_short": True},
        )
    else:
        step_record(session=session, action=SessionAction.STOP, by=by, at=at, reason=reason.strip())
        session.ended_at = at
    session.version += 1
    session.save()
    return session


@transaction.atomic
def session_discharge(
    *, session_id: UUID, clearance: DischargeClearance, by: User, at: datetime
) -> DosingSession:
    """
    Close the session and let the participant go. The clearance is the proof that the two hours were kept.

    :raises NotFound: if there is no such session at the person's sites
    :raises NotAllowed: if the person may not discharge there, or the clearance is another session's
    :raises IllegalTransition: if the session is not being observed
    """
    return _close(
        session_id,
        clearance,
        SessionAction.DISCHARGE,
        permission=Permission.SESSION_DISCHARGE,
        by=by,
        at=at,
    )


@transaction.atomic
def session_release_early(
    *, session_id: UUID, clearance: EarlyClearance, by: User, at: datetime
) -> DosingSession:
    """
    Close the session though not every condition of leaving holds. The clearance says which, for what and why.

    :raises NotFound: if there is no such session at the person's sites
    :raises NotAllowed: if the person may not release early there, or the clearance is another session's
    :raises IllegalTransition: if the session is not being observed
    """
    return _close(
        session_id,
        clearance,
        SessionAction.RELEASE_EARLY,
        permission=Permission.SESSION_RELEASE_EARLY,
        reason=clearance.reason,
        detail={"category": clearance.category, "unmet": list(clearance.unmet)},
        by=by,
        at=at,
    )


def _close(
    session_id: UUID,
    clearance: DischargeClearance | EarlyClearance,
    action: SessionAction,
    *,
    permission: Permission,
    by: User,
    at: datetime,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> DosingSession:
    session = selectors.session_to_act(
        session_id=session_id, permission=permission, version=None, by=by, at=at
    )
    if clearance.session_id != session.pk:
        raise NotAllowed(Reason("foreign_clearance", "This clearance belongs to another session."))

    step_record(
        session=session,
        action=action,
        by=by,
        at=at,
        reason=reason,
        detail={
            "minutes_observed": clearance.minutes_observed,
            "observations": clearance.observation_count,
            "rule": clearance.rule_digest,
            **(detail or {}),
        },
    )
    session.ended_at = at
    session.version += 1
    session.save()
    return session
