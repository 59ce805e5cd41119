"""What is there to tell, and what was told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.reminders.models import Reminder
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Study


def reminders_due(*, now: datetime) -> QuerySet[Reminder]:
    """Return what is due and not yet taken up by anybody, oldest first; of one moment, in an order that is chance."""
    return Reminder.objects.filter(state="DUE", due_at__lte=now).order_by("due_at", "id")


def reminders_of(*, viewer: User, now: datetime, study: Study | None = None) -> QuerySet[Reminder]:
    """Return the reminders of the sites whose reminders the viewer may read, latest first."""
    sites = access.sites_where(user=viewer, permission=Permission.REMINDER_READ, now=now)
    found = Reminder.objects.filter(Q(site__in=sites) | Q(recipient=viewer))
    if study is not None:
        found = found.filter(study=study)
    return found.select_related("participant", "site", "recipient").order_by("-due_at", "id")


def reminder_get(*, viewer: User, reminder_id: UUID, now: datetime) -> Reminder:
    """
    Return one reminder the viewer may read.

    :raises NotFound: if there is none
    """
    found = reminders_of(viewer=viewer, now=now).filter(pk=reminder_id).first()
    if found is None:
        raise NotFound("There is no such reminder.")
    return found
