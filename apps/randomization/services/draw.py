"""The draw: load locked, decide with every reason, write, record."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.asking import Question
from apps.core.events import publish
from apps.core.exceptions import Conflict, NotAllowed, NotFound, Reason, Refused
from apps.core.writing import row_add, written_together
from apps.participants import selectors as participants
from apps.participants import services as participant_services
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Participant
from apps.randomization import selectors
from apps.randomization.domain.draw import NO_PLACE, draw_reasons_against, unserved
from apps.randomization.domain.events import ParticipantRandomized, RandomizationBegins
from apps.randomization.domain.plan import number_bounds
from apps.randomization.models import Allocation, sealed_call
from apps.randomization.selectors import DrawState
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


def participant_randomize(*, participant_id: UUID, key: UUID, by: User, at: datetime) -> Randomized:
    """Draw the next place of the participant's stratum, once.

    The same key for the same participant by the same person gives the same answer again. Raises NotFound for
    a participant who is absent or at another site; NotAllowed without the delegation; Conflict when the key
    was used for anything else; RandomizationRefused with every reason against, and whatever refuses the kits.
    A refusal undoes the draw and is itself recorded.
    """
    try:
        return _randomize(participant_id=participant_id, key=key, by=by, at=at)
    except (NotFound, NotAllowed):
        raise
    except Refused as refusal:
        _refusal_record(refusal, participant_id=participant_id, by=by, at=at)
        raise


@transaction.atomic
def _randomize(*, participant_id: UUID, key: UUID, by: User, at: datetime) -> Randomized:
    participant, standing, (held,) = participants.participant_standing(
        _of_key(key=key), viewer=by, participant_id=participant_id, now=at, lock=True
    )
    standing.check(Permission.PARTICIPANT_RANDOMIZE, site=participant.site)
    if held:
        return _earlier(held[0], participant=participant, by=by)

    protocol = protocol_of(participant.protocol_version)
    found = selectors.draw_state(participant=participant, protocol=protocol, now=at)
    reasons = draw_reasons_against(found.facts)
    if reasons or found.list is None or found.stratum is None:
        raise RandomizationRefused.because(reasons or (NO_PLACE,))

    # From the draw on, everybody else of this stratum waits until the commit: what does not depend on the place
    # is done before it.
    with written_together():
        participant_services.participant_status_change(
            participant=participant, to=ParticipantStatus.RANDOMIZED, by=by, at=at
        )
        publish(RandomizationBegins(participant=participant, by=by, at=at))
    number, record_hash = _draw(
        participant=participant, found=found, protocol=protocol, key=key, by=by, at=at
    )
    with written_together():
        allocation = _allocate(participant, found, number, record_hash, key=key, by=by, at=at)
    return Randomized(allocation.pk, participant.pk, number, at, repeated=False)


def _allocate(
    participant: Participant,
    found: DrawState,
    number: str,
    record_hash: str,
    *,
    key: UUID,
    by: User,
    at: datetime,
) -> Allocation:
    """Record the place that was drawn, and let the apps above hand out what it brings."""
    allocation = Allocation(
        study_id=participant.study_id,
        participant=participant,
        list=found.list,
        stratum=found.stratum,
        randomization_number=number,
        key=key,
        allocated_at=at,
        record_hash=record_hash,
        recorded_at=at,
        recorded_by=by,
    )
    row_add(allocation)
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
    publish(ParticipantRandomized(participant=participant, allocation_id=allocation.pk, by=by, at=at))
    return allocation


def _earlier(held: Allocation, *, participant: Participant, by: User) -> Randomized:
    """Return the earlier answer to this very request. Raises Conflict when the key belongs to another one."""
    if held.participant_id != participant.pk or held.recorded_by_id != by.pk:
        raise _key_conflict()
    return Randomized(held.pk, participant.pk, held.randomization_number, held.allocated_at, repeated=True)


@Question
def _of_key(key: UUID) -> QuerySet[Allocation]:
    return Allocation.objects.filter(key=key)


def _draw(
    *, participant: Participant, found: DrawState, protocol: Protocol, key: UUID, by: User, at: datetime
) -> tuple[str, str]:
    """Draw from the sealed list; return the randomization number and the hash of the record."""
    assert found.list is not None
    assert found.stratum is not None
    low, high = number_bounds(protocol.randomization.number_format)
    caps = protocol.randomization.caps
    try:
        outcome, number, record_hash = sealed_call(
            "draw_slot",
            list=found.list.pk,
            stratum=found.stratum,
            participant=participant.pk,
            key=key,
            low=low,
            high=high,
            by=by.pk,
            at=at,
            site=participant.site_id,
            levels=found.levels,
            cap_study=caps.study,
            cap_site=caps.site,
            cap_stratum=caps.stratum,
        )[0]
    except (psycopg.errors.UniqueViolation, IntegrityError):
        raise _key_conflict() from None
    except psycopg.errors.LockNotAvailable:
        raise RandomizationRefused(
            Reason(
                "busy", "Many participants are being randomized at this moment; nothing was drawn. Try again."
            )
        ) from None
    if outcome == "DRAWN":
        return protocol.randomization.number_format.format(number=number), record_hash
    if outcome == "TAKEN":
        raise _key_conflict()
    if outcome == "HELD":
        raise RandomizationRefused(Reason("already_randomized", "This participant is already randomized."))
    raise RandomizationRefused(unserved(outcome))


def _refusal_record(refusal: Refused, *, participant_id: UUID, by: User, at: datetime) -> None:
    """Leave the trace of a draw that was refused, after it was undone. Reasons never tell an arm."""
    participant = Participant.objects.select_related("study", "site").get(pk=participant_id)
    with transaction.atomic():
        event_record(
            kind="randomization.refused",
            by=by,
            at=at,
            subject=participant,
            study=participant.study.code,
            site=participant.site.code,
            participant=participant.number,
            detail={"reasons": sorted(reason.code for reason in refusal.reasons)},
        )


def _key_conflict() -> Conflict:
    return Conflict(
        Reason("key_used", "This key was used for another request. Reload the page and begin again.")
    )
