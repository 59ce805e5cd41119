"""What a participant is told of their treatment after the end of the study: one page, in plain words, by Typst.

The words are ours. E6(R3) asks that investigators learn, after unblinding, what their participants took; that they
can tell them is what this letter is for.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from apps.papers.domain.documents.typesetting import pdf_of

TEMPLATE = Path(__file__).with_name("letter.typ")


@dataclass(frozen=True, slots=True)
class Letter:
    """One participant's letter; `treatment` is the arm's label, `made_on` the day on the site's clock."""

    study: str
    number: str
    site: str
    treatment: str
    randomized_on: date
    made_on: date
    fictional: bool


def letter_pdf(letter: Letter, *, at: datetime) -> bytes:
    """Return the letter as PDF. The same letter made at the same moment has the same bytes."""
    given: dict[str, Any] = {
        **asdict(letter),
        "randomized_on": f"{letter.randomized_on:%d %B %Y}",
        "made_on": f"{letter.made_on:%d %B %Y}",
        "marks": [],
    }
    return pdf_of(TEMPLATE, name="letter", given=given, at=int(at.timestamp()))
