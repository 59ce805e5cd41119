"""The chairs of a site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from apps.accounts.models import User
from apps.audit import selectors as audit
from apps.core.exceptions import NotFound
from apps.dosing import selectors as dosing
from apps.dosing.models import DosingSession
from apps.monitoring.domain.marks import minute_of
from apps.monitoring.selectors.watchers import OnSite, prescribers_on_site
from apps.monitoring.selectors.watching import Watch, watches_of
from apps.schedule import selectors as schedule
from apps.schedule.models import Visit
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Site


@dataclass(frozen=True, slots=True)
class Board:
    """Today's chairs of one site: who sits where, who is expected, who has left."""

    site: Site
    now: datetime
    watches: tuple[Watch, ...]
    expected: tuple[Visit, ...]
    left: tuple[DosingSession, ...]
    on_site: tuple[OnSite, ...] = ()

    @property
    def chairs(self) -> tuple[int, ...]:
        """The chairs of the site; one in use stays even when the site has been given fewer since."""
        return tuple(
            sorted({*range(1, self.site.chairs + 1), *(watch.session.chair for watch in self.watches)})
        )

    def in_chair(self, chair: int) -> Watch | None:
        """Return the session in a chair."""
        return next((watch for watch in self.watches if watch.session.chair == chair), None)


def site_of_board(*, viewer: User, now: datetime, site: Site | None) -> Site:
    """
    Return the site whose chairs a viewer may see: the one asked for, else the only one there is.

    :raises NotFound: if it is not the viewer's, or there are several and none was named
    """
    sites = access.sites_where(user=viewer, permission=Permission.SESSION_READ, now=now)
    if site is not None:
        sites = sites.filter(pk=site.pk)
    found = list(sites.select_related("study").order_by("study__code", "code")[:2])
    if len(found) != 1:
        raise NotFound(
            "Choose one of your sites to see its chairs." if found else "There are no chairs to see here."
        )
    return found[0]


def board(*, viewer: User, now: datetime, site: Site | None) -> Board:
    """
    Return today's chairs of a site.

    :raises NotFound: if the viewer may not see sessions there
    """
    where = site_of_board(viewer=viewer, now=now, site=site)
    starts_at, ends_at = _today(where, now)
    sessions = list(dosing.sessions_open(viewer=viewer, now=now, site=where))
    visits_seated = {session.visit_id for session in sessions}
    left = list(
        DosingSession.objects.filter(site=where, ended_at__gte=starts_at, ended_at__lt=ends_at)
        .select_related("participant", "visit")
        .order_by("-ended_at", "id")
    )
    return Board(
        site=where,
        now=now,
        watches=tuple(watches_of(sessions, now=now)),
        expected=tuple(
            visit
            for visit in schedule.visits_due(viewer=viewer, now=now, site=where).filter(is_dose=True)
            if visit.pk not in visits_seated and _is_for_today(visit, starts_at, ends_at)
        ),
        left=tuple(left),
        on_site=prescribers_on_site(site=where, now=now),
    )


def board_version(*, viewer: User, now: datetime, site: Site | None) -> str:
    """Return a mark that changes when anything on the board may look different, for a cheap “nothing new”.

    Whatever is done at a site leaves an act, so the count of its acts tells. The minute belongs to it, because ages are
    written in minutes.
    """
    where = site_of_board(viewer=viewer, now=now, site=site)
    acts = audit.acts_at(study_code=where.study.code, site_code=where.code)
    parts = [str(viewer.pk), str(where.pk), minute_of(now, viewer.pk, where.pk), acts]
    return sha256(repr(parts).encode()).hexdigest()[:32]


def _today(site: Site, now: datetime) -> tuple[datetime, datetime]:
    """Return the local day of the site as a half-open span."""
    local = now.astimezone(ZoneInfo(site.time_zone))
    start = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return start, (start + timedelta(days=1)).replace(hour=0)


def _is_for_today(visit: Visit, starts_at: datetime, ends_at: datetime) -> bool:
    """An appointed visit is expected on its day, one without an appointment while its window is open."""
    if visit.planned_at is not None:
        return starts_at <= visit.planned_at < ends_at
    return visit.closes_at > starts_at
