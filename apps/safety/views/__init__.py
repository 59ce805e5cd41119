"""Pages of adverse events and medication, and of the envelope that a suspected reaction opens."""

from apps.safety.views.events import edit, event_list, medication, medication_stop, new, resolve
from apps.safety.views.reactions import unblind

__all__ = ["edit", "event_list", "medication", "medication_stop", "new", "resolve", "unblind"]
