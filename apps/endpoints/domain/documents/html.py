"""The report as one HTML page that needs nothing else: no script, no address, its style within.

Contents, folded lists and the numbers of each figure work without script. Where Vigil shows the page, a script of its
own adds filters and sorting and marks the place in the contents (`frontend/src/report.ts`); the file stays as it is.
"""

from __future__ import annotations

import re
from html import escape, unescape

from apps.endpoints.domain.documents.html_style import STYLE
from apps.endpoints.domain.documents.words import LONGEST_NUMBER, marks, provenance_rows
from apps.endpoints.domain.report import Cell, Column, Figure, Note, Paragraph, Report, Row, Section, Table
from apps.endpoints.domain.report.machine import rounded

#: A table of more lines is folded away behind its title: a listing to look something up in.
FOLDED_FROM = 40
#: One of more lines can be filtered, and sorted if it has no groups.
SEARCHED_FROM = 12
_DESCRIPTION = re.compile(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)
_NOT_MADE = {"failed": "could not be made", "withheld": "withheld"}


def report_html(report: Report) -> str:
    """Return the page. Everything that comes from data is escaped; figures are our own SVG."""
    contents = "".join(
        f'<li><a href="#{escape(section.key)}">{escape(section.title)}</a>{_told(section)}</li>'
        for section in report.sections
    )
    body = "".join(
        f'<section id="{escape(section.key)}"><h2>{number}. {escape(section.title)}</h2>'
        + _blocks(section)
        + "</section>"
        for number, section in enumerate(report.sections, 1)
    )
    said = "".join(f'<p class="mark">{escape(mark)}</p>' for mark in marks(report))
    facts = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in provenance_rows(report)
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(report.title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head><body>'
        f'<header><h1>{escape(report.title)}</h1><p class="subtitle">{escape(report.subtitle)}</p>'
        f"{said}"
        f'<div class="scroll"><table><caption>Provenance</caption><tbody>{facts}</tbody></table></div></header>'
        f'<div class="page"><nav id="contents" aria-labelledby="contents-title"><h2 id="contents-title">Contents</h2>'
        f"<ol>{contents}</ol></nav><main>{body}</main></div>"
        f'<footer><a class="up" href="#contents">Contents</a></footer></body></html>\n'
    )


def _told(section: Section) -> str:
    """In the contents, too, a section that is not there says so."""
    words = _NOT_MADE.get(section.status)
    return f" <small>({words})</small>" if words else ""


def _blocks(section: Section) -> str:
    """A section that could not be made, or that its reader must not see, is marked as such."""
    body = "".join(_block(block) for block in section.blocks)
    return body if section.status == "made" else f'<div class="status {section.status}">{body}</div>'


def _block(block: Paragraph | Note | Table | Figure) -> str:
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Figure):
        words = f"<span>{escape(block.caption)}</span>" if block.caption else ""
        title = f"<figcaption>{escape(block.title)}{words}</figcaption>"
        return f'<figure id="figure-{escape(block.key)}">{title}{block.svg}{_numbers(block)}</figure>'
    if isinstance(block, Note):
        return f'<p class="note">{escape(block.text)}</p>'
    return f"<p>{escape(block.text)}</p>"


def _numbers(figure: Figure) -> str:
    """What the figure shows, in words: its description, one statement a line."""
    found = _DESCRIPTION.search(figure.svg)
    if found is None:
        return ""
    lines = "".join(f"<li>{escape(line)}</li>" for line in unescape(found[1]).splitlines() if line)
    return f'<details class="numbers"><summary>Show the numbers</summary><ul>{lines}</ul></details>'


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col"{_end(column)}>{escape(column.label)}</th>' for column in table.columns)
    rows = "".join(_row(row, table.columns) for row in table.rows)
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in table.notes)
    lines = sum(row.kind != "group" for row in table.rows)
    searched = ' data-searched=""' if lines >= SEARCHED_FROM else ""
    shown = (
        f'<div class="scroll" id="table-{escape(table.key)}" role="region" tabindex="0" '
        f'aria-label="{escape(table.title)}"><table{searched}><caption>{escape(table.title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}</div>"
    )
    if lines <= FOLDED_FROM:
        return shown
    return f"<details><summary>{escape(table.title)}: {lines} lines</summary>{shown}</details>"


def _end(column: Column, cell: Cell | None = None) -> str:
    if column.align != "end":
        return ""
    # A number with its interval is not torn; a reason in its place may be.
    return (
        ' class="end whole"' if cell is not None and 1 < len(cell.text) <= LONGEST_NUMBER else ' class="end"'
    )


def _row(row: Row, columns: tuple[Column, ...]) -> str:
    kind = "" if row.kind == "data" else f' class="{row.kind}"'
    if row.spans:
        return (
            f'<tr{kind}><th scope="rowgroup" colspan="{len(columns)}">{escape(row.cells[0].text)}</th></tr>'
        )
    indent = f' class="in{min(row.indent, 2)}"' if row.indent else ""
    scope = "rowgroup" if row.kind == "group" else "row"
    first = f'<th scope="{scope}"{indent}>{escape(row.cells[0].text)}</th>'
    others = "".join(
        f"<td{_end(column, cell)}{_value(cell)}>{escape(cell.text)}</td>"
        for column, cell in zip(columns[1:], row.cells[1:], strict=False)
    )
    return f"<tr{kind}>{first}{others}</tr>"


def _value(cell: Cell) -> str:
    """The number behind the text, for sorting."""
    value = rounded(cell.value)
    return "" if value is None or str(cell.text) == f"{value:g}" else f' data-value="{value!r}"'
