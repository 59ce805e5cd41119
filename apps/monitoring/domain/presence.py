"""When a prescriber was on site: from the mark on to the mark off, at latest to the end of the day on the site's clock.

The end of the day keeps nobody on site for days who forgot to leave; what is not marked is not known, and counts as
absence (SPRAVATO REMS: a prescriber on site during administration and monitoring).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from apps.monitoring.domain.watchers import Change, Stretch, stretches


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark of one prescriber: on site from this moment, or off."""

    person: UUID
    at: datetime
    on_site: bool


@dataclass(frozen=True, slots=True)
class Stay:
    """A prescriber was on site. Start inclusive, end exclusive; `left` is False where only the day ended it."""

    person: UUID
    starts_at: datetime
    ends_at: datetime
    left: bool


def end_of_day(at: datetime, zone: tzinfo) -> datetime:
    """Return the next midnight on the site's clock; on the days the clock changes too."""
    local = at.astimezone(zone)
    return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def stays(marks: Sequence[Mark], *, zone: tzinfo) -> tuple[Stay, ...]:
    """Return every stay, by its beginning. `marks` come in order; a second mark on within a stay changes nothing."""
    by_person: dict[UUID, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_person[mark.person].append(mark)
    found = []
    for person, own in by_person.items():
        since: datetime | None = None
        for mark in own:
            if since is not None and mark.at >= end_of_day(since, zone):
                found.append(Stay(person, since, end_of_day(since, zone), left=False))
                since = None
            if mark.on_site and since is None:
                since = mark.at
            elif not mark.on_site and since is not None:
                found.append(Stay(person, since, mark.at, left=True))
                since = None
        if since is not None:
            found.append(Stay(person, since, end_of_day(since, zone), left=False))
    return tuple(sorted(found, key=lambda stay: (stay.starts_at, str(stay.person))))


def on_site(all_stays: Iterable[Stay], *, now: datetime) -> tuple[Stay, ...]:
    """Return the stays that stand at `now`, the earliest first."""
    return tuple(stay for stay in all_stays if stay.starts_at <= now < stay.ends_at)


def without_prescriber(
    all_stays: Iterable[Stay], *, starts_at: datetime | None, ends_at: datetime
) -> tuple[Stretch, ...]:
    """Return the stretches of an observation in which no prescriber was on site."""
    moves = sorted(
        move
        for stay in all_stays
        for move in ((stay.starts_at, 1, stay.person), (stay.ends_at, -1, stay.person))
    )
    changes, held = [], 0
    for at, move, person in moves:
        held += move
        changes.append(Change(at, person if held else None))
    return tuple(
        part for part in stretches(changes, starts_at=starts_at, ends_at=ends_at) if part.watcher is None
    )
