"""Rows of a file gathered by subject: what holds for a subject must be the same in each of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.endpoints.domain.analyses.csv_file import CsvFile

Value = str | float | None


@dataclass(frozen=True, slots=True)
class Gathered:
    """For each subject, by name: the places of its rows, and its one value of each column (None: not known)."""

    rows: Mapping[str, tuple[int, ...]]
    values: Mapping[str, Mapping[str, Value]]


def gathered(
    file: CsvFile, *, subject: str, columns: Mapping[str, Sequence[Value]]
) -> tuple[Gathered, list[str]]:
    """Gather, and a sentence for each subject whose rows contradict each other.

    Rows without a subject are passed over; `CsvFile.lacking` names them.
    """
    rows: dict[str, list[int]] = {}
    for place, name in enumerate(file.texts(subject)):
        if name is not None:
            rows.setdefault(name, []).append(place)
    faults: list[str] = []
    values: dict[str, dict[str, Value]] = {}
    for name in sorted(rows):
        values[name] = {}
        for column, cells in columns.items():
            first: dict[Value, int] = {}
            for place in rows[name]:
                if cells[place] is not None:
                    first.setdefault(cells[place], place)
            if len(first) > 1:
                found = " and ".join(
                    f"{value if isinstance(value, str) else f'{value:.15g}'} (line {file.lines[place]})"
                    for value, place in first.items()
                )
                faults.append(f"{name} has more than one {column}: {found}.")
            values[name][column] = next(iter(first), None)
    return Gathered({name: tuple(rows[name]) for name in sorted(rows)}, values), faults


def at_lines(file: CsvFile, places: Sequence[int]) -> str:
    """The lines of some rows, as messages name them."""
    return ", ".join(f"line {file.lines[place]}" for place in places)
