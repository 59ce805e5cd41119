"""Who was there: for each session who watched how long, the minutes nobody watched, and those without a prescriber."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.accounts.models import User
from apps.core.exceptions import Invalid, NotFound, Reason
from apps.dosing.models import DosingSession
from apps.monitoring.domain.presence import without_prescriber
from apps.monitoring.domain.watchers import Stretch, most_at_once, time_by_watcher, unwatched
from apps.monitoring.selectors.watchers import Watching, rule_of, stays_at, watching_of
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Site, Study

#: A report of more days than a quarter is asked for in parts.
MOST_DAYS = 92
#: Days outside of these are no days of a trial, and some of them no moments of any clock.
YEARS = (2000, 2100)


@dataclass(frozen=True, slots=True)
class Attended:
    """One session from its first spray to leaving, or to now."""

    session: DosingSession
    watching: Watching
    parts: tuple[Stretch, ...]
    absent: tuple[Stretch, ...]

    @property
    def observed(self) -> timedelta:
        """How long it lasted."""
        return sum((part.length for part in self.parts), timedelta())

    @property
    def unwatched(self) -> timedelta:
        """For how long nobody watched."""
        return unwatched(self.parts)

    @property
    def without_prescriber(self) -> timedelta:
        """For how long no prescriber was on site."""
        return sum((part.length for part in self.absent), timedelta())

    @property
    def handovers(self) -> int:
        """How often the watch went from one person to another while it was observed."""
        watched = [part.watcher for part in self.parts if part.watcher is not None]
        return sum(before != after for before, after in pairwise(watched))


@dataclass(frozen=True, slots=True)
class Watcher:
    """One person over all sessions of the report. `limit`: the strictest `most_per_watcher` of their protocols."""

    person: User
    sessions: int
    time: timedelta
    most_at_once: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class Attendance:
    """The report: sessions in the order of their first spray, and the people who watched."""

    starts_on: date
    ends_on: date
    now: datetime
    sessions: tuple[Attended, ...]
    watchers: tuple[Watcher, ...]
    people: Mapping[UUID, User]

    @property
    def observed(self) -> timedelta:
        """The time of all sessions."""
        return sum((entry.observed for entry in self.sessions), timedelta())

    @property
    def unwatched(self) -> timedelta:
        """The time nobody watched, over all sessions."""
        return sum((entry.unwatched for entry in self.sessions), timedelta())

    @property
    def without_prescriber(self) -> timedelta:
        """The time without a prescriber on site, over all sessions."""
        return sum((entry.without_prescriber for entry in self.sessions), timedelta())


def attendance_sites(
    *, viewer: User, now: datetime, study: Study | None = None, site: Site | None = None
) -> list[Site]:
    """
    Return the sites whose attendance a viewer may read, of one study or one site where that is named.

    :raises NotFound: if there is none
    """
    sites = access.sites_where(user=viewer, permission=Permission.WATCH_REPORT, now=now)
    if study is not None:
        sites = sites.filter(study=study)
    if site is not None:
        sites = sites.filter(pk=site.pk)
    found = list(sites.select_related("study").order_by("study__code", "code"))
    if not found:
        raise NotFound("There is no such report here.")
    return found


def attendance(
    *, viewer: User, sites: Iterable[Site], starts_on: date, ends_on: date, now: datetime
) -> Attendance:
    """
    Return who was there in the sessions whose first spray fell on these days of the site's calendar, both included.

    `sites` come from `attendance_sites`; one that is not the viewer's adds nothing.

    :raises Invalid: if the days are upside down, more than a quarter, or no days of a trial
    """
    if not all(YEARS[0] <= day.year < YEARS[1] for day in (starts_on, ends_on)):
        raise Invalid(Reason("no_such_days", "There was no trial in such a year.", "starts_on"))
    if ends_on < starts_on:
        raise Invalid(Reason("days_upside_down", "The last day lies before the first.", "ends_on"))
    if (ends_on - starts_on).days >= MOST_DAYS:
        raise Invalid(Reason("too_many_days", f"Ask for at most {MOST_DAYS} days at once.", "ends_on"))
    may = access.sites_where(user=viewer, permission=Permission.WATCH_REPORT, now=now)
    places = list(may.filter(pk__in=[site.pk for site in sites]))
    # The days of every time zone, then by the site's own.
    first = datetime.combine(starts_on, time(), tzinfo=UTC) - timedelta(hours=15)
    last = datetime.combine(ends_on, time(), tzinfo=UTC) + timedelta(hours=39)
    rows = (
        DosingSession.objects.filter(site__in=places, dosed_at__gte=first, dosed_at__lt=last)
        .select_related("site__study", "participant__protocol_version", "visit")
        .defer("participant__protocol_version__document")
        .order_by("dosed_at", "id")
    )
    sessions = [row for row in rows if starts_on <= _day_of(row) <= ends_on]
    attended = attended_of(sessions, now=now)
    people = {
        change.to_person.pk: change.to_person
        for entry in attended
        for change in entry.watching.changes
        if change.to_person is not None
    }
    return Attendance(starts_on, ends_on, now, attended, _watchers(attended, people), people)


def attended_of(sessions: Sequence[DosingSession], *, now: datetime) -> tuple[Attended, ...]:
    """Return who was there in each of the sessions, in their order. Who asks has been checked where they came from."""
    watchings = watching_of(sessions, now=now)
    begins = [session.dosed_at for session in sessions if session.dosed_at is not None]
    if not begins:
        return ()
    stays = stays_at({session.site for session in sessions}, starts_at=min(begins), ends_at=now)
    return tuple(
        Attended(
            session=session,
            watching=watchings[session.pk],
            parts=watchings[session.pk].parts,
            absent=without_prescriber(
                stays[session.site_id], starts_at=session.dosed_at, ends_at=session.ended_at or now
            ),
        )
        for session in sessions
    )


def _watchers(attended: Iterable[Attended], people: Mapping[UUID, User]) -> tuple[Watcher, ...]:
    held: dict[UUID, list[Attended]] = defaultdict(list)
    times: dict[UUID, timedelta] = defaultdict(timedelta)
    parts: list[Stretch] = []
    for entry in attended:
        parts += entry.parts
        for person, length in time_by_watcher(entry.parts).items():
            if person is not None:
                held[person].append(entry)
                times[person] += length
    most = most_at_once(parts)
    found = []
    for person, entries in held.items():
        limits = [rule_of(entry.session).most_per_watcher for entry in entries]
        limit = min((one for one in limits if one is not None), default=None)
        found.append(Watcher(people[person], len(entries), times[person], most[person], limit))
    return tuple(sorted(found, key=lambda line: str(line.person)))


def _day_of(session: DosingSession) -> date:
    assert session.dosed_at is not None  # asked for by the query
    return session.dosed_at.astimezone(ZoneInfo(session.site.time_zone)).date()
