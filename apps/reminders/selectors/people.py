"""Who holds a role where, as the delegation log says at one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from apps.accounts.models import User
from apps.studies.models import Delegation


@dataclass(frozen=True, slots=True)
class Holder:
    """A person and the role they hold."""

    user: User
    role: str


def holders(*, roles: Iterable[str], study_id: UUID, site_id: UUID | None, now: datetime) -> list[Holder]:
    """
    Return who holds one of the roles at the site or in the whole study, each person once, by the order of the roles.

    Without a site: who holds one in the whole study.
    """
    order = {role: place for place, role in enumerate(roles)}
    here = Q(site__isnull=True) | Q(site_id=site_id) if site_id else Q(site__isnull=True)
    lines = (
        Delegation.objects.filter(here, study_id=study_id, role__in=order, starts_at__lte=now)
        .filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), user__is_active=True)
        .select_related("user")
    )
    found: dict[UUID, Holder] = {}
    for line in sorted(lines, key=lambda line: (order[line.role], str(line.user_id))):
        found.setdefault(line.user_id, Holder(line.user, line.role))
    return list(found.values())
