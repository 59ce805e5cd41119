"""From a template and its values to an archival PDF, whatever letters the values hold.

An archival PDF refuses a letter it has no shape for. A name in another script must not keep a paper from being printed
in the middle of a session, nor a report from being made: then the machine's fonts are asked, and where they know it
neither, the letter becomes a question mark and the document says so.
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import typst

UNPRINTABLE = "Letters this printer has no shape for stand here as question marks; the record has them."
#: Beyond Latin, Greek and Cyrillic: the signs our own words use.
_LAST_LETTER = 0x052F
_SIGNS = frozenset("–—‘’“”•…−≤≥₂→∞ ")
_MARKS = "marks"


def pdf_of(template: Path, *, name: str, given: dict[str, Any], at: int) -> bytes:
    """Return the PDF (tagged, PDF/A-2a). `name` is the input the template reads; `at`, its date, in seconds.

    The same values give the same bytes on one machine. `given` has a list `marks`, where a replaced letter is told.
    """
    try:
        return _compiled(template, name, given, at=at)
    except typst.TypstError:
        pass
    try:
        return _compiled(template, name, given, at=at, own_fonts_only=False)
    except typst.TypstError:
        plain = _plain(given)
        plain[_MARKS] = [*plain.get(_MARKS, []), UNPRINTABLE]
        return _compiled(template, name, plain, at=at)


def _compiled(
    template: Path, name: str, given: dict[str, Any], *, at: int, own_fonts_only: bool = True
) -> bytes:
    made: bytes = typst.compile(
        template.read_bytes(),
        sys_inputs={name: json.dumps(given, ensure_ascii=False)},
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
