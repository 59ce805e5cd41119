"""The emergency code break: one participant, by an investigator of their site, at any hour."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from apps.accounts.models import User
from apps.core.exceptions import Invalid
from apps.participants import selectors as participants
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.unblinding.domain.modes import Mode
from apps.unblinding.services.envelopes import (
    Ask,
    Revealed,
    ask,
    check_number,
    ground_reasons,
    open_once,
    told_reasons,
)


@sensitive_variables()
def envelope_break(
    *, participant_id: UUID, key: UUID, number: str, category: str, reason: str, by: User, at: datetime
) -> Revealed:
    """
    Open a participant's envelope for the investigator who treats them; the caller has checked who is at the screen.

    The answer is the function's alone: it is told once and kept nowhere. It works in every status of the participant
    and of the study, for an emergency outlasts both.

    :raises NotFound: if the participant is absent or at another site
    :raises NotAllowed: without unblinding:open at the site
    :raises Invalid: with everything wrong in ground and number
    :raises Conflict: if the same form was sent before
    :raises EnvelopeClosed: if the participant is not randomized, or too many envelopes were opened
    """
    participant = participants.participant_get(viewer=by, participant_id=participant_id, now=at)
    access.check(user=by, permission=Permission.UNBLINDING_OPEN, site_id=participant.site_id, now=at)
    reasons = ground_reasons(category=category, reason=reason)
    if reasons := [*reasons, *told_reasons(reason, participant=participant, by=by)]:
        raise Invalid(*reasons)
    check_number(number, number=participant.number)
    wanted = Ask(key, Mode.EMERGENCY, participant.site, participant, by, category, reason.strip())
    opening = ask(wanted, by=by, at=at)
    return open_once(opening, by=by, at=at)
