"""A table from outside, read without guessing: every cell is text, and every fault has its line.

Nothing is taken for missing but an empty cell and the words the caller names. "NA" is North America until somebody
says otherwise.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from apps.endpoints.domain.values import NotAnalysable

_MOST_FAULTS = 200
_LARGEST_CELL = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class CsvFile:
    """A rectangular table of texts. `lines` say where each row begins in the file, the header being line 1.

    `missing` are the words that mean "not known" beside the empty cell; `digest` is the SHA-256 of the bytes.
    """

    columns: dict[str, tuple[str, ...]]
    lines: tuple[int, ...]
    missing: frozenset[str]
    digest: str

    @classmethod
    def read(cls, data: bytes, *, separator: str = ",", missing: Collection[str] = ()) -> CsvFile:
        """Read UTF-8 with a header of column names; quotes and line ends as in RFC 4180. Blanks around a cell go.

        :raises NotAnalysable: naming the line of every fault.
        """
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as fault:
            line = data[: fault.start].count(b"\n") + 1
            raise NotAnalysable(f"Line {line} is not UTF-8; save the file with that encoding.") from None
        csv.field_size_limit(_LARGEST_CELL)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        rows: list[tuple[int, list[str]]] = []
        begins = 1
        try:
            for cells in reader:
                if cells:
                    rows.append((begins, [cell.strip() for cell in cells]))
                begins = reader.line_num + 1
        except csv.Error as fault:
            raise NotAnalysable(f"Line {begins} cannot be read as CSV: {fault}.") from None
        if not rows:
            raise NotAnalysable("The file is empty.")
        header = rows[0][1]
        faults = _header_faults(header, separator) + [
            f"Line {line} has {len(cells)} cells; the header names {len(header)} columns."
            for line, cells in rows[1:]
            if len(cells) != len(header)
        ]
        if not faults and len(rows) == 1:
            faults = ["The file has a header and no row."]
        refuse(faults)
        cells_of = zip(*(cells for _, cells in rows[1:]), strict=True)
        return cls(
            columns=dict(zip(header, cells_of, strict=True)),
            lines=tuple(line for line, _ in rows[1:]),
            missing=frozenset(missing) | {""},
            digest=hashlib.sha256(data).hexdigest(),
        )

    def texts(self, name: str) -> list[str | None]:
        """A column as it stands; None where it is missing."""
        return [None if cell in self.missing else cell for cell in self.columns[name]]

    def numbers(self, name: str) -> tuple[list[float | None], list[str]]:
        """A column as numbers, and a sentence for each cell that is none. Infinity and NaN are words, not numbers."""
        values: list[float | None] = []
        faults: list[str] = []
        for line, cell in zip(self.lines, self.texts(name), strict=True):
            value = None if cell is None else number_of(cell)
            values.append(value)
            if cell is not None and value is None:
                faults.append(
                    f"Line {line}: {name} is {cell!r}, which is no number; if it means missing, say --na {cell}."
                )
        return values, faults

    def lacking(self, name: str) -> list[str]:
        """A sentence for each row where a column that must be there is missing."""
        return [
            f"Line {line}: {name} is missing."
            for line, cell in zip(self.lines, self.texts(name), strict=True)
            if cell is None
        ]


def number_of(cell: str) -> float | None:
    """The finite number that a text is, or None."""
    if not any(letter.isdigit() for letter in cell) or "_" in cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def refuse(faults: Sequence[str]) -> None:
    """Raise every fault at once; of a great many, the first and how many more there are.

    :raises NotAnalysable: if there is any.
    """
    if len(faults) > _MOST_FAULTS:
        raise NotAnalysable(*faults[:_MOST_FAULTS], f"There are {len(faults) - _MOST_FAULTS} more faults.")
    if faults:
        raise NotAnalysable(*faults)


def _header_faults(header: Sequence[str], separator: str) -> list[str]:
    faults = [
        f"Column {place + 1} of the header has no name." for place, name in enumerate(header) if not name
    ]
    faults += [
        f"The header names {name} twice." for name in dict.fromkeys(header) if name and header.count(name) > 1
    ]
    others = [one for one in (";", "\t", ",") if one != separator and len(header) == 1 and one in header[0]]
    return faults + [
        f"The header has one column; are the cells separated by {one!r}? Say --separator." for one in others
    ]
