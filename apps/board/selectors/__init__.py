"""What the screens gather from many apps. Nothing here reads an arm, and nothing could: it is in another schema."""

from apps.board.selectors.audit import audit_events
from apps.board.selectors.coordinator import Today, today_at
from apps.board.selectors.sponsor import Enrolment, enrolment_of

__all__ = ["Enrolment", "Today", "audit_events", "enrolment_of", "today_at"]
