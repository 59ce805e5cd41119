"""Safety: adverse events and medication, recorded, corrected with a reason, ended."""

from apps.safety.services.adverse_events import (
    adverse_event_record,
    adverse_event_resolve,
    adverse_event_update,
)
from apps.safety.services.medication import medication_record, medication_stop
from apps.safety.services.reactions import reaction_unblind

__all__ = [
    "adverse_event_record",
    "adverse_event_resolve",
    "adverse_event_update",
    "medication_record",
    "medication_stop",
    "reaction_unblind",
]
