"""The draw: load locked, decide with every reason, write, record."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.events import publish
from apps.core.exceptions import Conflict, Reason, Refused
from apps.participants import selectors as participants
from apps.participants import services as participant_services
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Participant
from apps.randomization import selectors
from apps.randomization.domain.draw import NO_PLACE, draw_reasons_against
from apps.randomization.domain.events import ParticipantRandomized
from apps.randomization.domain.plan import number_bounds
from apps.randomization.models import Allocation, RandomizationList, sealed_call
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol
from apps.studies.selectors import protocol_of


class RandomizationRefused(Refused):
    """The participant cannot be randomized now; nothing was drawn."""

    code = "randomization_refused"
    title = "The participant cannot be randomized now"


@dataclass(frozen=True, slots=True)
class Randomized:
    """The answer to a request: the number, and whether it is the repetition of an earlier answer."""

    allocation_id: UUID
    participant_id: UUID
    number: str
    at: datetime
    repeated: bool


@transaction.atomic
def participant_randomize(*, participant_id: UUID, key: UUID, by: User, at: datetime) -> Randomized:
    """Draw the next place of the participant's stratum, once.

    The same key for the same participant by the same person gives the same answer again. Raises NotFound for
    a participant who is absent or at another site; NotAllowed without the delegation; Conflict when the key
    was used for anything else; RandomizationRefused with every reason against.
    """
    participant = participants.participant_get(viewer=by, participant_id=participant_id, now=at, lock=True)
    access.check(user=by, permission=Permission.PARTICIPANT_RANDOMIZE, site_id=participant.site_id, now=at)
    if (earlier := _earlier(participant=participant, key=key, by=by)) is not None:
        return earlier

    protocol = protocol_of(participant.protocol_version)
    found = selectors.draw_state(participant=participant, protocol=protocol, now=at)
    reasons = draw_reasons_against(found.facts)
    if reasons or found.list is None or found.stratum is None:
        raise RandomizationRefused.because(reasons or (NO_PLACE,))

    # From the draw on, everybody else of this stratum waits; what can be done before it is done before it.
    participant_services.participant_status_change(
        participant=participant, to=ParticipantStatus.RANDOMIZED, by=by, at=at
    )
    number = _draw(
        participant=participant,
        chosen=found.list,
        stratum=found.stratum,
        protocol=protocol,
        key=key,
        by=by,
        at=at,
    )
    allocation = Allocation.objects.create(
        study_id=participant.study_id,
        participant=participant,
        list=found.list,
        stratum=found.stratum,
        randomization_number=number,
        key=key,
        allocated_at=at,
        recorded_at=at,
        recorded_by=by,
    )
    event_record(
        kind="participant.randomized",
        by=by,
        at=at,
        subject=allocation,
        study=participant.study.code,
        site=participant.site.code,
        participant=participant.number,
        detail={"randomization_number": number},
    )
    publish(
        ParticipantRandomized(
            participant_id=participant.pk,
            study_id=participant.study_id,
            site_id=participant.site_id,
            allocation_id=allocation.pk,
            by=by,
            at=at,
        )
    )
    return Randomized(allocation.pk, participant.pk, number, at, repeated=False)


def _earlier(*, participant: Participant, key: UUID, by: User) -> Randomized | None:
    """Return the earlier answer to this very request. Raises Conflict when the key belongs to another one."""
    held = Allocation.objects.filter(key=key).first()
    if held is None:
        return None
    if held.participant_id != participant.pk or held.recorded_by_id != by.pk:
        raise _key_conflict()
    return Randomized(held.pk, participant.pk, held.randomization_number, held.allocated_at, repeated=True)


def _draw(
    *,
    participant: Participant,
    chosen: RandomizationList,
    stratum: str,
    protocol: Protocol,
    key: UUID,
    by: User,
    at: datetime,
) -> str:
    low, high = number_bounds(protocol.randomization.number_format)
    try:
        outcome, number = sealed_call(
            "draw_slot",
            list=chosen.pk,
            stratum=stratum,
            participant=participant.pk,
            key=key,
            low=low,
            high=high,
            by=by.pk,
            at=at,
        )[0]
    except (psycopg.errors.UniqueViolation, IntegrityError):
        raise _key_conflict() from None
    except psycopg.errors.LockNotAvailable:
        raise RandomizationRefused(
            Reason(
                "busy", "Many participants are being randomized at this moment; nothing was drawn. Try again."
            )
        ) from None
    match outcome:
        case "DRAWN":
            return protocol.randomization.number_format.format(number=number)
        case "EXHAUSTED":
            raise RandomizationRefused(NO_PLACE)
        case "TAKEN":
            raise _key_conflict()
        case _:
            raise RandomizationRefused(
                Reason("already_randomized", "This participant is already randomized.")
            )


def _key_conflict() -> Conflict:
    return Conflict(
        Reason("key_used", "This key was used for another request. Reload the page and begin again.")
    )
