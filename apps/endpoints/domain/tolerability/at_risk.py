"""From records to time at risk: how long each participant was followed after the first dose, and what befell them then.

At risk from the day of the first dose (Day 1) to the end of the protocol's window after the last one, or to the last
day on which anything is known of the participant if that is earlier: a session, rating or event, completing, leaving.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from apps.endpoints.domain.tolerability.event_rates import TimeAtRisk
from apps.endpoints.domain.values import AdverseEventRecord, NotAnalysable, ParticipantRecord

Wanted = Callable[[AdverseEventRecord], bool]


@dataclass(frozen=True, slots=True)
class Exposed:
    """One participant: days at risk, and the treatment-emergent events in them with the day of their onset."""

    number: str
    days: int
    events: tuple[tuple[int, AdverseEventRecord], ...]

    def to(self, wanted: Wanted) -> TimeAtRisk:
        """The time at risk of some kind of event."""
        days = [day for day, event in self.events if wanted(event)]
        return TimeAtRisk(self.number, float(self.days), float(min(days)) if days else None, len(days))


def exposed(
    members: Sequence[ParticipantRecord], *, events: Iterable[AdverseEventRecord], window_days: int
) -> tuple[Exposed, ...]:
    """Everybody who had a dose, by number. `window_days` count from the last dose.

    :raises NotAnalysable: if the day of a dose or of an event's onset is not known.
    """
    mine: defaultdict[str, list[AdverseEventRecord]] = defaultdict(list)
    for event in events:
        if event.treatment_emergent:
            mine[event.number].append(event)
    treated = [one for one in members if one.dosed]
    faults = [
        f"The days of {one.number}'s doses are not known."
        for one in treated
        if one.first_dose_on is None or one.last_dose_on is None
    ]
    faults += [
        f"The day on which {event.term} of {one.number} began is not known."
        for one in treated
        for event in mine[one.number]
        if event.began_on is None
    ]
    if faults:
        raise NotAnalysable(*faults)
    return tuple(_exposed(one, mine, window_days) for one in sorted(treated, key=lambda one: one.number))


def _exposed(
    one: ParticipantRecord, events: Mapping[str, Sequence[AdverseEventRecord]], window_days: int
) -> Exposed:
    start, last = one.first_dose_on, one.last_dose_on
    assert start is not None
    assert last is not None
    closes = last + timedelta(days=window_days)
    began: list[tuple[date, AdverseEventRecord]] = [
        (event.began_on, event)
        for event in events.get(one.number, ())
        if event.began_on is not None and start <= event.began_on <= closes
    ]
    known = [one.last_seen_on, one.completed_on, one.discontinued_on, last, *(day for day, _ in began)]
    end = min(closes, max(day for day in known if day is not None))
    return Exposed(
        one.number,
        (end - start).days + 1,
        tuple(
            ((day - start).days + 1, event)
            for day, event in sorted(began, key=lambda pair: (pair[0], pair[1].term))
        ),
    )
