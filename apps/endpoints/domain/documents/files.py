"""All files of a report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.endpoints.domain.documents.csv_tables import tables_csv
from apps.endpoints.domain.documents.html import report_html
from apps.endpoints.domain.documents.pdf import report_pdf
from apps.endpoints.domain.documents.rtf import tables_rtf
from apps.endpoints.domain.report import Report, report_to_json

#: The published JSON Schema of `report.json`.
SCHEMA_FILE = Path(__file__).with_name("report.schema.json")


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """One file: its name, what it is, its bytes."""

    name: str
    media_type: str
    content: bytes


def documents_of(report: Report) -> Iterator[ReportDocument]:
    """Yield the report as HTML, PDF, JSON and CSV of every number, its tables as RTF, and each figure as SVG."""
    yield ReportDocument("report.html", "text/html", report_html(report).encode())
    yield ReportDocument("report.pdf", "application/pdf", report_pdf(report))
    yield ReportDocument("report.json", "application/json", report_to_json(report).encode())
    yield ReportDocument("tables.csv", "text/csv", tables_csv(report).encode())
    yield ReportDocument("tables.rtf", "application/rtf", tables_rtf(report).encode())
    yield ReportDocument("report.schema.json", "application/schema+json", SCHEMA_FILE.read_bytes())
    for figure in report.figures:
        yield ReportDocument(f"{figure.key}.svg", "image/svg+xml", figure.svg.encode())
