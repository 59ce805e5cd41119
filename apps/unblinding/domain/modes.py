"""The ways to open an envelope, their grounds, and how long each stays open.

The database holds the same roles, spans and limits (migrations/sql/0002_sealed_envelope.sql) and decides; what stands
here is for pages and for refusing early in words. A test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from apps.studies.domain.permissions import Unblinded


class Mode(StrEnum):
    """Who learns what, and why."""

    EMERGENCY = "EMERGENCY"
    MEDIATED = "MEDIATED"
    SUSAR = "SUSAR"
    LETTER = "LETTER"
    DRILL = "DRILL"


MODE_LABELS: Mapping[Mode, str] = MappingProxyType(
    {
        Mode.EMERGENCY: "Emergency code break",
        Mode.MEDIATED: "Code break handed over to a clinician",
        Mode.SUSAR: "Opened for a suspected unexpected serious reaction",
        Mode.LETTER: "Treatment letter opened after the end of the study",
        Mode.DRILL: "Drill",
    }
)

#: How the register of unblinded people names each way; a drill unblinds nobody.
UNBLINDS: Mapping[Mode, Unblinded] = MappingProxyType(
    {
        Mode.EMERGENCY: Unblinded.EMERGENCY,
        Mode.MEDIATED: Unblinded.MEDIATED,
        Mode.SUSAR: Unblinded.SUSAR,
        Mode.LETTER: Unblinded.LETTER,
    }
)

#: Ways after which the effect on the trial is assessed (ICH E6(R3) 4.1.4), and the participant is asked no guess.
ASSESSED = frozenset({Mode.EMERGENCY, Mode.MEDIATED})


class Category(StrEnum):
    """Why a participant's treatment has to be known now."""

    EMERGENCY_TREATMENT = "EMERGENCY_TREATMENT"
    OVERDOSE = "OVERDOSE"
    INTERACTION = "INTERACTION"
    PREGNANCY = "PREGNANCY"
    ACCIDENTAL = "ACCIDENTAL"
    OTHER = "OTHER"


CATEGORY_LABELS: Mapping[Category, str] = MappingProxyType(
    {
        Category.EMERGENCY_TREATMENT: "Emergency: the treatment given decides what is done now",
        Category.OVERDOSE: "Overdose, known or suspected",
        Category.INTERACTION: "Urgent operation or medicine that may interact",
        Category.PREGNANCY: "Exposure in pregnancy or while breast-feeding",
        Category.ACCIDENTAL: "Accidental exposure of somebody else",
        Category.OTHER: "Another medical ground, in words below",
    }
)

#: One person may open so many envelopes within the span; a study, so many in all. Decision 9 argues the figures.
OPENINGS_PER_PERSON = 3
OPENINGS_PER_STUDY = 12
LIMIT_SPAN = timedelta(hours=1)

#: From the request to the answer: what takes longer is asked for anew. A handed-over answer waits for its clinician.
REQUEST_SPAN = timedelta(minutes=2)
MESSAGE_SPAN = timedelta(hours=4)
#: After so many wrong codes a handed-over answer stays closed for good.
WRONG_CODES_ALLOWED = 5


def category_label(code: str) -> str:
    """Return a category in words; empty for the ways that need none."""
    try:
        return CATEGORY_LABELS[Category(code)]
    except ValueError:
        return ""
