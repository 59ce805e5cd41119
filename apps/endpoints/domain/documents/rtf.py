"""The tables as RTF, one to a page, as statistical offices pass them on: title, heading repeated on every page, notes.

Rich Text Format 1.9 by hand: any word processor opens it, it holds no macro and no time stamp, and the same tables give
the same bytes.
"""

from __future__ import annotations

from apps.endpoints.domain.documents.words import column_weights, marks, provenance_rows
from apps.endpoints.domain.report import Report, Row, Table

#: A4 landscape with margins of 2 cm, in twentieths of a point.
PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 16838, 11906, 1134
WIDTH = PAGE_WIDTH - 2 * MARGIN
_BORDER = r"\brdrs\brdrw10"


def tables_rtf(report: Report) -> str:
    """Return the tables in their order; every character beyond ASCII is escaped, so the text is ASCII."""
    origin = " | ".join(f"{name}: {value}" for name, value in provenance_rows(report))
    said = " ".join([f"{report.title}, {report.subtitle}.", *marks(report)])
    head = (
        r"{\rtf1\ansi\ansicpg1252\deff0\uc1{\fonttbl{\f0\fswiss\fcharset0 Arial;}}"
        rf"{{\info{{\title {escape(report.title)}}}}}"
        rf"\paperw{PAGE_WIDTH}\paperh{PAGE_HEIGHT}\landscape\margl{MARGIN}\margr{MARGIN}\margt{MARGIN}\margb{MARGIN}"
        rf"{{\header\pard\fs16 {escape(said)}\par}}"
        rf"{{\footer\pard\fs14 {escape(origin)}\par\pard\qr\fs14 Page {{\field{{\*\fldinst PAGE}}}}\par}}"
        "\n"
    )
    sections = {
        id(block): section.title
        for section in report.sections
        for block in section.blocks
        if block.kind == "table"
    }
    tables = "\\page\n".join(
        _table(place, table, sections[id(table)]) for place, table in enumerate(report.tables, 1)
    )
    return f"{head}{tables}}}\n"


def escape(text: str) -> str:
    """Return text as RTF: control characters escaped, everything beyond ASCII by its number."""
    out = []
    for letter in text:
        code = ord(letter)
        if letter in "\\{}":
            out.append(f"\\{letter}")
        elif letter == "\n":
            out.append(r"\line ")
        elif 32 <= code < 127:
            out.append(letter)
        elif code >= 32:
            # By UTF-16 units, signed, each with a question mark for readers that know no Unicode.
            units = letter.encode("utf-16-le", "surrogatepass")
            for place in range(0, len(units), 2):
                unit = int.from_bytes(units[place : place + 2], "little")
                out.append(f"\\u{unit - 65536 if unit > 32767 else unit}?")
    return "".join(out)


def _table(place: int, table: Table, section: str) -> str:
    edges = _edges(column_weights(table))
    aligned = [column.align == "end" for column in table.columns]
    title = rf"\pard\keepn\sb0\sa60\b\fs20 Table {place}. {escape(table.title)}\b0\par"
    under = rf"\pard\keepn\sa120\fs16 {escape(section)}\par" "\n"
    heading = _row(
        [column.label for column in table.columns],
        edges,
        aligned,
        top=True,
        bottom=True,
        bold=True,
        head=True,
    )
    last = len(table.rows) - 1
    body = "".join(
        _body_row(row, edges, aligned, bottom=number == last) for number, row in enumerate(table.rows)
    )
    notes = "".join(rf"\pard\sb60\fs16 {escape(note)}\par" "\n" for note in table.notes)
    return f"{title}\n{under}{heading}{body}\\pard\\fs16\\par\n{notes}"


def _edges(weights: tuple[float, ...]) -> list[int]:
    """The right edges of the columns."""
    whole = sum(weights)
    return [round(WIDTH * sum(weights[: place + 1]) / whole) for place in range(len(weights))]


def _body_row(row: Row, edges: list[int], aligned: list[bool], *, bottom: bool) -> str:
    texts = [cell.text for cell in row.cells] + [""] * (len(edges) - len(row.cells))
    if row.spans:
        return _row([texts[0]], edges[-1:], [False], bottom=bottom, bold=True)
    return _row(texts, edges, aligned, bottom=bottom, bold=row.kind != "data", indent=row.indent)


def _row(
    texts: list[str],
    edges: list[int],
    aligned: list[bool],
    *,
    top: bool = False,
    bottom: bool = False,
    bold: bool = False,
    head: bool = False,
    indent: int = 0,
) -> str:
    cells = []
    for edge in edges:
        above = rf"\clbrdrt{_BORDER}" if top else ""
        below = rf"\clbrdrb{_BORDER}" if bottom else ""
        cells.append(rf"{above}{below}\cellx{edge}")
    written = []
    for place, (text, end) in enumerate(zip(texts, aligned, strict=True)):
        side = r"\qr" if end and place else r"\ql"
        inset = rf"\li{200 * indent}" if not place and indent else ""
        strong, plain = (r"\b ", r"\b0") if bold else (" ", "")
        written.append(rf"\pard\intbl{side}{inset}\fs18{strong}{escape(text)}{plain}\cell")
    repeated = r"\trhdr" if head else ""
    return rf"\trowd\trgaph70\trkeep{repeated}{''.join(cells)}" + "\n" + "\n".join(written) + "\n\\row\n"
