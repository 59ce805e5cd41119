"""Anchors by the clock."""

from celery import shared_task
from django.utils import timezone

from apps.audit import services


@shared_task
def anchor_set() -> None:
    """Seal how far the chains of acts have come."""
    services.anchor_set(at=timezone.now())
