"""How much more often a term occurred in one arm than in another: differences of the table of adverse events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.endpoints.domain.adverse import AdverseEventTable, IncidenceRow
from apps.endpoints.domain.rates import miettinen_nurminen_difference
from apps.endpoints.domain.results import RateDifference
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True)
class IncidenceDifference:
    """One line of the table: the arm's rate minus the reference's, with the score interval."""

    label: str
    arm: str
    reference: str
    difference: RateDifference


def incidence_differences(
    table: AdverseEventTable,
    *,
    rows: Sequence[IncidenceRow],
    arm: str,
    reference: str,
    level: float = 0.95,
) -> tuple[IncidenceDifference, ...]:
    """Compare two columns of the table in the given rows (``table.overview`` or ``table.by_term``).

    Intervals are Miettinen and Nurminen's, which exist where nobody had the event. They are descriptive: no error
    rate is kept over the many terms.

    :raises NotAnalysable: if an arm is no column of the table, or a column is empty.
    """
    places = {group.arm: place for place, group in enumerate(table.groups) if group.arm is not None}
    missing = [one for one in (arm, reference) if one not in places]
    if missing:
        raise NotAnalysable(*(f"{one} is no column of this table." for one in missing))
    return tuple(
        IncidenceDifference(
            row.label,
            arm,
            reference,
            miettinen_nurminen_difference(row.rates[places[arm]], row.rates[places[reference]], level=level),
        )
        for row in rows
    )
