"""Reading acts. Who may read what is decided by whoever shows them: this app knows no roles."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.audit.models import AuditEvent


def events_of_study(*, study_code: str) -> QuerySet[AuditEvent]:
    """Return the acts of one study, latest first."""
    return AuditEvent.objects.filter(study_code=study_code).order_by("-id")


def failures_recent(*, kind: str, actor_id: UUID, since: datetime) -> int:
    """Return how often a person failed at something since a moment."""
    return AuditEvent.objects.filter(kind=kind, actor_id=actor_id, at__gte=since).count()
