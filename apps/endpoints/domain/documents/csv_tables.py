"""Every number of every table as one line of CSV, beside the text in which it is printed."""

from __future__ import annotations

import csv
import io

from apps.endpoints.domain.report import Report
from apps.endpoints.domain.report.machine import rounded

HEADER = ("section", "table", "row", "column", "text", "number", "value")


def tables_csv(report: Report) -> str:
    """Return the tables in long form; `value` has eight significant digits and is empty where there is no number.

    `number` is empty for the cell's own number and names its others: "se", "low", "high". No cell begins like a
    formula: a spreadsheet that opens the file computes nothing.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    tables = (
        (section, block) for section in report.sections for block in section.blocks if block.kind == "table"
    )
    for section, table in tables:
        heading = ""
        for row in table.rows:
            name = row.cells[0].text if row.cells else ""
            if row.kind == "group":
                heading = name
            label = f"{heading}: {name}" if row.indent and heading and row.kind != "group" else name
            for column, cell in list(zip(table.columns, row.cells, strict=False))[1:]:
                line = tuple(
                    map(_plain, (section.key, table.key, label, column.label.replace("\n", " "), cell.text))
                )
                writer.writerow((*line, "", _value(cell.value)))
                for name, number in cell.parts:
                    writer.writerow((*line, name, _value(number)))
    return out.getvalue()


def _value(number: float | None) -> str:
    short = rounded(number)
    return "" if short is None else repr(short)


def _plain(text: str) -> str:
    # A minus before a digit is a number; anything else a spreadsheet might run gets an apostrophe.
    starts = text[:1]
    if starts in ("=", "+", "@", "\t", "\r") or (starts == "-" and not text[1:2].isdigit()):
        return f"'{text}"
    return text
