"""Dispensing blind: the database chooses kits of the right content, the ledger records their numbers."""

from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, NotAllowed, Reason, Refused
from apps.participants import selectors as participants
from apps.participants.models import Participant
from apps.randomization.domain.draw import NO_STOCK
from apps.randomization.domain.events import ParticipantRandomized
from apps.randomization.domain.plan import devices_per_session, first_dose_asked
from apps.randomization.services import participant_randomize, sealed_call
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol
from apps.studies.selectors import protocol_of
from apps.supply import selectors
from apps.supply.domain.kits import KitState, Movement
from apps.supply.services.gateway import Line, Place, lines_write

#: Whoever may do one of these may cause kits to be handed out; the page or service that calls checks its own act.
_ENTITLING = (
    Permission.PARTICIPANT_RANDOMIZE,
    Permission.SESSION_CHECK_IN,
    Permission.DOSE_REQUEST,
    Permission.DOSE_GIVE,
)


class KitsShort(Refused):
    """The site's stock does not cover the session. The words are the same in every arm."""

    code = "kits_short"
    title = "The kits for this session are not there"


@dataclass(frozen=True, slots=True)
class DispensedKit:
    """A kit handed out: `position` is its place in the session, from 1."""

    kit_id: UUID
    number: str
    position: int


@transaction.atomic
def kits_for_session(
    *, participant_id: UUID, visit_code: str, dose_mg: int | None, by: User, at: datetime
) -> tuple[DispensedKit, ...]:
    """Hand out the kits of a visit, first device first; asked again for the same dose, return the same ones.

    `dose_mg` is the dose asked for, in the same words in every arm; where the protocol fixes the dose by arm
    it is ignored. A kit taken back is replaced by the next call. Raises NotFound, NotAllowed, Invalid for a
    dose or visit the protocol does not know, Conflict when the visit's kits were handed out for another dose,
    KitsShort.
    """
    participant = participants.participant_get(viewer=by, participant_id=participant_id, now=at, lock=True)
    if not any(
        access.can(user=by, permission=one, site_id=participant.site_id, now=at) for one in _ENTITLING
    ):
        raise NotAllowed(
            Reason("not_allowed", "Your delegation at this site does not include handing out kits.")
        )
    return _dispense(participant, visit_code=visit_code, dose_mg=dose_mg, by=by, at=at)


def kits_dispense_after_randomization(event: ParticipantRandomized) -> None:
    """React to a draw: hand out the kits of the first session in the same transaction."""
    participant = event.participant
    protocol = protocol_of(participant.protocol_version)
    _dispense(
        participant,
        visit_code=protocol.dosing_visits[0].code,
        dose_mg=first_dose_asked(protocol=protocol, age_years=participant.age_years),
        by=event.by,
        at=event.at,
    )


def participant_randomize_with_kits(
    *, participant_id: UUID, key: UUID, by: User, at: datetime
) -> tuple[selectors.HandOver, bool]:
    """Randomize and return the number with the kits of the first session, and whether the answer is a
    repetition.

    The answer is read after the draw is committed, when nobody waits for it any more. Raises what
    `participant_randomize` raises, and KitsShort.
    """
    answer = participant_randomize(participant_id=participant_id, key=key, by=by, at=at)
    return selectors.handover_get(viewer=by, participant_id=participant_id, now=at), answer.repeated


@transaction.atomic
def kits_replace(
    *, participant_id: UUID, visit_code: str, by: User, at: datetime
) -> tuple[DispensedKit, ...]:
    """Hand out kits for the places of a visit whose kit was taken back, for the dose asked for before.

    Raises NotFound and NotAllowed as the hand-over does, Conflict where the visit never had kits, KitsShort.
    """
    participant = participants.participant_get(
        viewer=by, participant_id=participant_id, now=at, permission=Permission.KIT_READ, lock=True
    )
    access.check(user=by, permission=Permission.KIT_HAND_OVER, site_id=participant.site_id, now=at)
    return replacements_dispense(participant, visit_code=visit_code, by=by, at=at)


