"""Handing the answer over: who calls stays blind, a named clinician is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from apps.accounts.models import User
from apps.core.exceptions import Invalid, Reason
from apps.participants import selectors as participants
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.unblinding import selectors
from apps.unblinding.domain.codes import code_from, code_hash
from apps.unblinding.domain.modes import Mode
from apps.unblinding.models import Opening
from apps.unblinding.services.envelopes import (
    Ask,
    Revealed,
    ask,
    check_number,
    ground_reasons,
    open_once,
    told_reasons,
)


@dataclass(frozen=True, slots=True, repr=False)
class HandedOver:
    """What the caller is told: to whom, until when, and the code to read out. Never a treatment."""

    opening: Opening
    code: str

    def __repr__(self) -> str:
        return f"<HandedOver {self.opening.pk}>"


@sensitive_variables()
def envelope_hand_over(
    *,
    participant_id: UUID,
    key: UUID,
    number: str,
    clinician: str,
    category: str,
    reason: str,
    entropy: bytes,
    by: User,
    at: datetime,
) -> HandedOver:
    """
    Hand a participant's treatment over to a clinician, named by the e-mail address of their account.

    The clinician reads it once, within four hours, with a code that the caller tells them and their own password.
    Nothing is opened until then. `entropy`: ten random bytes.

    :raises NotFound: if the participant is absent or at another site
    :raises NotAllowed: without unblinding:mediate at the site
    :raises Invalid: with everything wrong in ground, number and clinician
    :raises Conflict: if the same form was sent before
    :raises EnvelopeClosed: if there is nothing to hand over, or the clinician must stay blind
    """
    participant = participants.participant_get(viewer=by, participant_id=participant_id, now=at)
    access.check(user=by, permission=Permission.UNBLINDING_MEDIATE, site_id=participant.site_id, now=at)
    reasons = ground_reasons(category=category, reason=reason)
    reasons += told_reasons(reason, participant=participant, by=by)
    reader = User.objects.filter(email__iexact=clinician.strip(), is_active=True).first()
    if reader is None:
        reasons.append(
            Reason("no_such_person", "Nobody with this e-mail address has an account.", "clinician")
        )
    elif reader.pk == by.pk:
        reasons.append(Reason("yourself", "Handed over, it goes to somebody else.", "clinician"))
    if reader is None or reasons:
        raise Invalid(*reasons)
    check_number(number, number=participant.number)
    code = code_from(entropy)
    wanted = Ask(
        key,
        Mode.MEDIATED,
        participant.site,
        participant,
        reader,
        category,
        reason.strip(),
        code_hash=code_hash(key, code),
    )
    return HandedOver(ask(wanted, by=by, at=at), code)


@sensitive_variables()
def message_read(*, opening_id: UUID, code: str, by: User, at: datetime) -> Revealed:
    """
    Tell the named clinician what was handed over, once; the caller has checked who is at the screen.

    :raises NotFound: if nothing was handed over to this person under this address
    :raises EnvelopeClosed: if the code is wrong, too late, or it was read before
    """
    opening = selectors.message_get(reader=by, opening_id=opening_id)
    return open_once(opening, code_hash=code_hash(opening.pk, code), by=by, at=at)
