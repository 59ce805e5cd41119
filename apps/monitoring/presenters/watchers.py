"""Who watches whom, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.monitoring.domain.words import length_words
from apps.monitoring.selectors import OnSite, Watching

#: What a list of watchers calls the absence of one.
NOBODY = "nobody"


def _minutes_words(length: timedelta) -> str:
    """Return whole minutes: pages are renewed by the minute."""
    minutes = length // timedelta(minutes=1)
    return length_words(timedelta(minutes=minutes)) if minutes else "less than a minute"


def watcher(watching: Watching | None, *, viewer: User | None) -> dict[str, Any]:
    """Return who watches, for a tile, a line or a row; `missing` once a first spray was given and nobody does."""
    if watching is None or watching.is_over:
        return {}
    gap, person = watching.gap, watching.watcher
    return {
        "name": str(person) if person else "",
        "is_mine": person is not None and person == viewer,
        "since": watching.since,
        "missing": gap is not None,
        "missing_since": gap.since if gap else None,
        "missing_for": _minutes_words(watching.now - gap.since) if gap else "",
    }


def on_site(prescribers: Collection[OnSite], *, viewer: User) -> dict[str, Any]:
    """Return who is on site as a prescriber, and whether the viewer is."""
    return {
        "people": [{"name": str(entry.person), "since": entry.since} for entry in prescribers],
        "am_here": any(entry.person == viewer for entry in prescribers),
    }


def handover_rows(
    watchings: Iterable[Watching], *, viewer: User, chosen: Collection[UUID]
) -> list[dict[str, Any]]:
    """Return the participants in the chairs as rows to choose from, each with the version of its watch."""
    return [
        {
            "id": entry.session.pk,
            "value": f"{entry.session.pk}:{entry.version}",
            "place": f"Chair {entry.session.chair}",
            "number": entry.session.participant.number,
            "visit": entry.session.visit.label,
            "state": "observing" if entry.session.dosed_at else entry.session.state.lower(),
            "dosed_at": entry.session.dosed_at,
            "is_chosen": entry.session.pk in chosen,
            **watcher(entry, viewer=viewer),
        }
        for entry in watchings
    ]


def shifts(watchings: Collection[Watching]) -> list[dict[str, Any]]:
    """Return the watchers with how many they have, nobody first: to choose all of one at once."""
    counts: dict[str, dict[str, Any]] = {}
    for entry in watchings:
        key = str(entry.watcher.pk) if entry.watcher else NOBODY
        line = counts.setdefault(
            key, {"key": key, "name": str(entry.watcher) if entry.watcher else "Nobody", "count": 0}
        )
        line["count"] += 1
    return sorted(counts.values(), key=lambda line: (line["key"] != NOBODY, line["name"]))
