"""Wrong-kit recovery: an audited reversal inside the system. Facts first, assignments put right, no line removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, NotFound, Reason
from apps.participants import selectors as participants
from apps.participants.models import Participant
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.supply.domain.kits import KitState, Movement, next_state, number_read
from apps.supply.domain.wrong_kit import KitInHand, deviation, recovery_faults
from apps.supply.models import Kit, WrongKit
from apps.supply.services.dispensing import KitsShort, replacements_dispense
from apps.supply.services.gateway import Line, Place, lines_write


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was put right: the record with its deviation text, and whether the other participant has kits again."""

    record: WrongKit
    owner_number: str
    replaced: tuple[str, ...]
    is_short: bool


@transaction.atomic
def wrong_kit_recover(
    *,
    participant_id: UUID,
    visit_code: str,
    position: int,
    number: str,
    was_administered: bool,
    reason: str,
    by: User,
    at: datetime,
) -> Recovery:
    """
    Put right that a participant was handed, or given, a kit that was not theirs.

    Given: the kit is recorded as given to them in this place, and the kit of the place comes back unused. Not given:
    the kit comes back, or goes to quarantine if it was nobody's; the participant's own kit stays theirs. Whoever the
    kit belonged to gets another one of the same content, chosen by the sealed schema; where the stock is short that
    is said, and the rest stands.

    :raises NotFound: if there is no such participant at the person's sites
    :raises NotAllowed: if the person may not undo a hand-over there
    :raises Invalid: with every ground
    """
    participant = participants.participant_get(
        viewer=by, participant_id=participant_id, now=at, permission=Permission.KIT_READ
    )
    access.check(user=by, permission=Permission.KIT_REVERSE, site_id=participant.site_id, now=at)
    read = number_read(number)[:40]
    known = Kit.objects.filter(site_id=participant.site_id, number=read).first()
    if known is None:
        raise Invalid(Reason("kit_unknown", f"There is no kit {read} at this site.", "number"))
    people = _lock({participant.pk, known.participant_id} - {None})
    kits = {
        kit.pk: kit
        for kit in Kit.objects.select_for_update()
        .filter(participant=participant, visit_code=visit_code)
        .order_by("pk")
    }
    wrong = kits.get(known.pk) or Kit.objects.select_for_update().get(pk=known.pk)
    held = [kit for kit in kits.values() if kit.state in {KitState.DISPENSED, KitState.ADMINISTERED}]
    if not held:
        raise NotFound("This participant holds no kits for this visit.")
    assigned = next((kit for kit in held if kit.position == position), None)
    faults = list(
        recovery_faults(
            KitInHand(
                number=wrong.number,
                state=KitState(wrong.state),
                is_assigned=assigned is not None and assigned.pk == wrong.pk,
                is_of_this_visit=wrong.pk in {kit.pk for kit in held},
            ),
            reason=reason,
        )
    )
    if not 1 <= position <= 9:
        faults.append(Reason("no_such_device", "Which device of the visit, from 1?", "position"))
    if faults:
        raise Invalid.because(faults)

    if wrong.state == KitState.DISPENSED and wrong.participant_id not in people:
        raise Conflict(Reason("kit_moved", "The kit was handed out meanwhile. Reload the page."))
    owner = people.get(wrong.participant_id) if wrong.state == KitState.DISPENSED else None
    owner_visit = wrong.visit_code
    if was_administered:
        _given(participant, wrong, assigned, held, visit_code, position, by=by, at=at, reason=reason)
    else:
        _taken_back(wrong, by=by, at=at, reason=reason)
    replaced, is_short = _replace(owner, owner_visit, by=by, at=at)

    record = WrongKit.objects.create(
        participant=participant,
        visit_code=visit_code,
        position=position,
        kit=wrong,
        assigned=assigned,
        was_administered=was_administered,
        reason=reason.strip(),
        deviation=deviation(
            number=wrong.number,
            assigned=assigned.number if assigned else "",
            participant=participant.number,
            visit=visit_code,
            position=position,
            owner=owner.number if owner else "",
            was_administered=was_administered,
        ),
        recorded_at=at,
        recorded_by=by,
    )
    event_record(
        kind="wrong_kit.recovered",
        by=by,
        at=at,
        subject=record,
        study=participant.study.code,
        site=participant.site.code,
        participant=participant.number,
        reason=reason.strip(),
        detail={
            "visit": visit_code,
            "device": position,
            "kit": wrong.number,
            "assigned": assigned.number if assigned else "",
            "was_administered": was_administered,
            "owner": owner.number if owner else "",
            "replaced": list(replaced),
            "deviation": record.deviation,
        },
    )
    return Recovery(record, owner.number if owner else "", replaced, is_short)


def _lock(people: set[UUID]) -> dict[UUID, Participant]:
    """Lock the participants concerned, in one order, so that two recoveries never wait for each other."""
    rows = Participant.objects.select_for_update(of=("self",)).select_related(
        "study", "site", "protocol_version"
    )
    return {row.pk: row for row in rows.filter(pk__in=people).order_by("pk")}


def _given(
    participant: Participant,
    wrong: Kit,
    assigned: Kit | None,
    held: list[Kit],
    visit_code: str,
    position: int,
    *,
    by: User,
    at: datetime,
    reason: str,
) -> None:
    """The spray is a fact: the kit takes the place, or one more if the place was used already."""
    if assigned is not None and assigned.state == KitState.ADMINISTERED:
        position = max(kit.position or 0 for kit in held) + 1
    elif assigned is not None:
        lines_write(
            [Line(assigned.pk, Movement.REVERSE, KitState.DISPENSED, KitState.RETURNED)],
            by=by,
            at=at,
            reason=reason,
        )
    place = Place(participant.pk, visit_code, position)
    before = KitState(wrong.state)
    lines_write(
        [Line(wrong.pk, Movement.ADMINISTER_IN_ERROR, before, KitState.ADMINISTERED, place)],
        by=by,
        at=at,
        reason=reason,
    )


def _taken_back(wrong: Kit, *, by: User, at: datetime, reason: str) -> None:
    """The kit left its place and nobody used it. One that lies aside or came back already stays where it is."""
    movement = {KitState.AVAILABLE: Movement.QUARANTINE, KitState.DISPENSED: Movement.REVERSE}.get(
        KitState(wrong.state)
    )
    after = next_state(KitState(wrong.state), movement) if movement else None
    if movement and after:
        lines_write([Line(wrong.pk, movement, KitState(wrong.state), after)], by=by, at=at, reason=reason)


def _replace(
    owner: Participant | None, visit_code: str, *, by: User, at: datetime
) -> tuple[tuple[str, ...], bool]:
    """Give whom the kit belonged to another one; say so where the stock is short, and let the rest stand."""
    if owner is None:
        return (), False
    before = set(
        Kit.objects.filter(participant=owner, visit_code=visit_code).values_list("number", flat=True)
    )
    try:
        with transaction.atomic():
            kits = replacements_dispense(owner, visit_code=visit_code, by=by, at=at)
    except KitsShort:
        return (), True
    return tuple(kit.number for kit in kits if kit.number not in before), False
