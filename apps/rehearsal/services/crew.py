"""The people of a site as the play needs them: the real ones, by the delegation log, and the site's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Q

from apps.accounts.models import User
from apps.core.exceptions import NotAllowed, Reason
from apps.studies.domain.permissions import Permission, roles_with
from apps.studies.models import Delegation, Site


@dataclass(frozen=True, slots=True)
class Crew:
    """One site with its delegation log and its clock. Whether somebody may act is asked again by every service."""

    site: Site
    log: Sequence[Delegation]

    @classmethod
    def of(cls, site: Site) -> Crew:
        """Read the log of a site, those delegated for the whole study included."""
        lines = Delegation.objects.filter(study_id=site.study_id, user__is_active=True)
        here = lines.filter(Q(site=site) | Q(site__isnull=True)).select_related("user")
        return cls(site, list(here.order_by("site_id", "role", "user_id", "id")))

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """Return a moment on the site's clock."""
        return datetime.combine(day, time(hour, minute), tzinfo=ZoneInfo(self.site.time_zone))

    def who(self, permission: Permission, at: datetime, *others: Permission) -> User:
        """
        Return somebody of the site who holds one of the permissions at a moment.

        :raises NotAllowed: if nobody does
        """
        roles = {role.value for one in (permission, *others) for role in roles_with(one)}
        for line in self.log:
            if line.role in roles and line.starts_at <= at and (line.ends_at is None or at < line.ends_at):
                return line.user
        raise NotAllowed(
            Reason("nobody_may", f"Nobody at {self.site.code} may do this then ({permission.value}).")
        )
