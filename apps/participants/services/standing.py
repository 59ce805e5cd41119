"""Where a participant stands, and leaving."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Invalid, Reason
from apps.core.writing import in_transaction, row_add
from apps.participants import selectors
from apps.participants.domain.discontinuation import (
    REASON_LABELS,
    DiscontinuationReason,
    ends_consent,
    needs_words,
)
from apps.participants.domain.status import ParticipantStatus, check_change
from apps.participants.models import Consent, Participant, StatusChange
from apps.participants.services.acts import act_record
from apps.studies import access
from apps.studies.domain.permissions import Permission


@in_transaction
def participant_status_change(
    *,
    participant: Participant,
    to: ParticipantStatus,
    by: User,
    at: datetime,
    reason_code: str = "",
    reason: str = "",
) -> Participant:
    """
    Move a participant, locked by the caller who has asked for the permission, to another station.

    :raises apps.participants.domain.status.IllegalTransition: if there is no way from here to there
    """
    before = ParticipantStatus(participant.status)
    check_change(before, to)
    participant.status = to.value
    participant.version += 1
    participant.save(update_fields=["status", "version"])
    row_add(
        StatusChange(
            participant=participant,
            from_status=before.value,
            to_status=to.value,
            at=at,
            reason_code=reason_code,
            reason=reason,
            recorded_at=at,
            recorded_by=by,
        )
    )
    act_record(
        kind="participant.status_changed",
        participant=participant,
        by=by,
        at=at,
        subject=participant,
        reason=reason or reason_code,
        detail={"from": before.value, "to": to.value, "code": reason_code},
    )
    return participant


@transaction.atomic
def participant_discontinue(
    *,
    participant_id: UUID,
    reason_code: str,
    reason: str = "",
    version: int | None = None,
    by: User,
    at: datetime,
) -> Participant:
    """
    Let a participant leave, with a coded reason. Who withdraws consent has it withdrawn in the same step.

    :raises NotFound: if the participant is absent or at another site
    :raises NotAllowed: without participant:withdraw
    :raises Invalid: if the code is unknown, or words are needed and missing
    :raises Conflict: if the participant changed since `version`
    :raises apps.participants.domain.status.IllegalTransition: if the participant has left or failed already
    """
    participant = selectors.participant_get(viewer=by, participant_id=participant_id, now=at, lock=True)
    access.check(user=by, permission=Permission.PARTICIPANT_WITHDRAW, site_id=participant.site_id, now=at)
    if version is not None and version != participant.version:
        raise Conflict("The participant changed meanwhile. Look again before deciding.")
    if reason_code not in {code.value for code in DiscontinuationReason}:
        raise Invalid(Reason("unknown_choice", "Choose one of the reasons.", "reason_code"))
    code = DiscontinuationReason(reason_code)
    if needs_words(code) and not reason.strip():
        raise Invalid(Reason("required", "Say in words what happened.", "reason"))
    participant_status_change(
        participant=participant,
        to=ParticipantStatus.DISCONTINUED,
        by=by,
        at=at,
        reason_code=code.value,
        reason=reason.strip(),
    )
    if ends_consent(code):
        words = reason.strip() or REASON_LABELS[code]
        for consent in Consent.objects.select_for_update().filter(
            participant=participant, withdrawn_at__isnull=True
        ):
            consent.withdrawn_at, consent.withdrawn_by, consent.withdrawal_reason = at, by, words
            consent.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
            act_record(
                kind="consent.withdrawn", participant=participant, by=by, at=at, subject=consent, reason=words
            )
    act_record(
        kind="participant.discontinued",
        participant=participant,
        by=by,
        at=at,
        subject=participant,
        reason=reason.strip(),
        detail={"code": code.value},
    )
    return participant
