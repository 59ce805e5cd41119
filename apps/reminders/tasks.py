"""The tick: collect what is due, send it, settle what got stuck. Losing a tick loses nothing."""

from __future__ import annotations

import hashlib

from celery import shared_task
from django.core.mail import EmailMessage
from django.utils import timezone

from apps.accounts.selectors import system_user
from apps.reminders import selectors, services


def mail_deliver(address: str, subject: str, body: str, key: str) -> None:
    """Hand one message to the mail system, marked so that a repeat would be recognized."""
    mark = hashlib.sha256(key.encode()).hexdigest()[:32]
    line = " ".join(subject.split())[:150]
    EmailMessage(
        subject=f"[Vigil] {line}", body=body, to=[address], headers={"Message-ID": f"<{mark}@vigil>"}
    ).send()


@shared_task(name="apps.reminders.tasks.outlook_tell")
def outlook_tell() -> int:
    """Write what is to be told of kits, lists and limits that may run out; return how many rows are new."""
    return services.outlook_collect(by=system_user(), at=timezone.now())


@shared_task(name="apps.reminders.tasks.reminders_send_due")
def reminders_send_due() -> int:
    """Tell everything that is due; return how many messages went out."""
    by = system_user()
    services.reminders_collect(by=by, at=timezone.now())
    services.reminders_settle(by=by, at=timezone.now())
    sent = 0
    for reminder in selectors.reminders_due(now=timezone.now())[:200]:
        sent += services.reminder_send(
            reminder_id=reminder.pk, deliver=mail_deliver, by=by, at=timezone.now()
        )
    return sent
