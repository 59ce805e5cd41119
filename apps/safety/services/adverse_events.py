"""Adverse events: recorded, corrected with a reason, resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, Reason
from apps.participants import selectors as participants
from apps.safety import selectors
from apps.safety.domain.events import Account, ActionTaken, Outcome, faults
from apps.safety.domain.timing import report_due_at
from apps.safety.models import AdverseEvent
from apps.studies import access
from apps.studies.domain.permissions import Permission


@transaction.atomic
def adverse_event_record(
    *,
    participant_id: UUID,
    term: str,
    severity: str,
    causality: str,
    onset_at: datetime,
    site_aware_at: datetime | None = None,
    resolved_at: datetime | None = None,
    outcome: str = Outcome.NOT_RESOLVED.value,
    action_taken: str = ActionTaken.NONE.value,
    is_serious: bool = False,
    seriousness: Sequence[str] = (),
    session_id: UUID | None = None,
    by: User,
    at: datetime,
) -> AdverseEvent:
    """
    Record an adverse event of a participant, during a session or at any other time.

    :raises NotFound: if there is no such participant where the person may record, or the session is another's
    :raises Invalid: with everything that cannot be right
    """
    participant = participants.participant_get(
        viewer=by, participant_id=participant_id, now=at, permission=Permission.ADVERSE_EVENT_READ
    )
    access.check(user=by, permission=Permission.ADVERSE_EVENT_RECORD, site_id=participant.site_id, now=at)
    session = (
        selectors.session_of_participant(session_id=session_id, participant=participant)
        if session_id is not None
        else None
    )
    account = Account(
        term=term.strip(),
        severity=severity,
        causality=causality,
        is_serious=is_serious,
        seriousness=tuple(sorted(set(seriousness))),
        onset_at=onset_at,
        resolved_at=resolved_at,
        outcome=outcome,
        action_taken=action_taken,
        site_aware_at=site_aware_at or at,
    )
    if found := faults(account, plan=selectors.plan_of(participant), now=at):
        raise Invalid.because(found)

    event = AdverseEvent.objects.create(
        participant=participant, session=session, recorded_at=at, recorded_by=by, **_columns(account)
    )
    _record("adverse_event.recorded", event, by=by, at=at, detail={"serious": account.is_serious})
    return event


@transaction.atomic
def adverse_event_update(
    *,
    adverse_event_id: UUID,
    changes: Mapping[str, Any],
    change_reason: str,
    version: int,
    by: User,
    at: datetime,
) -> AdverseEvent:
    """
    Change what is said of an event, and say why. `changes` holds fields of `Account`; the others stay.

    :raises NotFound: if there is no such event at the person's sites
    :raises NotAllowed: if the person may not record events there
    :raises Conflict: if the event changed since it was read
    :raises Invalid: with everything that cannot be right, a missing reason among it
    """
    event = _to_act(adverse_event_id, version=version, by=by, at=at)
    before = selectors.account_of(event)
    unknown = set(changes) - set(asdict(before))
    if unknown:
        raise Invalid(
            *(Reason("unknown_field", "There is no such field.", field) for field in sorted(unknown))
        )
    merged = {**asdict(before), **changes}
    merged["term"] = str(merged["term"]).strip()
    merged["seriousness"] = tuple(sorted(set(merged["seriousness"])))
    account = Account(**merged)
    found = list(faults(account, plan=selectors.plan_of(event.participant), now=at))
    if not change_reason.strip():
        found.append(Reason("reason_needed", "Say why it is changed.", "change_reason"))
    if found:
        raise Invalid.because(found)

    changed = [name for name, value in asdict(account).items() if value != getattr(before, name)]
    if not changed:
        return event
    _write(event, account, at=at)
    _record(
        "adverse_event.changed",
        event,
        by=by,
        at=at,
        reason=change_reason.strip(),
        detail={"fields": sorted(changed), "serious": account.is_serious},
    )
    return event


@transaction.atomic
def adverse_event_resolve(
    *,
    adverse_event_id: UUID,
    resolved_at: datetime,
    outcome: str = Outcome.RESOLVED.value,
    version: int,
    by: User,
    at: datetime,
) -> AdverseEvent:
    """
    Record that an event is over, when, and how.

    :raises NotFound: if there is no such event at the person's sites
    :raises NotAllowed: if the person may not record events there
    :raises Conflict: if the event changed since it was read, or is over already
    :raises Invalid: with everything that cannot be right
    """
    event = _to_act(adverse_event_id, version=version, by=by, at=at)
    if event.resolved_at is not None:
        raise Conflict(Reason("already_resolved", "This event was recorded as over already."))
    account = Account(
        **{**asdict(selectors.account_of(event)), "resolved_at": resolved_at, "outcome": outcome}
    )
    if found := faults(account, plan=selectors.plan_of(event.participant), now=at):
        raise Invalid.because(found)

    _write(event, account, at=at)
    _record("adverse_event.resolved", event, by=by, at=at, detail={"outcome": account.outcome})
    return event


def _to_act(adverse_event_id: UUID, *, version: int, by: User, at: datetime) -> AdverseEvent:
    event = selectors.adverse_event_get(viewer=by, adverse_event_id=adverse_event_id, now=at, lock=True)
    access.check(
        user=by, permission=Permission.ADVERSE_EVENT_RECORD, site_id=event.participant.site_id, now=at
    )
    if version != event.version:
        raise Conflict(
            Reason(
                "stale_version",
                "Somebody changed this event meanwhile. Look at it again, then decide.",
                "version",
            )
        )
    return event


def _columns(account: Account) -> dict[str, Any]:
    return {**asdict(account), "seriousness": list(account.seriousness)}


def _write(event: AdverseEvent, account: Account, *, at: datetime) -> None:
    for name, value in _columns(account).items():
        setattr(event, name, value)
    event.version += 1
    event.changed_at = at
    event.save(update_fields=[*_columns(account), "changed_at", "version"])


def _record(
    kind: str,
    event: AdverseEvent,
    *,
    by: User,
    at: datetime,
    detail: dict[str, Any],
    reason: str = "",
) -> None:
    due = (
        report_due_at(site_aware_at=event.site_aware_at, hours=selectors.plan_of(event.participant).sae_hours)
        if event.is_serious
        else None
    )
    event_record(
        kind=kind,
        by=by,
        at=at,
        subject=event,
        study=event.participant.study.code,
        site=event.participant.site.code,
        participant=event.participant.number,
        reason=reason,
        detail={**detail, **({"report_due_at": due.isoformat()} if due else {})},
    )
