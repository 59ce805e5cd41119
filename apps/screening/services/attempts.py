"""Attempts at screening: opened with their interviews, reopened to correct an error."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Invalid, Reason, Refused
from apps.instruments import services as instruments
from apps.instruments.domain.slots import screening_plans
from apps.participants import selectors as participants
from apps.participants import services as participant_services
from apps.participants.domain.status import ParticipantStatus
from apps.screening import selectors
from apps.screening.domain.decision import ScreeningClosed, ScreeningState
from apps.screening.models import Screening
from apps.screening.services.acts import act_record
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import protocol_of


class ScreeningNotPossible(Refused):
    """The participant is not at a point where screening can begin."""

    code = "screening_not_possible"
    title = "Screening cannot begin"


@transaction.atomic
def screening_open(*, participant_id: UUID, by: User, at: datetime) -> Screening:
    """
    Open a screening, and plan the interviews it needs. An open one is returned as it is.

    Day 1 of screening is the day of the first consent; of a repeated screening it is today. After a screen failure
    this begins a new attempt, with nothing carried over.

    :raises NotFound: if the participant is absent or at another site
    :raises NotAllowed: without screening:record
    :raises ScreeningNotPossible: with every reason
    """
    participant = participants.participant_get(
        viewer=by, participant_id=participant_id, now=at, permission=Permission.SCREENING_READ, lock=True
    )
    access.check(user=by, permission=Permission.SCREENING_RECORD, site_id=participant.site_id, now=at)
    latest = selectors.screening_latest(participant=participant, lock=True)
    if latest is not None and latest.state == ScreeningState.OPEN.value:
        return latest
    consent = participants.consent_in_force(participant=participant)
    first = participants.consent_first(participant=participant)
    reasons = []
    if consent is None or first is None:
        reasons.append(Reason("no_consent", "There is no consent in force."))
    status = ParticipantStatus(participant.status)
    if status not in (ParticipantStatus.SCREENING, ParticipantStatus.SCREEN_FAILED):
        reasons.append(Reason("wrong_status", "Screening is behind this participant."))
    if reasons or first is None:
        raise ScreeningNotPossible(*reasons)

    if status is ParticipantStatus.SCREEN_FAILED:
        participant_services.participant_status_change(
            participant=participant, to=ParticipantStatus.SCREENING, by=by, at=at, reason="Screened again"
        )
    attempt = latest.attempt + 1 if latest else 1
    screening = Screening.objects.create(
        participant=participant,
        protocol_version=participant.protocol_version,
        attempt=attempt,
        opened_at=at,
        recorded_at=at,
        recorded_by=by,
    )
    zone = ZoneInfo(participant.site.time_zone)
    begins = first.consented_at if attempt == 1 else at
    plans = screening_plans(
        protocol_of(screening.protocol_version),
        anchor=begins.astimezone(zone).date(),
        zone=zone,
        attempt=attempt,
    )
    instruments.slots_make(participant=participant, plans=plans, by=by, at=at)
    act_record(
        kind="screening.opened",
        participant=participant,
        by=by,
        at=at,
        subject=screening,
        detail={"attempt": attempt},
    )
    return screening


@transaction.atomic
def screening_reopen(*, screening_id: UUID, reason: str, version: int, by: User, at: datetime) -> Screening:
    """
    Take a signature back to correct an error. The same attempt goes on; the earlier verdict stays in the history.

    :raises NotFound: if it is absent or at another site
    :raises NotAllowed: without screening:sign
    :raises Invalid: without a reason
    :raises Conflict: if the screening changed meanwhile
    :raises ScreeningClosed: if it is open, a newer attempt exists, or the participant has gone on
    """
    participant, screening = selectors.screening_get(viewer=by, screening_id=screening_id, now=at, lock=True)
    access.check(user=by, permission=Permission.SCREENING_SIGN, site_id=participant.site_id, now=at)
    if not reason.strip():
        raise Invalid(Reason("required", "Say what has to be corrected.", "reason"))
    if screening.version != version:
        raise Conflict("The screening changed meanwhile. Look at it again.")
    state = ScreeningState(screening.state)
    latest = selectors.screening_latest(participant=participant)
    waits = {
        ScreeningState.ELIGIBLE: ParticipantStatus.ELIGIBLE,
        ScreeningState.FAILED: ParticipantStatus.SCREEN_FAILED,
    }
    if waits.get(state) != ParticipantStatus(participant.status) or latest != screening:
        raise ScreeningClosed("Only a signed screening that nothing has followed can be reopened.")
    screening.state = ScreeningState.OPEN.value
    screening.decided_at = screening.decided_by = None
    screening.fail_reasons = []
    screening.version += 1
    screening.save(update_fields=["state", "decided_at", "decided_by", "fail_reasons", "version"])
    participant_services.participant_status_change(
        participant=participant, to=ParticipantStatus.SCREENING, by=by, at=at, reason=reason.strip()
    )
    act_record(
        kind="screening.reopened",
        participant=participant,
        by=by,
        at=at,
        subject=screening,
        reason=reason.strip(),
        detail={"was": state.value},
    )
    return screening
