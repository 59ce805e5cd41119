"""The machine-readable form of a report, as `documents/report.schema.json` describes it.

Numbers are rounded to eight significant digits: the last bits of a double depend on the linear algebra library and
the number of threads, and a digest must not.
"""

from __future__ import annotations

import hashlib
import json
import math

from apps.endpoints.domain.report.document import Block, Cell, Figure, Report, Section, Table

FORMAT = "vigil.report/2"
SIGNIFICANT_DIGITS = 8


def report_to_json(report: Report) -> str:
    """The report as JSON: keys sorted, numbers rounded, nothing that changes between two runs."""
    origin = report.provenance
    document = {
        "format": FORMAT,
        "title": report.title,
        "subtitle": report.subtitle,
        "pooled": report.pooled,
        "fictional": report.fictional,
        "provenance": {
            "study": origin.study,
            "protocol_version": origin.protocol_version,
            "plan_digest": origin.plan_digest,
            "data_cut_at": origin.data_cut_at.isoformat(),
            "code_version": origin.code_version,
            "software": [list(pair) for pair in origin.software],
            "seeds": [list(pair) for pair in origin.seeds],
        },
        "sections": [_section(section) for section in report.sections],
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


def _section(section: Section) -> dict[str, object]:
    return {
        "key": section.key,
        "title": section.title,
        "status": section.status,
        "blocks": [_block(block) for block in section.blocks],
    }


def _block(block: Block) -> dict[str, object]:
    if isinstance(block, Table):
        return {
            "kind": block.kind,
            "key": block.key,
            "title": block.title,
            "columns": [column.label for column in block.columns],
            "rows": [
                {"kind": row.kind, "indent": row.indent, "cells": [_cell(cell) for cell in row.cells]}
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


def _cell(cell: Cell) -> dict[str, object]:
    return {
        "text": cell.text,
        "value": rounded(cell.value),
        "parts": {name: rounded(value) for name, value in cell.parts},
    }
