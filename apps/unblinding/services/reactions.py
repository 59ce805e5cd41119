"""Opening for a suspected unexpected serious adverse reaction: told to the safety physician, and to nobody else."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from apps.accounts.models import User
from apps.core.exceptions import Invalid, Reason
from apps.participants import selectors as participants
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.unblinding.domain.modes import Mode
from apps.unblinding.domain.proofs import SuspectedReaction
from apps.unblinding.services.envelopes import (
    LONGEST_REASON,
    SHORTEST_REASON,
    Ask,
    Revealed,
    ask,
    check_number,
    open_once,
)


@sensitive_variables()
def envelope_open_for_reaction(
    *, reaction: SuspectedReaction, key: UUID, number: str, reason: str, by: User, at: datetime
) -> Revealed:
    """
    Open the envelope of the participant of a reaction, on the proof that it is serious, related and unexpected.

    :raises NotFound: if the participant is absent or in another study
    :raises NotAllowed: without unblinding:susar in the study
    :raises Invalid: if the proof does not suffice, or the reason or the number is missing
    """
    participant = participants.participant_get(viewer=by, participant_id=reaction.participant_id, now=at)
    access.check(user=by, permission=Permission.UNBLINDING_SUSAR, site_id=participant.site_id, now=at)
    reasons = []
    if not reaction.is_serious:
        reasons.append(Reason("not_serious", "The event is not serious."))
    if not reaction.is_related:
        reasons.append(Reason("not_related", "The event is not called related to the study treatment."))
    if not reaction.is_unexpected:
        reasons.append(Reason("not_unexpected", "Say that the event is unexpected.", "unexpected"))
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        reasons.append(Reason("required", "Say in words against what the event is unexpected.", "reason"))
    if reasons:
        raise Invalid(*reasons)
    check_number(number, number=participant.number)
    wanted = Ask(
        key,
        Mode.SUSAR,
        participant.site,
        participant,
        by,
        "",
        reason.strip(),
        adverse_event_id=reaction.adverse_event_id,
    )
    return open_once(ask(wanted, by=by, at=at), by=by, at=at)
