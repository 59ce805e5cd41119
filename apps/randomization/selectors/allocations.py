"""Reading allocations. Nothing here can answer with an arm."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.asking import Question
from apps.core.exceptions import NotFound
from apps.participants import selectors as participants
from apps.randomization.domain.plan import levels_of
from apps.randomization.models import Allocation
from apps.screening.selectors import eligibility_for_randomization
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import protocol_of


def allocations_visible(*, viewer: User, now: datetime) -> QuerySet[Allocation]:
    """Return the allocations at the viewer's sites, in the order of their numbers: a number tells no time."""
    sites = access.sites_where(user=viewer, permission=Permission.RANDOMIZATION_READ, now=now)
    return (
        Allocation.objects.filter(participant__site__in=sites)
        .select_related("participant__site", "study", "recorded_by")
        .order_by("study__code", "randomization_number")
    )


def allocation_get(*, viewer: User, allocation_id: UUID, now: datetime) -> Allocation:
    """Return one allocation. Raises NotFound for one that is absent or at another site."""
    found = allocations_visible(viewer=viewer, now=now).filter(pk=allocation_id).first()
    if found is None:
        raise NotFound("There is no such allocation.")
    return found


def allocation_of(*, participant_id: UUID) -> Allocation | None:
    """Return a participant's allocation, if any. The caller has already checked who asks."""
    return Allocation.objects.filter(participant_id=participant_id).first()


@Question
def allocation_known(participant: UUID) -> QuerySet[Allocation]:
    """Ask for a participant's allocation: (identifier, number, when, the name of who asked for it)."""
    return Allocation.objects.filter(participant=participant).values_list(
        "pk", "randomization_number", "allocated_at", "recorded_by__full_name"
    )


def allocation_for(*, viewer: User, participant_id: UUID, now: datetime) -> Allocation:
    """Return a participant's allocation with its remarks.

    Raises NotFound for a participant who is absent, at another site or not randomized; NotAllowed without
    ``randomization:read``.
    """
    participant = participants.participant_get(viewer=viewer, participant_id=participant_id, now=now)
    access.check(user=viewer, permission=Permission.RANDOMIZATION_READ, site_id=participant.site_id, now=now)
    found = (
        Allocation.objects.filter(participant=participant)
        .select_related("participant__site", "participant__protocol_version", "study", "recorded_by")
        .prefetch_related("remarks__recorded_by")
        .first()
    )
    if found is None:
        raise NotFound("This participant is not randomized.")
    return found


def strata_compared(allocation: Allocation) -> tuple[tuple[str, str, str], ...]:
    """Return each stratification factor with its level at the draw and by the facts of today.

    A factor whose two levels differ was entered wrongly then, or corrected since. The draw stands all the same.
    """
    participant = allocation.participant
    protocol = protocol_of(participant.protocol_version)
    drawn = dict(part.split("=", 1) for part in allocation.stratum.split("|") if "=" in part)
    facts = eligibility_for_randomization(participant_id=participant.pk).facts
    site = participant.site
    today = levels_of(protocol=protocol, facts=facts, country=site.country, site=site.code)
    rows = []
    for factor in protocol.randomization.strata:
        labels = {level.code: level.label for level in factor.levels}
        then, now = drawn.get(factor.code, ""), today.get(factor.code) or ""
        rows.append((factor.label, labels.get(then, then), labels.get(now, now)))
    return tuple(rows)
