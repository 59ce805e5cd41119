"""Reading lists: what is public of them, and, with the owner's login alone, their seeds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.randomization.domain.kinds import Purpose
from apps.randomization.models import ListVerification, RandomizationList, TestDraw, sealed_call
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Site
from apps.studies.selectors import protocol_of


def list_live(*, study_id: UUID, code: str) -> RandomizationList | None:
    """Return the study's list of this code if it is committed and live."""
    return RandomizationList.objects.filter(
        study_id=study_id, code=code, state="LIVE", purpose=Purpose.LIVE.value
    ).first()


def commitments_of(*, study_id: UUID) -> QuerySet[RandomizationList]:
    """Return the study's lists for the trial itself, with their public commitments."""
    return RandomizationList.objects.filter(study_id=study_id, purpose=Purpose.LIVE.value).order_by("code")


def lists_visible(*, viewer: User, study_id: UUID, now: datetime) -> QuerySet[RandomizationList]:
    """Return a study's lists as far as the viewer may replay or test them; live ones only to replay."""
    purposes = []
    if access.can(user=viewer, permission=Permission.LIST_VERIFY, study_id=study_id, now=now):
        purposes += [Purpose.LIVE.value, Purpose.TEST.value]
    elif access.can(user=viewer, permission=Permission.LIST_TEST, study_id=study_id, now=now):
        purposes += [Purpose.TEST.value]
    return (
        RandomizationList.objects.filter(study_id=study_id, purpose__in=purposes)
        .select_related("study", "protocol_version")
        .order_by("purpose", "code")
    )


def list_get(*, viewer: User, list_id: UUID, now: datetime) -> RandomizationList:
    """Return one list the viewer may replay or test. Raises NotFound otherwise."""
    study_id = RandomizationList.objects.filter(pk=list_id).values_list("study_id", flat=True).first()
    found = (
        lists_visible(viewer=viewer, study_id=study_id, now=now).filter(pk=list_id).first()
        if study_id
        else None
    )
    if found is None:
        raise NotFound("There is no such list.")
    return found


def list_for_tests(*, viewer: User, list_id: UUID, now: datetime) -> RandomizationList:
    """Return one test list the viewer may draw from. Raises NotFound otherwise."""
    found = list_get(viewer=viewer, list_id=list_id, now=now)
    if found.purpose != Purpose.TEST.value:
        raise NotFound("There is no such list.")
    access.check(user=viewer, permission=Permission.LIST_TEST, study_id=found.study_id, now=now)
    return found


def factors_of(made: RandomizationList) -> dict[str, tuple[str, tuple[tuple[str, str], ...]]]:
    """Return the list's factors: code to label and to its levels as (code, label)."""
    protocol = protocol_of(made.protocol_version)
    sites = Site.objects.filter(study_id=made.study_id).order_by("code")
    found: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {}
    for factor in protocol.randomization.strata:
        if factor.source == "site":
            levels = tuple((site.code, str(site)) for site in sites)
        elif factor.source == "site_country":
            levels = tuple((code, code) for code in sorted({site.country for site in sites}))
        else:
            levels = tuple((level.code, level.label) for level in factor.levels)
        found[factor.code] = (factor.label, levels)
    return found


def draws_of_test_list(*, made: RandomizationList) -> tuple[tuple[TestDraw, str], ...]:
    """Return the draws of a test list with the arm each gave, latest first. The caller has checked who asks."""
    arms = {subject: label for subject, _, label in sealed_call("test_draws_read", list=made.pk)}
    rows = TestDraw.objects.filter(list=made).select_related("recorded_by").order_by("-label", "id")
    return tuple((row, arms.get(row.subject, "")) for row in rows)


def verifications_of(*, made: RandomizationList) -> QuerySet[ListVerification]:
    """Return the replays of a list, latest first. The caller has checked who asks."""
    return made.verifications.select_related("recorded_by").order_by("-recorded_at", "id")


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


def sealed_lengths(list_id: UUID) -> tuple[tuple[str, int], ...]:
    """Return the strata of a list with the number of places each was given. Only the database owner's login can."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stratum, max(places) FROM sealed.extent WHERE list_id = %s GROUP BY stratum ORDER BY stratum",
            [list_id],
        )
        return tuple(cursor.fetchall())
