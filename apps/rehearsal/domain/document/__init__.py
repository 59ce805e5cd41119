"""The report to sign, as PDF by Typst: no system library, no font of the machine, tagged and archival (PDF/A-2a)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typst

TEMPLATE = Path(__file__).with_name("rehearsal.typ")


@dataclass(frozen=True, slots=True)
class Check:
    """One check as printed: its question, its outcome in words, and what was found."""

    question: str
    outcome: str
    is_good: bool
    findings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature as printed."""

    name: str
    role: str
    at: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Document:
    """Everything the report says. `ended_at` dates the file, so the same report gives the same bytes."""

    title: str
    subtitle: str
    outcome: str
    has_passed: bool
    is_fictional: bool
    rows: tuple[tuple[str, str], ...]
    checks: tuple[Check, ...]
    played: tuple[tuple[str, int], ...]
    signatures: tuple[Signed, ...]
    ended_at: datetime


def document_pdf(document: Document) -> bytes:
    """Return the PDF of a report, with the signatures given so far."""
    ended = document.ended_at.astimezone(UTC)
    given = {
        "title": document.title,
        "subtitle": document.subtitle,
        "outcome": document.outcome,
        "passed": document.has_passed,
        "fictional": document.is_fictional,
        "date": {name: getattr(ended, name) for name in ("year", "month", "day", "hour", "minute", "second")},
        "rows": [list(row) for row in document.rows],
        "checks": [
            {
                "question": check.question,
                "outcome": check.outcome,
                "good": check.is_good,
                "findings": [list(finding) for finding in check.findings],
            }
            for check in document.checks
        ],
        "played": [[what, str(count)] for what, count in document.played],
        "signatures": [[one.name, one.role, one.at, one.meaning] for one in document.signatures],
    }
    made: bytes = typst.compile(
        TEMPLATE.read_bytes(),
        sys_inputs={"report": json.dumps(given, ensure_ascii=False)},
        pdf_standards="a-2a",
        ignore_system_fonts=True,
        timestamp=int(ended.timestamp()),
    )
    return made
