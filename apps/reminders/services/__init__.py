"""Reminders and tellings: collected from what the trial says is due, sent, and what became of them."""

from apps.reminders.services.collecting import reminders_collect
from apps.reminders.services.outlook import outlook_collect
from apps.reminders.services.sending import Deliver, reminder_retry, reminder_send, reminders_settle
from apps.reminders.services.telling import (
    Call,
    Letter,
    telling_claim,
    telling_settle,
    tellings_collect,
    tellings_reclaim,
    tellings_show,
)
from apps.reminders.services.webhooks import (
    webhook_add,
    webhook_end,
    webhook_secret_renew,
    webhook_test,
)

__all__ = [
    "Call",
    "Deliver",
    "Letter",
    "outlook_collect",
    "reminder_retry",
    "reminder_send",
    "reminders_collect",
    "reminders_settle",
    "telling_claim",
    "telling_settle",
    "tellings_collect",
    "tellings_reclaim",
    "tellings_show",
    "webhook_add",
    "webhook_end",
    "webhook_secret_renew",
    "webhook_test",
]
