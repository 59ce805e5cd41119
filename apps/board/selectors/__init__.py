"""What the screens gather from many apps. Nothing here reads an arm, and nothing could: it is in another schema."""

from apps.board.selectors.audit import (
    ChainOfActs,
    audit_anchors,
    audit_events,
    audit_verifications,
    chain_of_acts,
)
from apps.board.selectors.coordinator import Today, today_at
from apps.board.selectors.sponsor import Enrolment, enrolment_of

__all__ = [
    "ChainOfActs",
    "Enrolment",
    "Today",
    "audit_anchors",
    "audit_events",
    "audit_verifications",
    "chain_of_acts",
    "enrolment_of",
    "today_at",
]
