"""Reminders: rows that are due. The database is the queue; Celery is only the clock."""

import pghistory
from django.db import models
from django.db.models import Q

from apps.core.models import Recorded


@pghistory.track()
class Reminder(Recorded):
    """One message to one person. `key` says what it is about, so the same thing is never told twice."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(
        "studies.Site", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    participant = models.ForeignKey(
        "participants.Participant", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    code = models.CharField(max_length=40)
    key = models.CharField(max_length=200, unique=True)
    recipient = models.ForeignKey(
        "accounts.User",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reminders",
        help_text="Empty for a message to the participant, whose address is read only when it is sent",
    )
    subject = models.CharField(max_length=200)
    body = models.TextField()
    due_at = models.DateTimeField()
    state = models.CharField(
        max_length=10,
        choices=[
            ("DUE", "Due"),
            ("SENDING", "Being sent"),
            ("SENT", "Sent"),
            ("FAILED", "Failed"),
            ("DROPPED", "No longer needed"),
        ],
        default="DUE",
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["DUE", "SENDING", "SENT", "FAILED", "DROPPED"]),
                name="reminders_reminder_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False) | Q(participant__isnull=False),
                name="reminders_reminder_is_for_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="SENT", sent_at__isnull=False)
                | (~Q(state="SENT") & Q(sent_at__isnull=True)),
                name="reminders_reminder_sent_exactly_when_sent",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="reminders_due", condition=Q(state="DUE"))]

    def __str__(self) -> str:
        return self.key
