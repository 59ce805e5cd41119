"""The one way to leave a trace of an act, the anchors over the chains of acts, and verifying both."""

from apps.audit.services.anchors import anchor_set
from apps.audit.services.recording import Actor, event_of, event_record
from apps.audit.services.verifying import (
    verification_claim,
    verification_fail,
    verification_make,
    verification_request,
)

__all__ = [
    "Actor",
    "anchor_set",
    "event_of",
    "event_record",
    "verification_claim",
    "verification_fail",
    "verification_make",
    "verification_request",
]
