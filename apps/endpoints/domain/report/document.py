"""The parts of a report, and its machine-readable form.

JSON numbers are rounded to eight significant digits: the last bits of a double depend on the linear algebra
library and the number of threads, and a digest must not.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

SIGNIFICANT_DIGITS = 8

Align = Literal["start", "end"]
RowKind = Literal["data", "group", "total"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the report comes from. `software` holds (name, version) pairs; `data_cut_at` is aware."""

    study: str
    protocol_version: str
    data_cut_at: datetime
    code_version: str
    software: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """What is printed, and the number behind it (None where there is none, or where it is withheld)."""

    text: str
    value: float | None = None


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


def report_to_json(report: Report) -> str:
    """The report as JSON: keys sorted, numbers rounded, nothing that changes between two runs."""
    document = {
        "title": report.title,
        "subtitle": report.subtitle,
        "pooled": report.pooled,
        "fictional": report.fictional,
        "provenance": {
            "study": report.provenance.study,
            "protocol_version": report.provenance.protocol_version,
            "data_cut_at": report.provenance.data_cut_at.isoformat(),
            "code_version": report.provenance.code_version,
            "software": [list(pair) for pair in report.provenance.software],
        },
        "sections": [
            {
                "key": section.key,
                "title": section.title,
                "blocks": [_block(block) for block in section.blocks],
            }
            for section in report.sections
        ],
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)


def report_digest(report: Report) -> str:
    """SHA-256 of the JSON form, in hexadecimal."""
    return hashlib.sha256(report_to_json(report).encode()).hexdigest()


def rounded(value: float | None) -> float | None:
    """Eight significant digits; an infinite value has no JSON number and becomes None."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") + 0.0


def _block(block: Block) -> dict[str, object]:
    if isinstance(block, Table):
        return {
            "kind": block.kind,
            "key": block.key,
            "title": block.title,
            "columns": [column.label for column in block.columns],
            "rows": [
                {
                    "kind": row.kind,
                    "indent": row.indent,
                    "cells": [{"text": cell.text, "value": rounded(cell.value)} for cell in row.cells],
                }
                for row in block.rows
            ],
            "notes": list(block.notes),
        }
    if isinstance(block, Figure):
        return {
            "kind": block.kind,
            "key": block.key,
            "title": block.title,
            "svg": block.svg,
            "caption": block.caption,
        }
    return {"kind": block.kind, "text": block.text}
