"""Moving one kit: who may, from where, why, before which witness. The gateway writes the line."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Invalid, NotFound, Reason, Refused
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.supply import selectors
from apps.supply.domain.kits import KitState, Movement, next_state
from apps.supply.models import Kit, KitMovement
from apps.supply.services.gateway import Line, lines_write
from apps.supply.services.witness import may_witness

_DONE = {
    Movement.QUARANTINE: "kit.quarantined",
    Movement.RELEASE: "kit.released",
    Movement.ADMINISTER: "kit.administered",
    Movement.RETURN: "kit.returned",
    Movement.DESTROY: "kit.destroyed",
}


class KitMovementRefused(Refused):
    """The kit cannot make this movement from where it stands."""

    code = "kit_movement_refused"
    title = "The kit cannot be moved this way"


def kit_return(*, kit_id: UUID, reason: str, by: User, at: datetime, witness: User | None = None) -> Kit:
    """Take a dispensed or used kit back, with a reason. Raises NotFound, NotAllowed, Invalid,
    KitMovementRefused.
    """
    return _move(kit_id, Movement.RETURN, Permission.KIT_RETURN, by=by, at=at, reason=reason, witness=witness)


def kit_quarantine(*, kit_id: UUID, reason: str, by: User, at: datetime) -> Kit:
    """Set an available kit aside, with a reason. Raises as `kit_return` does."""
    return _move(kit_id, Movement.QUARANTINE, Permission.KIT_RECEIVE, by=by, at=at, reason=reason)


def kit_release(*, kit_id: UUID, reason: str, by: User, at: datetime) -> Kit:
    """Put a quarantined kit back into stock, with a reason. Raises as `kit_return` does."""
    return _move(kit_id, Movement.RELEASE, Permission.KIT_RECEIVE, by=by, at=at, reason=reason)


def kit_destroy(*, kit_id: UUID, reason: str, by: User, at: datetime, witness: User) -> Kit:
    """Record a destruction before a witness, who is another person (Schedule III). Raises as `kit_return`
    does.
    """
    return _move(
        kit_id, Movement.DESTROY, Permission.KIT_RETURN, by=by, at=at, reason=reason, witness=witness
    )


def kit_administer(*, kit_id: UUID, by: User, at: datetime) -> Kit:
    """Record that a dispensed kit was sprayed. Raises NotFound, NotAllowed, KitMovementRefused.

    A kit that is recorded as given in error keeps that line; the session may still say how it was sprayed.
    """
    return _move(kit_id, Movement.ADMINISTER, Permission.DOSE_GIVE, by=by, at=at)


@transaction.atomic
def _move(
    kit_id: UUID,
    movement: Movement,
    permission: Permission,
    *,
    by: User,
    at: datetime,
    reason: str | None = None,
    witness: User | None = None,
) -> Kit:
    sites = access.sites_where(user=by, permission=Permission.KIT_READ, now=at)
    kit = Kit.objects.select_for_update(of=("self",)).filter(pk=kit_id, site__in=sites).first()
    if kit is None:
        raise NotFound("There is no such kit.")
    access.check(user=by, permission=permission, site_id=kit.site_id, now=at)
    before = KitState(kit.state)
    if movement is Movement.ADMINISTER and before is KitState.ADMINISTERED:
        last = KitMovement.objects.filter(kit=kit).order_by("line").last()
        if last is not None and last.movement == Movement.ADMINISTER_IN_ERROR:
            return kit
    faults = []
    if reason is not None and not reason.strip():
        faults.append(Reason("reason_missing", "Say why.", "reason"))
    if witness is not None and witness.pk == by.pk:
        faults.append(Reason("own_witness", "The witness must be another person.", "witness"))
    elif witness is not None and not may_witness(witness, site_id=kit.site_id, at=at):
        faults.append(Reason("no_witness", "The witness must be somebody who may see the kits.", "witness"))
    if faults:
        raise Invalid.because(faults)
    after = next_state(before, movement)
    if after is None:
        raise KitMovementRefused(
            Reason("impossible", f"Kit {kit.number} is {before.value.lower()}; it cannot be moved this way.")
        )
    if movement is Movement.RELEASE and (open_one := selectors.excursion_open(kit)) is not None:
        raise KitMovementRefused(
            Reason(
                "excursion_open",
                f"Kit {kit.number} waits for the decision on a temperature excursion ({open_one}).",
            )
        )
    lines_write([Line(kit.pk, movement, before, after)], by=by, at=at, witness=witness, reason=reason or "")
    kit.state = after.value
    event_record(
        kind=_DONE[movement],
        by=by,
        at=at,
        subject=kit,
        study=kit.study.code,
        site=kit.site.code,
        participant=kit.participant.number if kit.participant else "",
        reason=(reason or "").strip(),
        detail={"kit": kit.number},
    )
    return kit
