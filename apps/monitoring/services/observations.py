"""Recording readings: once, whatever the network does."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Invalid, Reason
from apps.dosing.domain.session import SessionState
from apps.monitoring.domain.plan import DueSlot, slot_at
from apps.monitoring.domain.readings import PREDOSE, Values
from apps.monitoring.domain.timing import Times, times_check
from apps.monitoring.domain.values import values_check
from apps.monitoring.models import Observation
from apps.monitoring.selectors import Watch
from apps.monitoring.services.findings import findings_raise
from apps.monitoring.services.steps import act_record, watch_locked
from apps.studies.domain.permissions import Permission

LATE_REASON_LENGTH = 200
NOTE_LENGTH = 2000

#: While no spray was given only the predose slot and extra readings can be recorded (a pressure repeated after rest).
BEFORE_DOSE = frozenset(
    {SessionState.CHECKED_IN, SessionState.WITHHELD, SessionState.CLEARED, SessionState.STOPPED}
)


@transaction.atomic
def observation_record(
    *,
    observation_id: UUID,
    session_id: UUID,
    values: Mapping[str, Any],
    observed_at: datetime,
    entered_at: datetime,
    by: User,
    at: datetime,
    slot_minute: int | None = None,
    device_now: datetime | None = None,
    late_reason: str = "",
    not_done: Mapping[str, str] | None = None,
    confirmed: Collection[str] = (),
    note: str = "",
) -> tuple[Observation, bool]:
    """
    Record one set of readings under the identifier the device gave it, and what the rules find in it.

    The same identifier with the same content gives the same row again, so that a device may repeat until it has an
    answer. `observed_at` and `entered_at` are in server time, as the device worked it out; `device_now` is what its
    own clock showed at the entry.

    :returns: the observation, and whether it is new
    :raises NotFound: if the session is not there for `by`
    :raises NotAllowed: if `by` may not record observations at this site
    :raises Conflict: if the identifier was used for another content or another session
    :raises Invalid: if values or times cannot be right, with every ground
    """
    watch = watch_locked(session_id, by=by, at=at, permission=Permission.OBSERVATION_RECORD)
    content = {
        "session": str(session_id),
        "slot_minute": slot_minute,
        "values": dict(values),
        "observed_at": observed_at,
        "entered_at": entered_at,
        "late_reason": late_reason,
        "not_done": dict(not_done or {}),
        "confirmed": sorted(confirmed),
        "note": note,
    }
    digest = sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
    known = Observation.objects.filter(pk=observation_id).first()
    if known is not None:
        return _again(known, session_id=session_id, digest=digest), False

    checked = values_check(values, not_done=not_done or {}, confirmed=confirmed, usual=watch.usual)
    times = Times(observed_at, entered_at, device_now)
    slot = slot_at(watch.slots, slot_minute)
    reasons = [
        *_slot_reasons(watch, slot_minute, slot),
        *checked.reasons,
        *times_check(
            times,
            slot=slot,
            tolerance=_entry_tolerance(watch, slot),
            late_reason=late_reason,
            checked_in_at=watch.session.checked_in_at,
            dosed_at=watch.session.dosed_at,
            ended_at=watch.session.ended_at,
            at=at,
        ),
        *_length_reasons(late_reason=late_reason, note=note),
    ]
    if reasons:
        raise Invalid(*reasons)

    observation = _observation_create(
        Observation(
            pk=observation_id,
            session=watch.session,
            slot_minute=slot_minute,
            **_columns(checked.values),
            not_done=dict(not_done or {}),
            observed_at=observed_at,
            entered_at=entered_at,
            device_skew_ms=times.skew_ms,
            late_reason=late_reason.strip(),
            confirmed=sorted(confirmed),
            note=note.strip(),
            body_digest=digest,
            recorded_at=at,
            recorded_by=by,
        )
    )
    findings = findings_raise(observation, watch=watch, by=by, at=at)

    act_record(
        "observation.recorded",
        watch.session,
        subject=observation,
        by=by,
        at=at,
        reason=late_reason.strip(),
        detail={
            "slot_minute": slot_minute,
            "measures": sorted(checked.values.measures),
            "not_done": sorted(not_done or {}),
            "findings": [finding.rule for finding in findings],
        },
    )
    return observation, True


def _again(known: Observation, *, session_id: UUID, digest: str) -> Observation:
    if known.session_id == session_id and known.body_digest == digest:
        return known
    raise Conflict(
        Reason("identifier_used", "This identifier was used for another record; nothing was changed.", "id")
    )


def _observation_create(observation: Observation) -> Observation:
    """Write a new row. Two devices that chose one identifier meet in the primary key, not in the check before."""
    try:
        with transaction.atomic():
            observation.save(force_insert=True)
    except IntegrityError as fault:
        if "pkey" not in str(fault):
            raise
        raise Conflict(
            Reason(
                "identifier_used", "This identifier was used for another record; nothing was changed.", "id"
            )
        ) from None
    return observation


def _columns(values: Values) -> dict[str, Any]:
    return {
        name: dict(value) if isinstance(value, Mapping) else value for name, value in asdict(values).items()
    }


def _slot_reasons(watch: Watch, slot_minute: int | None, slot: DueSlot | None) -> list[Reason]:
    state = SessionState(watch.session.state)
    if slot_minute is not None and slot is None:
        return [Reason("no_such_slot", "The plan of this session has no such slot.", "slot_minute")]
    if state in BEFORE_DOSE and slot_minute not in (None, PREDOSE):
        return [
            Reason(
                "no_dose_yet", "No spray was given yet: only predose readings can be recorded.", "slot_minute"
            )
        ]
    return []


def _entry_tolerance(watch: Watch, slot: DueSlot | None) -> timedelta:
    """How long after the moment an entry still counts as made at once: the slot's own tolerance, else the widest."""
    plan = {entry.minute: entry for entry in watch.protocol.observation_plan.slots}
    of_slot = plan.get(slot.minute) if slot is not None else None
    if of_slot is not None:
        return timedelta(minutes=of_slot.after_tolerance_minutes)
    return timedelta(minutes=max(entry.after_tolerance_minutes for entry in plan.values()))


def _length_reasons(*, late_reason: str, note: str) -> list[Reason]:
    found = []
    if len(late_reason) > LATE_REASON_LENGTH:
        found.append(Reason("too_long", f"At most {LATE_REASON_LENGTH} characters.", "late_reason"))
    if len(note) > NOTE_LENGTH:
        found.append(Reason("too_long", f"At most {NOTE_LENGTH} characters.", "note"))
    return found
