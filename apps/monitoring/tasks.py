"""The clock of the two hours: slots that passed without a reading become findings."""

from celery import shared_task
from django.utils import timezone

from apps.accounts.selectors import system_user
from apps.monitoring import services


@shared_task(name="apps.monitoring.tasks.overdue_findings_raise")
def overdue_findings_raise() -> None:
    """Raise a finding for every overdue slot. Run as often as one likes: each is raised once."""
    services.overdue_findings_raise(by=system_user(), at=timezone.now())
