"""Temperature excursions and the kits that wait for a decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.supply.models import ExcursionKit, Kit, TemperatureExcursion


def excursions_visible(
    *, viewer: User, now: datetime, site_id: UUID | None = None
) -> QuerySet[TemperatureExcursion]:
    """Return the excursions at the viewer's sites, newest first, with how many kits they concern."""
    sites = access.sites_where(user=viewer, permission=Permission.KIT_READ, now=now)
    rows = TemperatureExcursion.objects.filter(site__in=sites)
    if site_id is not None:
        rows = rows.filter(site_id=site_id)
    return (
        rows.select_related("site__study", "recorded_by", "decision__recorded_by", "decision__witness")
        .annotate(kit_count=Count("kit_rows"))
        .order_by("-began", "id")
    )


def excursion_get(*, viewer: User, excursion_id: UUID, now: datetime) -> TemperatureExcursion:
    """Return one excursion. Raises NotFound for one that is absent or at another site."""
    found = excursions_visible(viewer=viewer, now=now).filter(pk=excursion_id).first()
    if found is None:
        raise NotFound("There is no such excursion.")
    return found


def excursion_open(kit: Kit) -> TemperatureExcursion | None:
    """Return an excursion of the kit that nobody has decided yet."""
    return TemperatureExcursion.objects.filter(kit_rows__kit=kit, decision__isnull=True).first()


def kits_waiting(*, kits: Sequence[UUID]) -> set[UUID]:
    """Return those of the kits that wait for the decision on some excursion."""
    rows = ExcursionKit.objects.filter(kit_id__in=kits, excursion__decision__isnull=True)
    return set(rows.values_list("kit_id", flat=True))
