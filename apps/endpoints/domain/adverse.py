"""Adverse events: how many participants had each, counted once however often it came back.

The denominator is everybody treated in the column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.endpoints.domain.binary import rate
from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.results import MissingRule, Rate
from apps.endpoints.domain.values import AdverseEventRecord, NotAnalysable, Severity


@dataclass(frozen=True, slots=True)
class IncidenceRow:
    """One line: for each column the participants with at least one such event, and how many events there
    were."""

    label: str
    rates: tuple[Rate, ...]
    events: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DosingDayShare:
    """Of all events of a column: how many began on a dosing day, and how many of those ended the same day."""

    events: int
    on_dosing_day: int
    resolved_same_day: int


@dataclass(frozen=True, slots=True)
class AdverseEventTable:
    """The overview lines, then one line per term, the most frequent first."""

    groups: tuple[Group, ...]
    overview: tuple[IncidenceRow, ...]
    by_term: tuple[IncidenceRow, ...]
    dosing_day: tuple[DosingDayShare, ...]


_OVERVIEW: tuple[tuple[str, Callable[[AdverseEventRecord], bool]], ...] = (
    ("Any adverse event", lambda event: True),
    ("Related to the nasal spray", lambda event: event.related),
    ("Severe", lambda event: event.severity is Severity.SEVERE),
    ("Serious", lambda event: event.serious),
    ("Led to discontinuation", lambda event: event.led_to_discontinuation),
)


def adverse_event_table(
    groups: Sequence[Group], *, events: Sequence[AdverseEventRecord], level: float = 0.95
) -> AdverseEventTable:
    """Incidence of treatment-emergent events in each column. Terms are told apart by their exact wording.

    :raises NotAnalysable: if an event belongs to nobody in the columns (it would silently be lost).
    """
    emergent = [event for event in events if event.treatment_emergent]
    present = frozenset[str]().union(*(group.numbers for group in groups)) if groups else frozenset[str]()
    strangers = sorted({event.number for event in emergent} - present)
    if strangers:
        raise NotAnalysable(*(f"{number} has an adverse event but no treatment." for number in strangers))
    columns = [[event for event in emergent if event.number in group.numbers] for group in groups]

    def row(label: str, wanted: Callable[[AdverseEventRecord], bool]) -> IncidenceRow:
        chosen = [[event for event in column if wanted(event)] for column in columns]
        rates = tuple(
            rate(len({event.number for event in some}), group.size, rule=MissingRule.NONE, level=level)
            for group, some in zip(groups, chosen, strict=True)
        )
        return IncidenceRow(label, rates, tuple(len(some) for some in chosen))

    people = {term: {e.number for e in emergent if e.term == term} for term in {e.term for e in emergent}}
    terms = sorted(people, key=lambda term: (-len(people[term]), term))
    return AdverseEventTable(
        groups=tuple(groups),
        overview=tuple(row(label, wanted) for label, wanted in _OVERVIEW),
        by_term=tuple(row(term, _has_term(term)) for term in terms),
        dosing_day=tuple(_dosing_day_share(column) for column in columns),
    )


def _has_term(term: str) -> Callable[[AdverseEventRecord], bool]:
    return lambda event: event.term == term


def _dosing_day_share(events: Sequence[AdverseEventRecord]) -> DosingDayShare:
    dosing = [event for event in events if event.on_dosing_day]
    return DosingDayShare(len(events), len(dosing), sum(event.resolved_same_day is True for event in dosing))
