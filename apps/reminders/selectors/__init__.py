"""What is there to tell, to whom, and what was told."""

from apps.reminders.selectors.alerts import Alert, alerts_for, alerts_version
from apps.reminders.selectors.people import Holder, holders
from apps.reminders.selectors.reminders import reminder_get, reminders_due, reminders_of
from apps.reminders.selectors.tellings import (
    Promptness,
    Standing,
    findings_to_tell,
    promptness,
    standing_of,
    tellings_abandoned,
    tellings_due,
    tellings_of,
)
from apps.reminders.selectors.webhooks import deliveries_of, webhook_get, webhooks_for, webhooks_of

__all__ = [
    "Alert",
    "Holder",
    "Promptness",
    "Standing",
    "alerts_for",
    "alerts_version",
    "deliveries_of",
    "findings_to_tell",
    "holders",
    "promptness",
    "reminder_get",
    "reminders_due",
    "reminders_of",
    "standing_of",
    "tellings_abandoned",
    "tellings_due",
    "tellings_of",
    "webhook_get",
    "webhooks_for",
    "webhooks_of",
]
