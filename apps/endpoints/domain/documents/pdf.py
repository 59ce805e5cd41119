"""The report as PDF, by Typst: no system library, no font of the machine, tagged and archival (PDF/A-2a)."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

from apps.endpoints.domain.documents.words import column_weights, marks, provenance_rows
from apps.endpoints.domain.report import Figure, Report, Table
from apps.papers.domain.documents.typesetting import pdf_of

TEMPLATE = Path(__file__).with_name("report.typ")


def report_pdf(report: Report) -> bytes:
    """Return the PDF. Its date is the data cut's, so the same report gives the same bytes."""
    cut = report.provenance.data_cut_at.astimezone(UTC)
    given: dict[str, Any] = {
        "title": report.title,
        "subtitle": report.subtitle,
        "cut": {name: getattr(cut, name) for name in ("year", "month", "day", "hour", "minute", "second")},
        "foot": f"{report.provenance.study}, protocol {report.provenance.protocol_version}, "
        f"data until {cut:%Y-%m-%d %H:%M} UTC",
        "marks": list(marks(report)),
        "provenance": [list(pair) for pair in provenance_rows(report)],
        "sections": [
            {"title": f"{number}. {section.title}", "blocks": [_block(block) for block in section.blocks]}
            for number, section in enumerate(report.sections, 1)
        ],
    }
    return pdf_of(TEMPLATE, name="report", given=given, at=int(cut.timestamp()))


def _block(block: Any) -> dict[str, Any]:
    if isinstance(block, Table):
        width = len(block.columns)
        return {
            "kind": "table",
            "title": block.title,
            "columns": [column.label for column in block.columns],
            "widths": [round(weight, 3) for weight in column_weights(block)],
            "ends": [index > 0 and column.align == "end" for index, column in enumerate(block.columns)],
            "rows": [
                {
                    "kind": row.kind,
                    "spans": row.spans,
                    "indent": row.indent,
                    "cells": [cell.text for cell in row.cells] + [""] * (width - len(row.cells)),
                }
                for row in block.rows
            ],
            "notes": list(block.notes),
        }
    if isinstance(block, Figure):
        return {
            "kind": "figure",
            "title": block.title,
            "caption": block.caption,
            "svg": block.svg,
            "alt": block.caption or block.title,
        }
    return {"kind": block.kind, "text": block.text}
