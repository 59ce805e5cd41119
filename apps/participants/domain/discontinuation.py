"""Why somebody leaves: codes that stay comparable over sites and years, with words for people.

The codes follow the usual disposition reasons of trial reporting; a free text explains, it never replaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class DiscontinuationReason(StrEnum):
    """The coded reason for leaving."""

    ADVERSE_EVENT = "ADVERSE_EVENT"
    LACK_OF_EFFICACY = "LACK_OF_EFFICACY"
    WITHDREW_CONSENT = "WITHDREW_CONSENT"
    LOST_TO_FOLLOW_UP = "LOST_TO_FOLLOW_UP"
    PROTOCOL_DEVIATION = "PROTOCOL_DEVIATION"
    PHYSICIAN_DECISION = "PHYSICIAN_DECISION"
    PREGNANCY = "PREGNANCY"
    DEATH = "DEATH"
    SPONSOR_DECISION = "SPONSOR_DECISION"
    OTHER = "OTHER"


R = DiscontinuationReason

REASON_LABELS: Mapping[DiscontinuationReason, str] = MappingProxyType(
    {
        R.ADVERSE_EVENT: "Adverse event",
        R.LACK_OF_EFFICACY: "Lack of efficacy",
        R.WITHDREW_CONSENT: "Withdrew consent",
        R.LOST_TO_FOLLOW_UP: "Lost to follow-up",
        R.PROTOCOL_DEVIATION: "Protocol deviation",
        R.PHYSICIAN_DECISION: "Physician's decision",
        R.PREGNANCY: "Pregnancy",
        R.DEATH: "Death",
        R.SPONSOR_DECISION: "Sponsor's decision",
        R.OTHER: "Other",
    }
)


def ends_consent(reason: DiscontinuationReason) -> bool:
    """Say whether leaving for this reason also withdraws the consent to further data."""
    return reason is R.WITHDREW_CONSENT


def needs_words(reason: DiscontinuationReason) -> bool:
    """Say whether the code alone does not tell what happened."""
    return reason is R.OTHER
