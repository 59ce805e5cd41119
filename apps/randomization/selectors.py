"""Reading what may be known of randomization. Nothing here can answer with an arm."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.randomization.models import Allocation, RandomizationList
from apps.studies import access
from apps.studies.domain.permissions import Permission


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


def list_live(*, study_id: UUID, code: str) -> RandomizationList | None:
    """Return the study's list of this code if it is committed and live."""
    return RandomizationList.objects.filter(study_id=study_id, code=code, state="LIVE").first()


def commitments_of(*, study_id: UUID) -> QuerySet[RandomizationList]:
    """Return the study's lists with their public commitments."""
    return RandomizationList.objects.filter(study_id=study_id).order_by("code")


def sealed_seed(list_id: UUID) -> tuple[bytes, dict[str, int]]:
    """Return a list's seed and how many places each of its strata has. Only the database owner's login
    can.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT seed FROM sealed.list WHERE list_id = %s", [list_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound("There is no such list.")
        cursor.execute(
            "SELECT stratum, max(seq) FROM sealed.slot WHERE list_id = %s GROUP BY stratum", [list_id]
        )
        return bytes(row[0]), dict(cursor.fetchall())
