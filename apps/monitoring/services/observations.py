"""Recording readings: once, whatever the network does."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_of
from apps.core.exceptions import Conflict, Invalid, Reason
from apps.dosing.domain.session import SessionState
from apps.monitoring import selectors
from apps.monitoring.domain.plan import DueSlot
from apps.monitoring.domain.readings import PREDOSE, Values
from apps.monitoring.domain.timing import Times, times_check
from apps.monitoring.domain.values import values_check
from apps.monitoring.models import Observation
from apps.monitoring.selectors import Recording
from apps.monitoring.services.findings import findings_of
from apps.monitoring.services.writing import Outcome, recording_write
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol

LATE_REASON_LENGTH = 200
NOTE_LENGTH = 2000
#: How often to decide without a lock; two devices at one chair seldom meet even once.
UNLOCKED_TRIES = 3

#: While no spray was given only the predose slot and extra readings can be recorded (a pressure repeated after rest).
BEFORE_DOSE = frozenset(
    {SessionState.CHECKED_IN, SessionState.WITHHELD, SessionState.CLEARED, SessionState.STOPPED}
)


@dataclass(frozen=True, slots=True)
class Given:
    """One set of readings as it was sent."""

    observation_id: UUID
    session_id: UUID
    slot_minute: int | None
    values: Mapping[str, Any]
    times: Times
    late_reason: str
    not_done: Mapping[str, str]
    confirmed: Collection[str]
    note: str

    def digest(self) -> str:
        """Return the digest by which a repeat is told from another content. The device's own clock is no part of it."""
        content = {
            "session": str(self.session_id),
            "slot_minute": self.slot_minute,
            "values": dict(self.values),
            "observed_at": self.times.observed_at,
            "entered_at": self.times.entered_at,
            "late_reason": self.late_reason,
            "not_done": dict(self.not_done),
            "confirmed": sorted(self.confirmed),
            "note": self.note,
        }
        return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


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
    read: Recording | None = None,
) -> tuple[Observation, bool]:
    """
    Record one set of readings under the identifier the device gave it, and what the rules find in it.

    The same identifier with the same content gives the same row again, so that a device may repeat until it has an
    answer. `observed_at` and `entered_at` are in server time, as the device worked it out; `device_now` is what its
    own clock showed at the entry. `read` is what was read while asking who `by` is.

    Nothing is locked while the rules are asked: the write says whether what they judged by still stands. If it does
    not they are asked again, at last with the session locked from the start.

    :returns: the observation, and whether it is new
    :raises NotFound: if the session is not there for `by`
    :raises NotAllowed: if `by` may not record observations at this site
    :raises Conflict: if the identifier was used for another content or another session
    :raises Invalid: if values or times cannot be right, with every ground
    """
    given = Given(
        observation_id=observation_id,
        session_id=session_id,
        slot_minute=slot_minute,
        values=values,
        times=Times(observed_at, entered_at, device_now),
        late_reason=late_reason,
        not_done=not_done or {},
        confirmed=confirmed,
        note=note,
    )
    for _ in range(UNLOCKED_TRIES):
        done = _attempt(given, read or _read(given, by=by, at=at), by=by, at=at)
        if done is not None:
            return done
        read = None
    with transaction.atomic():
        done = _attempt(given, _read(given, by=by, at=at, lock=True), by=by, at=at)
    if done is None:  # the identifier was taken by another session's record in this very moment
        raise _identifier_used()
    return done


def _read(given: Given, *, by: User, at: datetime, lock: bool = False) -> Recording:
    return selectors.recording(
        viewer_id=by.pk,
        session_id=given.session_id,
        observation_id=given.observation_id,
        now=at,
        lock=lock,
    )


def _attempt(given: Given, read: Recording, *, by: User, at: datetime) -> tuple[Observation, bool] | None:
    """Decide on what was read, and write it if that still stands; None if it does not."""
    read.check(Permission.OBSERVATION_RECORD)
    digest = given.digest()
    if read.known is not None:
        if (read.known.session_id, read.known.digest) != (given.session_id, digest):
            raise _identifier_used()
        return Observation.objects.get(pk=given.observation_id), False

    checked = values_check(given.values, not_done=given.not_done, confirmed=given.confirmed, usual=read.usual)
    slot = read.slot(given.slot_minute)
    reasons = [
        *_slot_reasons(read.state, given.slot_minute, slot),
        *checked.reasons,
        *times_check(
            given.times,
            slot=slot,
            tolerance=_entry_tolerance(read.protocol, slot),
            late_reason=given.late_reason,
            checked_in_at=read.checked_in_at,
            dosed_at=read.dosed_at,
            ended_at=read.ended_at,
            at=at,
        ),
        *_length_reasons(late_reason=given.late_reason, note=given.note),
    ]
    if reasons:
        raise Invalid(*reasons)

    observation = Observation(
        pk=given.observation_id,
        session_id=given.session_id,
        slot_minute=given.slot_minute,
        **_columns(checked.values),
        not_done=dict(given.not_done),
        observed_at=given.times.observed_at,
        entered_at=given.times.entered_at,
        device_skew_ms=given.times.skew_ms,
        late_reason=given.late_reason.strip(),
        confirmed=sorted(given.confirmed),
        note=given.note.strip(),
        body_digest=digest,
        recorded_at=at,
        recorded_by=by,
    )
    findings = findings_of(observation, checked.values, read=read, slot=slot, by=by, at=at)
    event = event_of(
        kind="observation.recorded",
        by=by,
        at=at,
        subject=observation,
        study=read.study,
        site=read.site,
        participant=read.participant,
        reason=observation.late_reason,
        detail={
            "slot_minute": given.slot_minute,
            "measures": sorted(checked.values.measures),
            "not_done": sorted(given.not_done),
            "findings": [finding.rule for finding in findings],
        },
    )
    outcome = recording_write(observation, findings, event, version=read.version, before=read.before)
    return (observation, True) if outcome is Outcome.RECORDED else None


def _identifier_used() -> Conflict:
    return Conflict(
        Reason("identifier_used", "This identifier was used for another record; nothing was changed.", "id")
    )


def _columns(values: Values) -> dict[str, Any]:
    return {name: getattr(values, name) for name in Values.__dataclass_fields__}


def _slot_reasons(state: SessionState, slot_minute: int | None, slot: DueSlot | None) -> list[Reason]:
    if slot_minute is not None and slot is None:
        return [Reason("no_such_slot", "The plan of this session has no such slot.", "slot_minute")]
    if state in BEFORE_DOSE and slot_minute not in (None, PREDOSE):
        return [
            Reason(
                "no_dose_yet", "No spray was given yet: only predose readings can be recorded.", "slot_minute"
            )
        ]
    return []


def _entry_tolerance(protocol: Protocol, slot: DueSlot | None) -> timedelta:
    """How long after the moment an entry still counts as made at once: the slot's own tolerance, else the widest."""
    plan = {entry.minute: entry for entry in protocol.observation_plan.slots}
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
