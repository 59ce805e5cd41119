"""The Day 28 report as a document: sections with paragraphs, tables and figures, ready for any renderer.

The same records, plan and provenance give the same document, to the letter. Nothing is computed by a
renderer: a number in a table is already a text, beside its value for machines.
"""

from apps.endpoints.domain.report.compose import compose_report
from apps.endpoints.domain.report.document import (
    Cell,
    Column,
    Figure,
    Note,
    Paragraph,
    Provenance,
    Report,
    Row,
    Section,
    Table,
)
from apps.endpoints.domain.report.from_protocol import plan_from_protocol
from apps.endpoints.domain.report.machine import report_digest, report_to_json
from apps.endpoints.domain.report.plan import Factor, ReportPlan

__all__ = [
    "Cell",
    "Column",
    "Factor",
    "Figure",
    "Note",
    "Paragraph",
    "Provenance",
    "Report",
    "ReportPlan",
    "Row",
    "Section",
    "Table",
    "compose_report",
    "plan_from_protocol",
    "report_digest",
    "report_to_json",
]
