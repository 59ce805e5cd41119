"""A paper as PDF, by Typst: tagged and archival (PDF/A-2a), in fonts that come with the compiler."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from apps.papers.domain.documents.blocks import Document
from apps.papers.domain.documents.typesetting import pdf_of

TEMPLATE = Path(__file__).with_name("paper.typ")


def paper_pdf(document: Document) -> bytes:
    """Return the PDF. Its date is the moment of printing, so the same paper gives the same bytes."""
    given: dict[str, Any] = {
        "title": document.title,
        "subtitle": document.subtitle,
        "marks": list(document.marks),
        "facts": [list(pair) for pair in document.facts],
        "foot": document.foot,
        "landscape": document.landscape,
        "blocks": [{"kind": type(block).__name__.lower(), **asdict(block)} for block in document.blocks],
    }
    return pdf_of(TEMPLATE, name="paper", given=given, at=int(document.printed.at.timestamp()))
