"""Scan to confirm: the kit in the hand is the kit of the visit, said by a scanner or by typing its number."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Reason, Refused
from apps.participants import selectors as participants
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.supply import selectors
from apps.supply.domain.kits import KitState, Movement, number_read
from apps.supply.models import Kit
from apps.supply.services.gateway import Line, lines_write


class KitNotAssigned(Refused):
    """The kit in the hand may not be handed over. The words are the same in every arm."""

    code = "kit_not_assigned"
    title = "Do not hand this kit over"


@transaction.atomic
def kit_confirm(*, participant_id: UUID, visit_code: str, number: str, by: User, at: datetime) -> Kit:
    """
    Record that a kit of the visit was read and handed over; read again, it is the same answer and no second line.

    `number` is as scanned or typed: case and blanks do not matter.

    :raises NotFound: if there is no such participant at the person's sites
    :raises NotAllowed: if the person may not hand kits over there
    :raises KitNotAssigned: if the kit is not one of this visit's, has expired at the site's date, or is used
    """
    participant = participants.participant_get(
        viewer=by, participant_id=participant_id, now=at, permission=Permission.KIT_READ, lock=True
    )
    access.check(user=by, permission=Permission.KIT_HAND_OVER, site_id=participant.site_id, now=at)
    read = number_read(number)[:40]
    kits = selectors.kits_of_visit(participant_id=participant.pk, visit_code=visit_code)
    kit = next((one for one in kits if one.number == read), None)
    today = at.astimezone(ZoneInfo(participant.site.time_zone)).date()
    if not read:
        raise KitNotAssigned(Reason("number_missing", "Scan or type the number on the kit.", "number"))
    if kit is None:
        raise KitNotAssigned(
            Reason("not_of_this_visit", f"Kit {read} is not one of the kits of this visit.", "number")
        )
    if kit.expires_on < today:
        raise KitNotAssigned(Reason("kit_expired", f"Kit {read} has expired.", "number"))
    if kit.state != KitState.DISPENSED:
        raise KitNotAssigned(Reason("kit_used", f"Kit {read} was given already.", "number"))
    if selectors.confirmation_of(kit) is not None:
        return kit

    lines_write([Line(kit.pk, Movement.CONFIRM, KitState.DISPENSED, KitState.DISPENSED)], by=by, at=at)
    event_record(
        kind="kit.confirmed",
        by=by,
        at=at,
        subject=kit,
        study=participant.study.code,
        site=participant.site.code,
        participant=participant.number,
        detail={"visit": visit_code, "kit": kit.number, "device": kit.position},
    )
    return kit
