"""From baseline to the worst afterwards: shift tables, as of the C-SSRS.

Every participant with a baseline and at least one value after it stands in one cell: the class at baseline against
the most severe class afterwards. Who lacks either is counted apart and never put into a class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True)
class SeverityClass:
    """One class of a scale: its word, and the values it spans, both ends included."""

    label: str
    lowest: int
    highest: int


# Classes of the C-SSRS by the most severe item: ideation is items 1 to 5, behavior 6 to 10.
SUICIDALITY_CLASSES = (
    SeverityClass("No suicidal ideation or behavior", 0, 0),
    SeverityClass("Suicidal ideation", 1, 5),
    SeverityClass("Suicidal behavior", 6, 10),
)


@dataclass(frozen=True, slots=True)
class ShiftColumn:
    """One column's shifts. ``cells[i][j]`` counts participants from class i at baseline to worst class j.

    `emergent` are those whose worst class is above their baseline class; `without_baseline` and
    `without_later` the participants who stand in no cell.
    """

    group: Group
    classes: tuple[str, ...]
    cells: tuple[tuple[int, ...], ...]
    emergent: int
    without_baseline: int
    without_later: int

    @property
    def counted(self) -> int:
        """Participants who stand in a cell: the denominator of this column."""
        return sum(sum(row) for row in self.cells)


def shift_table(
    groups: Sequence[Group],
    *,
    baseline: Mapping[str, int | None],
    later: Mapping[str, Sequence[int]],
    classes: Sequence[SeverityClass] = SUICIDALITY_CLASSES,
) -> tuple[ShiftColumn, ...]:
    """The shifts of each column, by participant number; `classes` from the mildest to the most severe.

    :raises NotAnalysable: if a value lies in no class, or the classes overlap or are out of order.
    """
    if any(a.highest >= b.lowest for a, b in pairwise(classes)):
        raise NotAnalysable("The classes of a shift table overlap or are out of order.")

    def place(number: str, value: int) -> int:
        for index, one in enumerate(classes):
            if one.lowest <= value <= one.highest:
                return index
        raise NotAnalysable(f"{number} has a value of {value}, which is in no class.")

    columns = []
    for group in groups:
        cells = [[0] * len(classes) for _ in classes]
        emergent = no_baseline = no_later = 0
        for member in group.members:
            start = baseline.get(member.number)
            after = later.get(member.number, ())
            no_baseline += start is None
            no_later += not after
            if start is None or not after:
                continue
            first, worst = place(member.number, start), max(place(member.number, value) for value in after)
            cells[first][worst] += 1
            emergent += worst > first
        columns.append(
            ShiftColumn(
                group,
                tuple(one.label for one in classes),
                tuple(tuple(row) for row in cells),
                emergent,
                no_baseline,
                no_later,
            )
        )
    return tuple(columns)
