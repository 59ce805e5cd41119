"""Pages of telling: the banner on every page, what was told, reminders, webhooks."""

from apps.reminders.views.reminders import reminder_list, reminder_retry
from apps.reminders.views.tellings import alert_note, alerts, telling_list
from apps.reminders.views.webhooks import (
    webhook_detail,
    webhook_end,
    webhook_list,
    webhook_secret,
    webhook_test,
)

__all__ = [
    "alert_note",
    "alerts",
    "reminder_list",
    "reminder_retry",
    "telling_list",
    "webhook_detail",
    "webhook_end",
    "webhook_list",
    "webhook_secret",
    "webhook_test",
]