def replacements_dispense(
    participant: Participant, *, visit_code: str, by: User, at: datetime
) -> tuple[DispensedKit, ...]:
    """Fill a visit's empty places again. For services that hold the participant's row and have checked who asks."""
    protocol = protocol_of(participant.protocol_version)
    return _hand_out(
        participant, protocol, visit_code=visit_code, asked=None, devices=1, again=True, by=by, at=at
    )


def _dispense(
    participant: Participant, *, visit_code: str, dose_mg: int | None, by: User, at: datetime
) -> tuple[DispensedKit, ...]:
    protocol = protocol_of(participant.protocol_version)
    _check_request(protocol, visit_code, dose_mg)
    asked = None if protocol.dose.fixed else dose_mg
    devices = devices_per_session(protocol=protocol, dose_mg=asked)
    return _hand_out(
        participant, protocol, visit_code=visit_code, asked=asked, devices=devices, again=False, by=by, at=at
    )


def _hand_out(
    participant: Participant,
    protocol: Protocol,
    *,
    visit_code: str,
    asked: int | None,
    devices: int,
    again: bool,
    by: User,
    at: datetime,
) -> tuple[DispensedKit, ...]:
    """Let the database choose, write the lines: one question, one statement, one audit line."""
    try:
        rows = sealed_call(
            "kits_dispense",
            participant=participant.pk,
            site=participant.site_id,
            visit=visit_code,
            dose_mg=asked,
            devices=devices,
            first=visit_code == protocol.dosing_visits[0].code,
            open_label=protocol.blinding == "open_label",
            mg_per_device=protocol.devices.mg_per_device,
            on=at.astimezone(ZoneInfo(participant.site.time_zone)).date(),
            by=by.pk,
            at=at,
            again=again,
        )
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
        raise KitsShort(
            Reason("busy", "The site's stock is being changed; nothing was handed out. Try again.")
        ) from None
    _refuse({outcome for outcome, *_ in rows})
    picked = sorted((row for row in rows if row[0] == "PICKED"), key=itemgetter(3))
    lines_write(
        [
            Line(
                kit_id,
                Movement.DISPENSE,
                KitState.AVAILABLE,
                KitState.DISPENSED,
                Place(participant.pk, visit_code, place),
            )
            for _, kit_id, place, _ in picked
        ],
        by=by,
        at=at,
    )
    if picked:
        event_record(
            kind="kits.dispensed",
            by=by,
            at=at,
            subject=participant,
            study=participant.study.code,
            site=participant.site.code,
            participant=participant.number,
            detail={"visit": visit_code, "kits": [number for *_, number in rows]},
        )
    return tuple(
        DispensedKit(kit_id=kit_id, number=number, position=place) for _, kit_id, place, number in rows
    )


def _check_request(protocol: Protocol, visit_code: str, dose_mg: int | None) -> None:
    faults = []
    if visit_code not in {visit.code for visit in protocol.dosing_visits}:
        faults.append(
            Reason("no_dose_then", f"{visit_code} is no dosing visit of the protocol.", "visit_code")
        )
    if not protocol.dose.fixed and dose_mg not in protocol.dose.allowed_mg:
        allowed = ", ".join(str(dose) for dose in protocol.dose.allowed_mg)
        faults.append(Reason("dose_unknown", f"The dose must be one of {allowed} mg.", "dose_mg"))
    if faults:
        raise Invalid.because(faults)


def _refuse(outcomes: set[str]) -> None:
    if "SHORT" in outcomes:
        raise KitsShort(
            Reason(NO_STOCK.code, "The site's stock does not cover this session. Nothing was handed out.")
        )
    if "OTHER_DOSE" in outcomes:
        raise Conflict(
            Reason(
                "other_dose",
                "Kits for this visit were handed out for another dose; take them back first.",
                "dose_mg",
            )
        )
    if "NEVER_ASKED" in outcomes:
        raise Conflict(Reason("never_asked", "No kits were handed out for this visit yet.", "visit_code"))
    if "NOT_RANDOMIZED" in outcomes:
        raise Conflict(Reason("not_randomized", "The participant is not randomized."))
