"""Single rows: observations and findings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.dosing import selectors as dosing
from apps.monitoring.domain.findings import OVERDUE
from apps.monitoring.models import Finding, Observation, PaperEntry, Release
from apps.studies import access
from apps.studies.domain.permissions import Permission


def observations_of(*, viewer: User, session_id: UUID, now: datetime) -> QuerySet[Observation]:
    """
    Return the observations of a session as they happened.

    :raises NotFound: if the session is not there for the viewer
    """
    session = dosing.session_get(viewer=viewer, session_id=session_id, now=now)
    return (
        Observation.objects.filter(session=session)
        .select_related("recorded_by")
        .prefetch_related("findings")
        .order_by("observed_at", "recorded_at", "id")
    )


def observation_get(*, viewer: User, observation_id: UUID, now: datetime) -> Observation:
    """
    Return one observation.

    :raises NotFound: if there is none, or it is another site's
    """
    sites = access.sites_where(user=viewer, permission=Permission.SESSION_READ, now=now)
    found = (
        Observation.objects.filter(pk=observation_id, session__site__in=sites)
        .select_related("recorded_by")
        .first()
    )
    if found is None:
        raise NotFound("There is no such observation.")
    return found


def finding_get(
    *,
    viewer: User,
    finding_id: UUID,
    now: datetime,
    permission: Permission = Permission.SESSION_READ,
    lock: bool = False,
) -> Finding:
    """
    Return a finding at a site where the viewer holds the permission.

    :raises NotFound: if there is none, or it is another site's
    """
    sites = access.sites_where(user=viewer, permission=permission, now=now)
    rows = Finding.objects.filter(pk=finding_id, session__site__in=sites).select_related(
        "session__site", "session__participant__study"
    )
    found = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if found is None:
        raise NotFound("There is no such finding.")
    return found


def findings_waiting_with(finding: Finding) -> list[Finding]:
    """Return a finding and the earlier ones of its rule nobody took note of, locked. An overdue slot stands alone."""
    alike = Finding.objects.filter(session_id=finding.session_id, acknowledged_at__isnull=True)
    if finding.rule == OVERDUE:
        alike = alike.filter(pk=finding.pk)
    else:
        alike = alike.filter(rule=finding.rule, raised_at__lte=finding.raised_at)
    return list(alike.select_for_update().order_by("raised_at", "pk"))


def release_of(*, session_id: UUID) -> Release | None:
    """Return how a participant was let go. Who asks has been checked at the session."""
    return Release.objects.filter(session_id=session_id).select_related("recorded_by").first()


def measured_on_paper(*, session_id: UUID) -> Mapping[UUID, str]:
    """Return who measured, by observation, where it was written on paper first. Who asks was checked at the session."""
    return dict(
        PaperEntry.objects.filter(observation__session_id=session_id).values_list(
            "observation_id", "measured_by"
        )
    )
