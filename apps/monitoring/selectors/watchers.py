"""Who watches whom, and who was on site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.exceptions import NotFound, Reason
from apps.dosing import selectors as dosing
from apps.dosing.models import DosingSession
from apps.monitoring.domain.presence import Mark, Stay, on_site, stays
from apps.monitoring.domain.watchers import Change, OpenGap, Stretch, dose_reasons, open_gap, stretches
from apps.monitoring.models import PrescriberMark, WatchChange
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import MonitoringRule
from apps.studies.models import Site
from apps.studies.selectors import protocol_of


@dataclass(frozen=True, slots=True)
class Watching:
    """Who watches one session at one moment, and how it came to be."""

    session: DosingSession
    now: datetime
    changes: tuple[WatchChange, ...]

    @property
    def version(self) -> int:
        """What a change must expect: the ordinal of the last one, 0 before the first."""
        return self.changes[-1].ordinal if self.changes else 0

    @property
    def watcher(self) -> User | None:
        """Who watches now; nobody once the participant has left."""
        return self.changes[-1].to_person if self.changes and not self.is_over else None

    @property
    def since(self) -> datetime | None:
        """Since when."""
        return self.changes[-1].at if self.watcher is not None else None

    @property
    def is_over(self) -> bool:
        """True once the participant left or the session was stopped."""
        return self.session.ended_at is not None

    @property
    def parts(self) -> tuple[Stretch, ...]:
        """The observation so far, by watcher."""
        return stretches(
            self._plain, starts_at=self.session.dosed_at, ends_at=self.session.ended_at or self.now
        )

    @property
    def gap(self) -> OpenGap | None:
        """The gap that stands now: a first spray was given and nobody watches."""
        if self.is_over:
            return None
        return open_gap(self._plain, starts_at=self.session.dosed_at, now=self.now)

    @property
    def _plain(self) -> tuple[Change, ...]:
        return tuple(Change(change.at, change.to_person_id) for change in self.changes)


def watching_of(sessions: Sequence[DosingSession], *, now: datetime) -> dict[UUID, Watching]:
    """Return who watches each of the sessions. Who asks has been checked where the sessions came from."""
    changes: dict[UUID, list[WatchChange]] = defaultdict(list)
    rows = WatchChange.objects.filter(session__in=[session.pk for session in sessions])
    for row in rows.select_related("from_person", "to_person").order_by("session", "ordinal"):
        changes[row.session_id].append(row)
    return {session.pk: Watching(session, now, tuple(changes[session.pk])) for session in sessions}


def watching(*, viewer: User, session_id: UUID, now: datetime) -> Watching:
    """
    Return who watches a session.

    :raises NotFound: if the session is not there for the viewer
    """
    session = dosing.session_get(viewer=viewer, session_id=session_id, now=now)
    return watching_of([session], now=now)[session.pk]


def watched_now(*, viewer: User, site: Site, now: datetime) -> list[Watching]:
    """Return everybody in the chairs of a site with who watches them, by chair."""
    sessions = list(dosing.sessions_open(viewer=viewer, now=now, site=site))
    found = watching_of(sessions, now=now)
    return [found[session.pk] for session in sessions]


def watched_by(person: User, *, now: datetime) -> list[Watching]:
    """Return the participants a person watches at this moment, wherever they are."""
    sessions = DosingSession.objects.filter(ended_at__isnull=True, watch_changes__to_person=person)
    found = watching_of(list(sessions.select_related("participant__protocol_version").distinct()), now=now)
    return [entry for entry in found.values() if entry.watcher == person]


def may_watch(person: User, session: DosingSession, *, at: datetime) -> bool:
    """Say whether a person may have the watch over a session."""
    return access.can(user=person, permission=Permission.WATCH_TAKE, site_id=session.site_id, now=at)


def most_for(person: User, sessions: Iterable[DosingSession], *, at: datetime) -> int | None:
    """Return the strictest limit among the protocols of everybody this person would watch; None: there is none."""
    held = [entry.session for entry in watched_by(person, now=at)]
    rules = [rule_of(session) for session in (*sessions, *held)]
    return min((rule.most_per_watcher for rule in rules if rule.most_per_watcher is not None), default=None)


def dose_grounds(session: DosingSession, *, by: User, now: datetime) -> tuple[Reason, ...]:
    """Return what the protocol says against a dose that `by` would clear or give now, as to who would be there."""
    entry = watching_of([session], now=now)[session.pk]
    would_watch = 0
    if entry.watcher is None and may_watch(by, session, at=now):
        would_watch = len(watched_by(by, now=now)) + 1
    return dose_reasons(
        prescriber_on_site=bool(prescribers_on_site(site=session.site, now=now)),
        prescriber_demanded=rule_of(session).without_prescriber == "refuse",
        would_watch=would_watch,
        most=most_for(by, [session], at=now),
    )


def people_who_may_watch(*, site: Site, now: datetime) -> QuerySet[User]:
    """Return who may take over at a site, by name."""
    return access.people_with(permission=Permission.WATCH_TAKE, site_id=site.pk, now=now).order_by(
        "full_name", "email"
    )


@dataclass(frozen=True, slots=True)
class OnSite:
    """A prescriber who is on site, and since when."""

    person: User
    since: datetime


def prescribers_on_site(*, site: Site, now: datetime) -> tuple[OnSite, ...]:
    """Return the prescribers on site at this moment; whoever lost the delegation counts no longer."""
    standing = on_site(stays_at([site], starts_at=now, ends_at=now)[site.pk], now=now)
    if not standing:
        return ()
    may = access.people_with(permission=Permission.PRESENCE_MARK, site_id=site.pk, now=now)
    people = {person.pk: person for person in may}
    return tuple(OnSite(people[stay.person], stay.starts_at) for stay in standing if stay.person in people)


def stays_at(
    sites: Iterable[Site], *, starts_at: datetime, ends_at: datetime
) -> Mapping[UUID, tuple[Stay, ...]]:
    """Return the stays of prescribers that touch a span of time, by site. A stay never outlasts its day."""
    by_id = {site.pk: site for site in sites}
    marks: dict[UUID, list[Mark]] = defaultdict(list)
    rows = PrescriberMark.objects.filter(
        site__in=list(by_id), at__gte=starts_at - timedelta(hours=25), at__lte=ends_at
    ).order_by("at", "id")
    for row in rows:
        marks[row.site_id].append(Mark(row.person_id, row.at, row.on_site))
    return {pk: stays(marks[pk], zone=ZoneInfo(site.time_zone)) for pk, site in by_id.items()}


def may_mark_presence(*, person: User, site: Site, now: datetime) -> bool:
    """Say whether a person prescribes at a site."""
    return access.can(user=person, permission=Permission.PRESENCE_MARK, site_id=site.pk, now=now)


def presence_site(*, viewer: User, site_id: UUID, now: datetime) -> Site:
    """
    Return a site whose sessions the viewer may see.

    :raises NotFound: if it is not the viewer's
    """
    sites = access.sites_where(user=viewer, permission=Permission.SESSION_READ, now=now)
    found = sites.filter(pk=site_id).select_related("study").first()
    if found is None:
        raise NotFound("There is no such site.")
    return found


def rule_of(session: DosingSession) -> MonitoringRule:
    """Return who must be there during the two hours of a session, by its participant's protocol."""
    return protocol_of(session.participant.protocol_version).monitoring
