"""The clock of the two hours: slots without a reading and participants without a watcher become findings."""

from celery import shared_task
from django.utils import timezone

from apps.accounts.selectors import system_user
from apps.monitoring import services


@shared_task(name="apps.monitoring.tasks.overdue_findings_raise")
def overdue_findings_raise() -> None:
    """Raise a finding for every overdue slot. Run as often as one likes: each is raised once."""
    services.overdue_findings_raise(by=system_user(), at=timezone.now())


@shared_task(name="apps.monitoring.tasks.unwatched_findings_raise")
def unwatched_findings_raise() -> None:
    """End the watch of who may watch no more, then raise a finding for every gap that lasts too long."""
    now = timezone.now()
    services.watches_lapse(by=system_user(), at=now)
    services.unwatched_findings_raise(by=system_user(), at=now)
