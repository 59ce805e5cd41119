"""The blocks a paper is made of. Texts are finished words: dates on the site's clock, states in letters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["summary", "sheet", "readiness", "downtime"]


@dataclass(frozen=True, slots=True)
class Printed:
    """When, by whom, and with which version of the software a paper was printed."""

    at: datetime
    by: str
    release: str


@dataclass(frozen=True, slots=True)
class Fields:
    """Names and values, in two columns."""

    title: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of words; `widths` are shares of the line, one for each column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A line with its answer: yes, no, or an open box to be ticked by hand."""

    label: str
    answer: bool | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Checks:
    title: str
    lines: tuple[Check, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Charts:
    """Pictures, one for each sign, each with what it shows in words."""

    title: str
    svgs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Note:
    text: str


@dataclass(frozen=True, slots=True)
class Boxes:
    """Empty boxes with their labels, to be written in: `rows` of labels; `wide` boxes take more room."""

    title: str
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A form to fill in: a cell is a word, an empty box (""), or nothing to do here ("-")."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Signatures:
    labels: tuple[str, ...]


Block = Fields | Table | Checks | Charts | Note | Boxes | Grid | Signatures


@dataclass(frozen=True, slots=True)
class Document:
    """One paper. `marks` are said loudly at the top; `facts` say whom and what it is about."""

    title: str
    subtitle: str
    marks: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    foot: str
    printed: Printed
    landscape: bool = False
