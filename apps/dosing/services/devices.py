"""Device by device: the right kit, the first spray at its time, the second, and how it went."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.events import publish
from apps.core.exceptions import Conflict, Invalid, NotFound, Reason
from apps.dosing import selectors
from apps.dosing.domain.devices import SprayOutcome, closing_reasons, next_ordinal, spray_reasons
from apps.dosing.domain.events import DoseBegun
from apps.dosing.domain.kits import SprayRefused
from apps.dosing.domain.session import SessionAction, SessionState, next_state
from apps.dosing.models import DeviceUse, DosingSession
from apps.dosing.services.acts import act_record, step_record
from apps.schedule import selectors as schedule
from apps.schedule import services as schedule_services
from apps.schedule.models import Visit
from apps.studies.domain.permissions import Permission
from apps.supply.services import kit_administer

NOSTRILS = ("LEFT", "RIGHT")


@transaction.atomic
def spray_first(
    *,
    session_id: UUID,
    kit_number: str,
    nostril: str,
    sprayed_at: datetime,
    version: int,
    by: User,
    at: datetime,
) -> DosingSession:
    """
    Record the first spray of the next device. The first of all is T0: the visit is held, the two hours begin.

    :raises NotFound: if there is no such session at the person's sites
    :raises NotAllowed: if the person may not give a dose there
    :raises Conflict: if the session changed since it was read
    :raises IllegalTransition: if the session is not cleared, or its dose is over
    :raises KitRefused: if the kit is not this device's, with what is wrong with it
    :raises SprayRefused: with every ground: too early after the device before, a device still open, none left
    """
    session = selectors.session_to_act(
        session_id=session_id, permission=Permission.DOSE_GIVE, version=version, by=by, at=at
    )
    next_state(SessionState(session.state), SessionAction.SPRAY)
    protocol, tz = selectors.protocol_for(session), schedule.zone_of(session.participant)
    rows = selectors.device_uses(session=session)
    uses = selectors.uses_as_values(rows)
    devices = selectors.devices_planned(session=session, protocol=protocol)
    if nostril not in NOSTRILS:
        raise Invalid(Reason("which_nostril", "Left or right?", "nostril"))
    grounds = spray_reasons(
        uses=uses,
        devices=devices,
        gap_minutes=protocol.devices.gap_minutes,
        sprayed_at=sprayed_at,
        cleared_at=selectors.cleared_at(session=session) or session.checked_in_at,
        now=at,
        tz=tz,
    )
    if not uses:
        grounds += selectors.in_trial_reasons(session.participant)
    if grounds:
        raise SprayRefused.because(grounds)
    ordinal = next_ordinal(uses, devices) or 1
    kit = selectors.kit_check(session=session, kit_number=kit_number, ordinal=ordinal, at=sprayed_at)

    DeviceUse.objects.create(
        session=session,
        ordinal=ordinal,
        kit=kit,
        first_nostril=nostril,
        first_spray_at=sprayed_at,
        recorded_at=at,
        recorded_by=by,
    )
    kit_administer(kit_id=kit.pk, by=by, at=at)
    if not uses:
        session.dosed_at = sprayed_at
    step_record(
        session=session,
        action=SessionAction.SPRAY,
        by=by,
        at=at,
        happened_at=sprayed_at,
        detail={"device": ordinal, "kit": kit.number, "sprayed_at": sprayed_at.isoformat()},
    )
    session.version += 1
    session.save()
    if not uses:
        # Told before the visit is held: holding it may move its window to the day of the dose.
        publish(DoseBegun(session.participant_id, session.pk, dosed_at=sprayed_at, by=by, at=at))
        _hold_visit(session, by=by, at=at)
    return session


@transaction.atomic
def device_close(
    *,
    session_id: UUID,
    ordinal: int,
    second_spray_at: datetime | None,
    outcome: str,
    note: str = "",
    version: int,
    by: User,
    at: datetime,
) -> DosingSession:
    """
    Record the second spray of a device and how it went. After the last device the two hours go on without a dose.

    :raises NotFound: if there is no such session, or no such device in it
    :raises NotAllowed: if the person may not give a dose there
    :raises Conflict: if the session changed since it was read
    :raises IllegalTransition: if the session is not dosing
    :raises Invalid: with every ground: closed before, sprays out of order, no word on what went wrong
    """
    session = selectors.session_to_act(
        session_id=session_id, permission=Permission.DOSE_GIVE, version=version, by=by, at=at
    )
    next_state(SessionState(session.state), SessionAction.COMPLETE_DOSE)
    rows = selectors.device_uses(session=session)
    row = next((entry for entry in rows if entry.ordinal == ordinal), None)
    if row is None:
        raise NotFound("There is no such device in this session.")
    if outcome not in set(SprayOutcome):
        raise Invalid(Reason("how_did_it_go", "Complete, partial, sneezed or failed?", "outcome"))
    (use,) = selectors.uses_as_values([row])
    grounds = closing_reasons(
        use=use, second_spray_at=second_spray_at, outcome=SprayOutcome(outcome), note=note, now=at
    )
    if grounds:
        closed = any(reason.code == "device_closed" for reason in grounds)
        raise (Conflict if closed else Invalid).because(grounds)

    row.second_spray_at, row.outcome, row.note = second_spray_at, outcome, note.strip()
    row.save(update_fields=["second_spray_at", "outcome", "note"])
    act_record(
        kind="device.closed",
        session=session,
        by=by,
        at=at,
        detail={"device": ordinal, "outcome": outcome},
        reason=note.strip(),
    )
    devices = selectors.devices_planned(session=session, protocol=selectors.protocol_for(session))
    if len(rows) >= devices and all(entry.outcome for entry in rows):
        last = max(entry.second_spray_at or entry.first_spray_at for entry in rows)
        step_record(session=session, action=SessionAction.COMPLETE_DOSE, by=by, at=at, happened_at=last)
    session.version += 1
    session.save()
    return session


def _hold_visit(session: DosingSession, *, by: User, at: datetime) -> None:
    """Hold the visit; a first dose on another day than planned moves every window with it."""
    participant = session.participant
    visit = Visit.objects.select_for_update().get(pk=session.visit_id)
    visit.participant = participant
    moves = schedule.carries_windows(visit, protocol=selectors.protocol_for(session))
    schedule_services.visit_hold(visit=visit, held_at=session.dosed_at, by=by, at=at)
    if moves and session.dosed_at is not None:
        day = session.dosed_at.astimezone(schedule.zone_of(participant)).date()
        schedule_services.visits_reanchor(participant=participant, first_dose_date=day, by=by, at=at)
