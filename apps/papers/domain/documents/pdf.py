"""A paper as PDF, by Typst: tagged and archival (PDF/A-2a), in fonts that come with the compiler.

An archival PDF refuses a letter it has no shape for. A name in another script must not keep a paper from being printed
in the middle of a session: then the machine's fonts are asked, and where they know it neither, the letter becomes a
question mark and the paper says so.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typst

from apps.papers.domain.documents.blocks import Document

TEMPLATE = Path(__file__).with_name("paper.typ")
UNPRINTABLE = "Letters this printer has no shape for stand here as question marks; the record has them."
#: Beyond Latin, Greek and Cyrillic: the signs our own words use.
_LAST_LETTER = 0x052F
_SIGNS = frozenset("–—‘’“”•…−≤≥₂→ ")


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
    at = int(document.printed.at.timestamp())
    try:
        return _compiled(given, at=at)
    except typst.TypstError:
        pass
    try:
        return _compiled(given, at=at, own_fonts_only=False)
    except typst.TypstError:
        plain = _plain(given)
        plain["marks"] = [*plain["marks"], UNPRINTABLE]
        return _compiled(plain, at=at)


def _compiled(given: dict[str, Any], *, at: int, own_fonts_only: bool = True) -> bytes:
    made: bytes = typst.compile(
        TEMPLATE.read_bytes(),
        sys_inputs={"paper": json.dumps(given, ensure_ascii=False)},
        pdf_standards="a-2a",
        ignore_system_fonts=own_fonts_only,
        timestamp=at,
    )
    return made


def _plain(value: Any) -> Any:
    """Return a value with every text in it reduced to letters that can be printed anywhere."""
    if isinstance(value, str):
        return "".join(_letter(letter) for letter in value)
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value


def _letter(letter: str) -> str:
    if letter in "\n\t" or letter in _SIGNS:
        return letter
    if ord(letter) <= _LAST_LETTER and unicodedata.category(letter)[0] != "C":
        return letter
    return "?"
