"""A suspected unexpected serious adverse reaction: safety proves the event, unblinding opens the envelope.

The treatment goes to the safety physician alone. The event itself does not change by it, and the site stays blind.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from apps.accounts.models import User
from apps.safety import selectors
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.unblinding.domain.proofs import SuspectedReaction
from apps.unblinding.services import Revealed, envelope_open_for_reaction


@sensitive_variables()
def reaction_unblind(
    *,
    adverse_event_id: UUID,
    unexpected: bool,
    key: UUID,
    number: str,
    reason: str,
    by: User,
    at: datetime,
) -> Revealed:
    """
    Open the envelope for an adverse event; the caller has checked who is at the screen.

    :raises NotFound: if the event is absent or in another study
    :raises NotAllowed: without unblinding:susar in the study
    :raises Invalid: unless the event is serious, related and called unexpected
    :raises Conflict: if the same form was sent before
    """
    event = selectors.adverse_event_get(viewer=by, adverse_event_id=adverse_event_id, now=at)
    access.check(user=by, permission=Permission.UNBLINDING_SUSAR, site_id=event.participant.site_id, now=at)
    proof = SuspectedReaction(
        adverse_event_id=event.pk,
        participant_id=event.participant_id,
        is_serious=event.is_serious,
        is_related=event.causality in selectors.plan_of(event.participant).related_causalities,
        is_unexpected=unexpected,
    )
    return envelope_open_for_reaction(reaction=proof, key=key, number=number, reason=reason, by=by, at=at)
