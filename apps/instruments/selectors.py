"""Reading interviews and ratings. A rater sees their own interviews; rules read totals; pages seldom do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import User
from apps.core.asking import Question
from apps.core.exceptions import NotAllowed, NotFound, Reason
from apps.instruments.domain.entering import permissions_to_enter, planned_instrument
from apps.instruments.domain.scoring import instrument_of
from apps.instruments.models import Rating, RatingSlot
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Consent, Participant
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import VisitInstrument
from apps.studies.selectors import protocol_of


@dataclass(frozen=True, slots=True)
class Entered:
    """That a scale was entered, and when: no score."""

    rating_id: UUID
    observed_at: datetime
    is_complete: bool
    not_done_reason: str


def slots_for(*, viewer: User, now: datetime) -> QuerySet[RatingSlot]:
    """
    Return the interviews a rater may reach: assigned to them, or nobody's yet, where they may rate at `now`.

    Interviews with people who left with their consent, or failed screening, are gone unless they were held.
    """
    sites = access.sites_where(user=viewer, permission=Permission.RATING_RECORD, now=now)
    consented = Consent.objects.filter(participant=OuterRef("participant_id"), withdrawn_at__isnull=True)
    held = Rating.objects.filter(slot=OuterRef("pk"))
    return (
        RatingSlot.objects.filter(participant__site__in=sites, participant__study__state="LIVE")
        .filter(Q(rater=viewer) | Q(rater__isnull=True))
        .annotate(is_held=Exists(held))
        .filter(
            Q(is_held=True)
            | (Exists(consented) & ~Q(participant__status=ParticipantStatus.SCREEN_FAILED.value))
        )
        .order_by("opens_at", "alias", "id")
    )


def slot_get(*, viewer: User, slot_id: UUID, now: datetime, lock: bool = False) -> RatingSlot:
    """
    Return one of the viewer's interviews; `lock` needs a transaction.

    :raises NotFound: if there is none, or it is somebody else's
    """
    found = slots_for(viewer=viewer, now=now).filter(pk=slot_id).first()
    if found is None:
        raise NotFound("There is no such interview.")
    if lock:
        found = RatingSlot.objects.select_for_update().get(pk=slot_id)
        if found.rater_id not in (None, viewer.pk):
            raise NotFound("There is no such interview.")
    return found


def latest(rows: QuerySet[Rating]) -> QuerySet[Rating]:
    """Narrow to ratings that no correction has replaced."""
    return rows.filter(superseded_by__isnull=True)


def rating_of_slot(*, slot: RatingSlot) -> Rating | None:
    """Return what was entered for an interview, as last corrected."""
    return latest(Rating.objects.filter(slot=slot)).first()


def rating_current(*, participant: Participant, instrument: str, visit_code: str) -> Rating | None:
    """Return a participant's rating of a visit as last corrected: for services, and for its own author."""
    return latest(
        Rating.objects.filter(participant=participant, instrument=instrument, visit_code=visit_code)
    ).first()


def totals_of(*, participant_id: UUID, instrument: str) -> dict[str, int | None]:
    """Return the totals of an instrument by visit, as last corrected; None where items are missing.

    For rules. A page may show them only to people with score:read, or where the protocol lets the site see them.
    """
    rows = latest(Rating.objects.filter(participant_id=participant_id, instrument=instrument))
    return dict(rows.values_list("visit_code", "total"))


@Question
def slots_held(participant: UUID) -> QuerySet[RatingSlot]:
    """Ask which interviews of a participant are planned: (instrument, visit)."""
    return RatingSlot.objects.filter(participant=participant).values_list("instrument", "visit_code")


@Question
def totals_known(participant: UUID) -> QuerySet[Rating]:
    """Ask for (instrument, visit, total), as last corrected: what `totals_of` returns, of every instrument."""
    rows = latest(Rating.objects.filter(participant=participant))
    return rows.values_list("instrument", "visit_code", "total")


def ratings_entered(*, participant_id: UUID) -> dict[tuple[str, str], Entered]:
    """Return what was entered, by visit and instrument, without any score: for schedules and task lists."""
    rows = latest(Rating.objects.filter(participant_id=participant_id))
    return {
        (row.visit_code, row.instrument): Entered(
            row.pk,
            row.observed_at,
            not row.not_done_reason and all(value is not None for value in row.items.values()),
            row.not_done_reason,
        )
        for row in rows
    }


def slots_of(*, participant_id: UUID) -> QuerySet[RatingSlot]:
    """Return a participant's interviews in order of time: for the site, which knows the visits."""
    return RatingSlot.objects.filter(participant_id=participant_id).order_by("opens_at", "visit_code", "id")


def planned_for_entry(
    *, viewer: User, participant: Participant, instrument: str, visit_code: str, now: datetime
) -> VisitInstrument:
    """
    Return what the protocol plans at a visit, if the viewer may enter it.

    :raises NotFound: if the protocol plans no such rating at this visit
    :raises NotAllowed: if it is another role's, or a blinded rater's alone
    """
    instrument_of(instrument)
    protocol = protocol_of(participant.protocol_version)
    planned = planned_instrument(protocol, visit_code=visit_code, instrument=instrument)
    if planned is None:
        raise NotFound("The protocol plans no such rating at this visit.")
    sufficient = permissions_to_enter(planned)
    if not any(
        access.can(user=viewer, permission=permission, site_id=participant.site_id, now=now)
        for permission in sufficient
    ):
        words = (
            "A blinded rater rates this; nobody enters it for them."
            if not sufficient
            else "Your delegation at this site does not include entering this scale."
        )
        raise NotAllowed(Reason("not_allowed", words))
    return planned
