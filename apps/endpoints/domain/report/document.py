"""The parts of a report. Every renderer, and the machine-readable form, is made of these and computes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Align = Literal["start", "end"]
RowKind = Literal["data", "group", "total"]
#: A section is made; or it could not be made and says why; or its reader must not see what it would hold.
Status = Literal["made", "failed", "withheld"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the report comes from. `software` holds (name, version) pairs; `data_cut_at` is aware.

    `plan_digest` is the digest of the protocol version whose analysis plan was followed; `seeds` are (what for, seed)
    of every random number drawn.
    """

    study: str
    protocol_version: str
    data_cut_at: datetime
    code_version: str
    software: tuple[tuple[str, str], ...] = ()
    plan_digest: str = ""
    seeds: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """What is printed, and the number behind it (None where there is none, or where it is withheld).

    `parts` are the other numbers of the text by name: ``("se", 1.69)``, ``("low", -7.3)``.
    """

    text: str
    value: float | None = None
    parts: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading; a line break in the label starts a second line (the number of participants)."""

    label: str
    align: Align = "end"


@dataclass(frozen=True, slots=True)
class Row:
    """One line. A ``group`` row is a heading within the table; `indent` counts steps under it."""

    cells: tuple[Cell, ...]
    kind: RowKind = "data"
    indent: int = 0

    @property
    def spans(self) -> bool:
        """Whether it is a heading that says its name and nothing of its columns, so that the name has their width."""
        return self.kind == "group" and not any(cell.text for cell in self.cells[1:])


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Note:
    """A remark in small print, about a rule or a limit."""

    text: str
    kind: Literal["note"] = "note"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its own notes; the first column names the rows."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture as SVG text; `caption` says what it shows."""

    key: str
    title: str
    svg: str
    caption: str = ""
    kind: Literal["figure"] = "figure"


Block = Paragraph | Note | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section; `key` is its anchor."""

    key: str
    title: str
    blocks: tuple[Block, ...]
    status: Status = "made"


@dataclass(frozen=True, slots=True)
class Report:
    """The whole document. `pooled` says that it was made for a reader who must not know the arms."""

    title: str
    subtitle: str
    pooled: bool
    fictional: bool
    provenance: Provenance
    sections: tuple[Section, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables in order."""
        return tuple(
            block for section in self.sections for block in section.blocks if isinstance(block, Table)
        )

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures in order."""
        return tuple(
            block for section in self.sections for block in section.blocks if isinstance(block, Figure)
        )
