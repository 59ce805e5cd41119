"""Who watched whom, from when to when: the stretches of an observation, and the minutes nobody watched.

A stretch is half open: a handover at 10:41 belongs to the person who took over. Nothing is rounded before it is
shown, so the stretches of a session add up to its whole time, to the microsecond.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from apps.core.exceptions import Reason

#: Rule codes of the findings raised about who is there, not about what was measured.
UNWATCHED = "UNWATCHED"
NO_PRESCRIBER = "NO_PRESCRIBER"
WATCHER_LIMIT = "WATCHER_LIMIT"


class WatchAct(StrEnum):
    """How the watch changed hands. SPRAY: by giving the first spray. LAPSED: the right to watch ended."""

    SPRAY = "SPRAY"
    TAKEN = "TAKEN"
    LEFT = "LEFT"
    LAPSED = "LAPSED"


@dataclass(frozen=True, slots=True)
class Change:
    """From this moment on `watcher` watches; None: nobody does."""

    at: datetime
    watcher: UUID | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """An unbroken time under one watcher, or under nobody (None). Start inclusive, end exclusive, never empty."""

    starts_at: datetime
    ends_at: datetime
    watcher: UUID | None

    @property
    def length(self) -> timedelta:
        """How long it lasted."""
        return self.ends_at - self.starts_at


def stretches(
    changes: Sequence[Change], *, starts_at: datetime | None, ends_at: datetime
) -> tuple[Stretch, ...]:
    """
    Return who watched from `starts_at` (the first spray) to `ends_at` (leaving, or now), without gap or overlap.

    `changes` come in their order. Before the first of them nobody watched; who was named before the start watches from
    the start. Nothing to observe (no spray yet, or `ends_at` not after it) is an empty tuple.
    """
    if starts_at is None or ends_at <= starts_at:
        return ()
    found: list[Stretch] = []
    since, watcher = starts_at, None
    for change in (*changes, None):
        until = ends_at if change is None else min(max(change.at, starts_at), ends_at)
        if until > since:
            if found and found[-1].watcher == watcher:
                found[-1] = Stretch(found[-1].starts_at, until, watcher)
            else:
                found.append(Stretch(since, until, watcher))
            since = until
        if change is not None:
            watcher = change.watcher
    return tuple(found)


def time_by_watcher(parts: Iterable[Stretch]) -> Mapping[UUID | None, timedelta]:
    """Return how long each person watched, in the order they began; nobody's time stands under None."""
    total: dict[UUID | None, timedelta] = {}
    for part in parts:
        total[part.watcher] = total.get(part.watcher, timedelta()) + part.length
    return total


def unwatched(parts: Iterable[Stretch]) -> timedelta:
    """Return for how long nobody watched."""
    return time_by_watcher(parts).get(None, timedelta())


def most_at_once(parts: Iterable[Stretch]) -> Mapping[UUID, int]:
    """Return the most participants each person watched at one moment, over the stretches of any number of sessions."""
    steps: dict[UUID, list[tuple[datetime, int]]] = defaultdict(list)
    for part in parts:
        if part.watcher is not None:
            steps[part.watcher] += [(part.starts_at, 1), (part.ends_at, -1)]
    found: dict[UUID, int] = {}
    for person, moves in steps.items():
        held = most = 0
        # At one moment the one who is handed over leaves before the next comes: −1 sorts before +1.
        for _, move in sorted(moves):
            held += move
            most = max(most, held)
        found[person] = most
    return found


@dataclass(frozen=True, slots=True)
class OpenGap:
    """Nobody watches, since this moment; `key` names the gap, so that it is told once."""

    since: datetime
    key: str


def open_gap(changes: Sequence[Change], *, starts_at: datetime | None, now: datetime) -> OpenGap | None:
    """Return the gap that stands at `now`, None while somebody watches or nothing was sprayed."""
    if starts_at is None or now < starts_at:
        return None
    watcher, ordinal = None, 0
    for number, change in enumerate(changes, start=1):
        if watcher is not None and change.watcher is None:
            ordinal = number
        watcher = change.watcher
    if watcher is not None:
        return None
    parts = stretches(changes, starts_at=starts_at, ends_at=now)
    return OpenGap(parts[-1].starts_at if parts else starts_at, f"{UNWATCHED}:{ordinal}")


def limit_reasons(
    *, watches_already: int, takes_from_others: int, takes_unwatched: int, most: int | None
) -> tuple[Reason, ...]:
    """
    Return what the protocol's limit says against taking over.

    A participant whom nobody watches may always be taken over: one too many is better watched than nobody's.
    """
    if most is None or takes_from_others == 0:
        return ()
    total = watches_already + takes_from_others + takes_unwatched
    if total <= most:
        return ()
    return (
        Reason(
            "too_many",
            f"That would be {total} participants for one person; the protocol allows {most} at once.",
            "sessions",
        ),
    )


def dose_reasons(
    *, prescriber_on_site: bool, prescriber_demanded: bool, would_watch: int, most: int | None
) -> tuple[Reason, ...]:
    """
    Return what the protocol says against clearing a dose, as to who would be there.

    `would_watch`: how many the person who clears would watch with this one, 0 where another has the watch already.
    Asked before the spray only: one that was given is written down whatever it went against.
    """
    found = []
    if prescriber_demanded and not prescriber_on_site:
        found.append(
            Reason(
                "prescriber_absent",
                "No prescriber is marked on site; the protocol gives no first spray without one.",
            )
        )
    if most is not None and would_watch > most:
        found.append(
            Reason(
                "too_many",
                f"You would watch {would_watch} participants; the protocol allows {most} at once. "
                "Let somebody else take the watch before the spray.",
            )
        )
    return tuple(found)
