"""The report as one HTML page that needs nothing else: no script, no address, its style within."""

from __future__ import annotations

from html import escape

from apps.endpoints.domain.documents.words import marks, provenance_rows
from apps.endpoints.domain.report import Column, Figure, Note, Paragraph, Report, Row, Section, Table

STYLE = """
:root{color-scheme:light dark;--ink:#1b2733;--soft:#5a6875;--line:#d5dce3;--paper:#fff;--band:#f4f6f8;--mark:#8a5a00}
@media (prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#a3b0bd;--line:#36424e;--paper:#12181e;--band:#1a222a;
--mark:#e3b15a}figure{background:#fff;border-radius:6px;padding:8px}}
body{font:15px/1.55 system-ui,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif;color:var(--ink);
background:var(--paper);max-width:64rem;margin:0 auto;padding:2rem 1.25rem 4rem;font-variant-numeric:tabular-nums}
h1{font-size:1.9rem;line-height:1.2;margin:0}h2{margin:2.6rem 0 .6rem;font-size:1.3rem;border-top:1px solid var(--line);
padding-top:1.2rem}.subtitle{color:var(--soft);font-size:1.05rem;margin:.3rem 0 1rem}
.mark{border-left:4px solid var(--mark);padding:.5rem .9rem;background:var(--band);margin:1rem 0}
p{max-width:46rem}.note,caption small{color:var(--soft);font-size:.87rem}nav ol{columns:2;padding-left:1.2rem}
nav ol{column-gap:2.5rem}nav li{break-inside:avoid;padding:.15rem 0}nav a{color:inherit;padding:.1rem 0}
.status{border-left:4px solid var(--mark);padding:.2rem .9rem;background:var(--band);margin:.6rem 0}
.scroll:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
.scroll{overflow-x:auto;margin:1rem 0 1.4rem}table{border-collapse:collapse;min-width:60%}
caption{text-align:left;font-weight:600;padding:.3rem 0 .4rem}th,td{padding:.32rem .8rem .32rem 0;text-align:left;
vertical-align:top}thead th{border-bottom:2px solid var(--ink);font-weight:600;white-space:pre-line}
thead th{vertical-align:bottom}
tbody tr{border-bottom:1px solid var(--line)}tbody th{font-weight:400}.end{text-align:right;padding-right:1.1rem}
tr.group th{font-weight:600;padding-top:.7rem}tr.total th,tr.total td{font-weight:600}
.in1{padding-left:1.2rem}.in2{padding-left:2.4rem}figure{margin:1.2rem 0}figure svg{max-width:100%;height:auto}
figcaption{font-weight:600}figcaption span{display:block;font-weight:400;color:var(--soft);font-size:.9rem}
@media print{body{max-width:none;padding:0}h2,figure,table{break-inside:avoid}}
"""


def report_html(report: Report) -> str:
    """Return the page. Everything that comes from data is escaped; figures are our own SVG."""
    contents = "".join(
        f'<li><a href="#{escape(section.key)}">{escape(section.title)}</a></li>'
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
        f'<h1>{escape(report.title)}</h1><p class="subtitle">{escape(report.subtitle)}</p>'
        f"{said}"
        f'<div class="scroll"><table><caption>Provenance</caption><tbody>{facts}</tbody></table></div>'
        f'<nav aria-label="Contents"><ol>{contents}</ol></nav><main>{body}</main></body></html>\n'
    )


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
        return f'<figure id="figure-{escape(block.key)}">{title}{block.svg}</figure>'
    if isinstance(block, Note):
        return f'<p class="note">{escape(block.text)}</p>'
    return f"<p>{escape(block.text)}</p>"


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col"{_end(column)}>{escape(column.label)}</th>' for column in table.columns)
    rows = "".join(_row(row, table.columns) for row in table.rows)
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in table.notes)
    return (
        f'<div class="scroll" id="table-{escape(table.key)}" role="region" tabindex="0" '
        f'aria-label="{escape(table.title)}"><table><caption>{escape(table.title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}</div>"
    )


def _end(column: Column) -> str:
    return ' class="end"' if column.align == "end" else ""


def _row(row: Row, columns: tuple[Column, ...]) -> str:
    kind = "" if row.kind == "data" else f' class="{row.kind}"'
    if row.kind == "group":
        return (
            f'<tr{kind}><th scope="rowgroup" colspan="{len(columns)}">{escape(row.cells[0].text)}</th></tr>'
        )
    indent = f' class="in{min(row.indent, 2)}"' if row.indent else ""
    first = f'<th scope="row"{indent}>{escape(row.cells[0].text)}</th>'
    others = "".join(
        f"<td{_end(column)}>{escape(cell.text)}</td>"
        for column, cell in zip(columns[1:], row.cells[1:], strict=False)
    )
    return f"<tr{kind}>{first}{others}</tr>"
