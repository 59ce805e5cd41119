"""Sending one reminder: claimed first, sent, then marked. Two senders never send the same one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Reason
from apps.participants.models import Identity
from apps.reminders.models import Reminder
from apps.reminders.selectors import reminder_get

#: Hands a message to the mail system: (address, subject, body, key). Raises OSError if it was not taken.
Deliver = Callable[[str, str, str, str], None]

ATTEMPTS_ALLOWED = 5
#: A sender that died in the middle leaves it open whether the message went out; a person decides then.
CLAIM_SPAN = timedelta(minutes=10)


def _address(reminder: Reminder) -> str:
    if reminder.recipient is not None:
        return reminder.recipient.email if reminder.recipient.is_active else ""
    # The one moment at which a participant's address is read; it is not kept in the reminder.
    return (
        Identity.objects.filter(participant=reminder.participant_id).values_list("email", flat=True).first()
        or ""
    )


def _record(kind: str, reminder: Reminder, *, by: User, at: datetime, **detail: object) -> None:
    event_record(
        kind=kind,
        by=by,
        at=at,
        subject=reminder,
        study=reminder.study.code,
        site=reminder.site.code if reminder.site else "",
        participant=reminder.participant.number if reminder.participant else "",
        detail={"code": reminder.code, **detail},
    )


def reminder_send(*, reminder_id: UUID, deliver: Deliver, by: User, at: datetime) -> bool:
    """
    Send one reminder that is due; return whether this call sent it.

    The claim is committed before the message goes out, so a second sender finds nothing to do. A message the mail
    system did not take is due again, up to five times.
    """
    claimed = Reminder.objects.filter(pk=reminder_id, state="DUE").update(state="SENDING", claimed_at=at)
    if claimed != 1:
        return False
    reminder = Reminder.objects.select_related("recipient", "participant", "site", "study").get(
        pk=reminder_id
    )
    address = _address(reminder)
    problem = ""
    if not address:
        problem = "No address to send to."
    else:
        try:
            deliver(address, reminder.subject, reminder.body, reminder.key)
        except OSError as fault:  # smtplib's and the file backend's errors are OSErrors
            problem = f"The mail system did not take it: {type(fault).__name__}"
    with transaction.atomic():
        reminder.attempts += 1
        if not problem:
            reminder.state, reminder.sent_at, reminder.problem = "SENT", at, ""
        else:
            final = not address or reminder.attempts >= ATTEMPTS_ALLOWED
            reminder.state, reminder.problem = ("FAILED" if final else "DUE"), problem
            if not final:
                reminder.due_at = at + timedelta(minutes=2**reminder.attempts)
        reminder.save(update_fields=["state", "sent_at", "problem", "attempts", "due_at"])
        _record(
            "reminder.sent" if not problem else "reminder.not_sent", reminder, by=by, at=at, problem=problem
        )
    return not problem


@transaction.atomic
def reminders_settle(*, by: User, at: datetime) -> int:
    """Give up on messages whose sender died in the middle: nobody knows whether they went out, so a person decides."""
    stuck = Reminder.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state="SENDING", claimed_at__lt=at - CLAIM_SPAN
    )
    settled = 0
    for reminder in stuck.select_related("study", "site", "participant"):
        reminder.state, reminder.problem = (
            "FAILED",
            "The sender stopped in the middle; it may or may not have gone out.",
        )
        reminder.save(update_fields=["state", "problem"])
        _record("reminder.not_sent", reminder, by=by, at=at, problem=reminder.problem)
        settled += 1
    return settled


@transaction.atomic
def reminder_retry(*, reminder_id: UUID, by: User, at: datetime) -> Reminder:
    """
    Make a failed reminder due again.

    :raises NotFound: if the person may not read it
    :raises Conflict: if it has not failed
    """
    reminder_get(viewer=by, reminder_id=reminder_id, now=at)
    reminder = (
        Reminder.objects.select_for_update(of=("self",))
        .select_related("study", "site", "participant")
        .get(pk=reminder_id)
    )
    if reminder.state != "FAILED":
        raise Conflict(Reason("not_failed", "Only a reminder that failed can be sent again."))
    reminder.state, reminder.due_at, reminder.attempts, reminder.problem = "DUE", at, 0, ""
    reminder.save(update_fields=["state", "due_at", "attempts", "problem"])
    _record("reminder.retried", reminder, by=by, at=at)
    return reminder
