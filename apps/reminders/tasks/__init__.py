"""The ticks: collect what is due, send it, settle what got stuck. Losing a tick loses nothing."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from apps.accounts.selectors import system_user
from apps.reminders import selectors, services
from apps.reminders.services import Call, Letter
from apps.reminders.tasks.calling import webhook_post

#: So many webhooks are called at one tick, and so many of them at once: a slow one holds up no other.
CALLS, AT_ONCE = 64, 16


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


@shared_task(name="apps.reminders.tasks.findings_tell")
def findings_tell() -> int:
    """Collect the tellings of findings and send those that go by mail; return how many mails were handed over."""
    by = system_user()
    services.tellings_reclaim(by=by, at=timezone.now())
    services.tellings_collect(by=by, at=timezone.now())
    told = 0
    for row in selectors.tellings_due(channels=["EMAIL"], now=timezone.now())[:200]:
        letter = services.telling_claim(telling_id=row.pk, by=by, at=timezone.now())
        if not isinstance(letter, Letter):
            continue
        problem = ""
        try:
            mail_deliver(letter.address, letter.subject, letter.body, letter.key)
        except OSError as fault:  # smtplib's and the file backend's errors are OSErrors
            problem = f"The mail system did not take it: {type(fault).__name__}"
        services.telling_settle(telling_id=row.pk, problem=problem, by=by, at=timezone.now())
        told += not problem
    return told


@shared_task(name="apps.reminders.tasks.webhooks_call")
def webhooks_call() -> int:
    """Call the webhooks that are due, several at once; return how many answered that they took it."""
    by = system_user()
    claimed: dict[object, Call] = {}
    for row in selectors.tellings_due(channels=["WEBHOOK"], now=timezone.now())[:CALLS]:
        call = services.telling_claim(telling_id=row.pk, by=by, at=timezone.now())
        if isinstance(call, Call):
            claimed[row.pk] = call
    if not claimed:
        return 0
    told = 0
    stamp = int(timezone.now().timestamp())
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        calls = {
            telling_id: pool.submit(
                webhook_post,
                call,
                timestamp=stamp,
                local_allowed=settings.WEBHOOK_LOCAL_ALLOWED,
                private_hosts=settings.WEBHOOK_PRIVATE_HOSTS,
            )
            for telling_id, call in claimed.items()
        }
        for telling_id, answer in calls.items():
            problem = answer.result()
            services.telling_settle(telling_id=telling_id, problem=problem, by=by, at=timezone.now())
            told += not problem
    return told
