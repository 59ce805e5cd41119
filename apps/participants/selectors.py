"""Reading participants. What a viewer may not see is not there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.asking import Asked, Question, ask_together
from apps.core.exceptions import NotFound
from apps.participants.models import Consent, Identity, Participant, StatusChange
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Site, Study


def participant_get(
    *,
    viewer: User,
    participant_id: UUID,
    now: datetime,
    permission: Permission = Permission.PARTICIPANT_READ,
    lock: bool = False,
) -> Participant:
    """
    Return a participant at a site where the viewer holds the permission; `lock` needs a transaction.

    :raises NotFound: if there is none, or the viewer does not hold the permission at the site
    """
    return participant_standing(
        viewer=viewer, participant_id=participant_id, now=now, permission=permission, lock=lock
    )[0]


def participant_standing(
    *asked: Asked,
    viewer: User,
    participant_id: UUID,
    now: datetime,
    permission: Permission = Permission.PARTICIPANT_READ,
    lock: bool = False,
) -> tuple[Participant, access.Standing, list[list[Any]]]:
    """
    Return a participant as `participant_get` does, what the viewer is delegated, and the answers to further questions.

    All are asked in one round trip, the questions after the lock was got; they are told to nobody for whom the
    participant is not there.

    :raises NotFound: as `participant_get` does
    """
    one = _locked if lock else _one
    found, delegations, *answers = ask_together(
        one(participant=participant_id, user=viewer.pk, now=now),
        access.delegations_held(user=viewer.pk, now=now),
        *asked,
    )
    standing = access.Standing(tuple(delegations))
    if not found or not standing.can(permission, site=found[0].site):
        raise NotFound("There is no such participant.")
    return found[0], standing, answers


def _with_places() -> QuerySet[Participant]:
    """Participants with study, site and version; not its document, which is large and read once (`protocol_of`)."""
    rows = Participant.objects.select_related("study", "site", "protocol_version")
    return rows.defer("protocol_version__document")


@Question
def _one(participant: UUID, user: UUID, now: datetime) -> QuerySet[Participant]:
    # Somebody else's participant is not found, and so not locked either: waiting would tell that there is one.
    here = access.delegations_reaching(user=user, now=now, site="site", study="study")
    return _with_places().filter(pk=participant).filter(here)


@Question
def _locked(participant: UUID, user: UUID, now: datetime) -> QuerySet[Participant]:
    here = access.delegations_reaching(user=user, now=now, site="site", study="study")
    return _with_places().filter(pk=participant).filter(here).select_for_update(of=("self",))


@Question
def consents_standing(participant: UUID) -> QuerySet[Consent]:
    """Ask for the identifiers of the consents that were not withdrawn."""
    return Consent.objects.filter(participant=participant, withdrawn_at__isnull=True).values_list("pk")


def participants_of(
    *,
    viewer: User,
    now: datetime,
    study: Study | None = None,
    site: Site | None = None,
    status: str = "",
    search: str = "",
) -> QuerySet[Participant]:
    """Return the participants a viewer may see, by number; narrowed by study, site, status and part of the number."""
    sites = access.sites_where(user=viewer, permission=Permission.PARTICIPANT_READ, now=now)
    rows = Participant.objects.filter(site__in=sites).select_related("study", "site").order_by("number", "id")
    if study is not None:
        rows = rows.filter(study=study)
    if site is not None:
        rows = rows.filter(site=site)
    if status:
        rows = rows.filter(status=status)
    if search.strip():
        rows = rows.filter(number__icontains=search.strip())
    return rows


def consent_in_force(*, participant: Participant) -> Consent | None:
    """Return the newest consent that was not withdrawn, or None."""
    return (
        Consent.objects.filter(participant=participant, withdrawn_at__isnull=True)
        .select_related("protocol_version")
        .order_by("-consented_at", "-recorded_at", "id")
        .first()
    )


def consent_first(*, participant: Participant) -> Consent | None:
    """Return the consent by which the participant entered the trial; its day is Day 1 of screening."""
    return (
        Consent.objects.filter(participant=participant).order_by("consented_at", "recorded_at", "id").first()
    )


def consents_of(*, participant: Participant) -> QuerySet[Consent]:
    """Return every consent of a participant, newest first."""
    return (
        Consent.objects.filter(participant=participant)
        .select_related("protocol_version", "recorded_by", "withdrawn_by")
        .order_by("-consented_at", "-recorded_at", "id")
    )


def status_changes_of(*, participant: Participant) -> QuerySet[StatusChange]:
    """Return every step of a participant's status, newest first."""
    return (
        StatusChange.objects.filter(participant=participant)
        .select_related("recorded_by")
        .order_by("-at", "-recorded_at", "id")
    )


def namesakes(*, site: Site, full_name: str, birth_date: object) -> list[str]:
    """Return the numbers of people at the site with this name and birth date: perhaps the same person."""
    rows = Identity.objects.filter(
        participant__site=site, full_name__iexact=full_name.strip(), birth_date=birth_date
    )
    return sorted(rows.values_list("participant__number", flat=True))
