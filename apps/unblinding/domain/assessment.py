"""The impact of an unplanned unblinding on the trial (ICH E6(R3) 4.1.4): what is asked, and what may not be written.

Monitors and the sponsor read it, and they stay blind: a text that names a treatment is refused, whichever it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from apps.core.exceptions import Reason

#: From the opening until the assessment is due. E6(R3) names no figure; a site's first working days (marked G).
DUE_AFTER = timedelta(days=3)
SHORTEST, LONGEST = 3, 2000


class Treatment(StrEnum):
    """What becomes of the study treatment after the opening."""

    CONTINUES = "CONTINUES"
    STOPS = "STOPS"
    UNDECIDED = "UNDECIDED"


TREATMENT_LABELS: Mapping[Treatment, str] = MappingProxyType(
    {
        Treatment.STOPS: "The participant stops the study treatment",
        Treatment.CONTINUES: "The participant goes on with the study treatment",
        Treatment.UNDECIDED: "Not decided yet; this assessment will be corrected",
    }
)

QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "who_learned": "Who learned the treatment, and through whom?",
        "effect": "Which assessments may be affected, from when on, and how?",
        "measures": "What was done to keep everybody else blind and the data sound?",
    }
)

SHORT_QUESTIONS: Mapping[str, str] = MappingProxyType(
    {"who_learned": "Who learned it", "effect": "Assessments affected", "measures": "Measures"}
)


@dataclass(frozen=True, slots=True)
class Assessment:
    """One assessment as written."""

    who_learned: str
    effect: str
    measures: str
    treatment: str


def due_at(opened_at: datetime) -> datetime:
    """Return the moment by which the assessment is to be signed."""
    return opened_at + DUE_AFTER


def assessment_reasons(given: Assessment, *, treatments: Iterable[str]) -> list[Reason]:
    """Return everything that speaks against an assessment; `treatments` are the protocol's names of all arms."""
    reasons = []
    for field in QUESTIONS:
        text = getattr(given, field).strip()
        if len(text) < SHORTEST:
            reasons.append(Reason("required", "Answer in words; “nobody” and “none” are answers.", field))
        elif len(text) > LONGEST:
            reasons.append(Reason("too_long", f"At most {LONGEST} characters.", field))
        elif names_a_treatment(text, treatments=treatments):
            reasons.append(
                Reason(
                    "names_treatment", "Monitors and the sponsor read this: name no treatment here.", field
                )
            )
    if given.treatment not in {one.value for one in Treatment}:
        reasons.append(Reason("unknown_choice", "Say what becomes of the study treatment.", "treatment"))
    return reasons


def names_a_treatment(text: str, *, treatments: Iterable[str]) -> bool:
    """Say whether a text holds a distinguishing word of any arm. The same words are refused in every arm."""
    words = {word for name in treatments for word in re.findall(r"[^\W\d_]{4,}", name.lower())} - _COMMON
    written = text.lower()
    return any(re.search(rf"\b{re.escape(word)}", written) for word in words | {"verum"})


#: Words of arm labels that tell nothing by themselves.
_COMMON = frozenset(
    {"nasal", "spray", "oral", "antidepressant", "with", "plus", "dose", "fixed", "flexible", "treatment", "newly",
     "initiated", "study", "weekly", "twice"}
)  # fmt: skip
