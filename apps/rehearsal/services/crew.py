"""The people of a site as the play needs them: the real ones, by the delegation log, and the site's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from apps.accounts.models import User
from apps.core.exceptions import NotAllowed, Reason
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Delegation, Site


@dataclass(frozen=True, slots=True)
class Crew:
    """One site with its people and its clock."""

    site: Site

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """Return a moment on the site's clock."""
        return datetime.combine(day, time(hour, minute), tzinfo=ZoneInfo(self.site.time_zone))

    def who(self, permission: Permission, at: datetime, *others: Permission) -> User:
        """
        Return somebody of the site who holds one of the permissions at a moment.

        :raises NotAllowed: if nobody does
        """
        wanted = (permission, *others)
        log = Delegation.objects.filter(study_id=self.site.study_id, user__is_active=True, starts_at__lte=at)
        for line in log.select_related("user").order_by("site_id", "role", "user_id"):
            if any(
                access.can(user=line.user, permission=one, site_id=self.site.pk, now=at) for one in wanted
            ):
                return line.user
        raise NotAllowed(
            Reason("nobody_may", f"Nobody at {self.site.code} may do this then ({permission.value}).")
        )
