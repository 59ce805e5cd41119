"""Reminders: collected from what the trial says is due, sent once, and what became of them."""

from apps.reminders.services.collecting import reminders_collect
from apps.reminders.services.outlook import outlook_collect
from apps.reminders.services.sending import Deliver, reminder_retry, reminder_send, reminders_settle

__all__ = [
    "Deliver",
    "outlook_collect",
    "reminder_retry",
    "reminder_send",
    "reminders_collect",
    "reminders_settle",
]
