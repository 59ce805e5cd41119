"""The draw: load locked, decide with every reason, write, record."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.events import publish
from apps.core.exceptions import Conflict, Reason, Refused
from apps.participants import selectors as participants
from apps.participants import services as participant_services
from apps.participants.models import Participant
from apps.randomization import selectors
from apps.randomization.domain.draw import NO_PLACE, DrawFacts, draw_reasons_against
from apps.randomization.domain.events import ParticipantRandomized
from apps.randomization.domain.plan import (
    devices_per_session,
    first_dose_asked,
    levels_of,
    list_for,
    number_bounds,
)
from apps.randomization.domain.strata import stratum_key
from apps.randomization.models import Allocation, RandomizationList, sealed_call
from apps.screening.selectors import EligibilitySnapshot, eligibility_for_randomization
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


@dataclass(frozen=True, slots=True)
class DrawPreview:
    """What the page shows before the button: the levels, and every reason against. No list and no arm."""

    levels: tuple[tuple[str, str], ...]
    reasons: tuple[Reason, ...]
    snapshot: EligibilitySnapshot


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
    found = _load(participant=participant, protocol=protocol, at=at)
    reasons = draw_reasons_against(found.facts)
    if reasons or found.list is None or found.stratum is None:
        raise RandomizationRefused.because(reasons or (NO_PLACE,))

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
    participant_services.participant_mark_randomized(participant=participant, by=by, at=at)
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


def draw_preview(*, participant_id: UUID, viewer: User, now: datetime) -> DrawPreview:
    """Return what is known before a draw, with every reason against it. Raises NotFound and NotAllowed as the
    draw does.
    """
    participant = participants.participant_get(viewer=viewer, participant_id=participant_id, now=now)
    access.check(
        user=viewer, permission=Permission.PARTICIPANT_RANDOMIZE, site_id=participant.site_id, now=now
    )
    protocol = protocol_of(participant.protocol_version)
    found = _load(participant=participant, protocol=protocol, at=now)
    shown = tuple(
        (factor.label, found.levels.get(factor.code) or "") for factor in protocol.randomization.strata
    )
    return DrawPreview(levels=shown, reasons=draw_reasons_against(found.facts), snapshot=found.snapshot)


@dataclass(frozen=True, slots=True)
class _Found:
    facts: DrawFacts
    snapshot: EligibilitySnapshot
    levels: dict[str, str | None]
    list: RandomizationList | None
    stratum: str | None


def _earlier(*, participant: Participant, key: UUID, by: User) -> Randomized | None:
    """Return the earlier answer to this very request. Raises Conflict when the key belongs to another one."""
    held = Allocation.objects.filter(key=key).first()
    if held is None:
        return None
    if held.participant_id != participant.pk or held.recorded_by_id != by.pk:
        raise _key_conflict()
    return Randomized(held.pk, participant.pk, held.randomization_number, held.allocated_at, repeated=True)


def _load(*, participant: Participant, protocol: Protocol, at: datetime) -> _Found:
    snapshot = eligibility_for_randomization(participant_id=participant.pk)
    levels = dict(
        levels_of(
            protocol=protocol,
            facts=snapshot.facts,
            country=participant.site.country,
            site=participant.site.code,
        )
    )
    missing = tuple(sorted(factor for factor, level in levels.items() if not level))
    stratum = None if missing else stratum_key({factor: level or "" for factor, level in levels.items()})
    code = list_for(protocol, snapshot.facts)
    found = selectors.list_live(study_id=participant.study_id, code=code) if code else None
    facts = DrawFacts(
        is_allocated=selectors.allocation_of(participant_id=participant.pk) is not None,
        is_consented=participants.consent_in_force(participant_id=participant.pk, now=at) is not None,
        is_eligible=snapshot.eligible,
        is_signed=snapshot.signed,
        eligibility=tuple(snapshot.reasons),
        strata_missing=missing,
        list_serves=found is not None and stratum is not None and _place_left(found, stratum),
        stock_covers=found is not None and _stock_covers(found, participant, protocol, at),
    )
    return _Found(facts=facts, snapshot=snapshot, levels=levels, list=found, stratum=stratum)


def _place_left(found: RandomizationList, stratum: str) -> bool:
    return bool(sealed_call("place_left", list=found.pk, stratum=stratum)[0][0])


def _stock_covers(
    found: RandomizationList, participant: Participant, protocol: Protocol, at: datetime
) -> bool:
    dose = first_dose_asked(protocol=protocol, age_years=participant.age_years)
    rows = sealed_call(
        "stock_covers",
        list=found.pk,
        site=participant.site_id,
        dose_mg=dose,
        devices=devices_per_session(protocol=protocol, dose_mg=dose),
        on=_site_day(participant, at),
    )
    return bool(rows[0][0])


def _site_day(participant: Participant, at: datetime) -> date:
    return at.astimezone(ZoneInfo(participant.site.time_zone)).date()


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
