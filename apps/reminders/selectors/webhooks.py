"""Webhooks of a study, as its administrator sees them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.reminders.models import Telling, Webhook
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Study


def webhooks_of(*, viewer: User, now: datetime, study: Study | None = None) -> QuerySet[Webhook]:
    """Return the webhooks of the studies whose webhooks the viewer manages, those in use first."""
    studies = access.studies_where(user=viewer, permission=Permission.WEBHOOK_MANAGE, now=now)
    found = Webhook.objects.filter(study__in=studies)
    if study is not None:
        found = found.filter(study=study)
    return (
        found.select_related("study", "site", "ended_by", "recorded_by")
        .annotate(
            told=Count("tellings", filter=Q(tellings__state="TOLD")),
            failed=Count("tellings", filter=Q(tellings__state="FAILED")),
            told_last=Max("tellings__told_at"),
        )
        .order_by(F("ended_at").desc(nulls_first=True), "recorded_at", "id")
    )


def webhook_get(*, viewer: User, webhook_id: UUID, now: datetime) -> Webhook:
    """
    Return one webhook of a study whose webhooks the viewer manages.

    :raises NotFound: if there is none
    """
    found = webhooks_of(viewer=viewer, now=now).filter(pk=webhook_id).first()
    if found is None:
        raise NotFound("There is no such webhook.")
    return found


def webhooks_for(*, study_id: UUID, site_id: UUID) -> list[Webhook]:
    """Return the webhooks in use for a site: its own and the study's."""
    return list(
        Webhook.objects.filter(Q(site_id=site_id) | Q(site__isnull=True), study_id=study_id, ended_at=None)
    )


def deliveries_of(*, webhook: Webhook) -> QuerySet[Telling]:
    """Return what was sent to a webhook, latest first: when and how it went, not what about."""
    return Telling.objects.filter(webhook=webhook).select_related("site").order_by("-due_at", "id")
