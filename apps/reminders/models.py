"""Reminders and tellings: rows that are due. The database is the queue; Celery is only the clock."""

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


@pghistory.track()
class Webhook(Recorded):
    """An address of another system that is told that there is a finding, and where. Ended, never deleted.

    Its secret is computed from the installation's key and `salt`, and kept nowhere.
    """

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(
        "studies.Site",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: every site of the study",
    )
    url = models.CharField(max_length=500)
    salt = models.CharField(max_length=64)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(url__startswith="https://") | Q(url__startswith="http://"),
                name="reminders_webhook_url_has_a_scheme",
            ),
            models.CheckConstraint(condition=~Q(salt=""), name="reminders_webhook_has_a_salt"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="reminders_webhook_ended_at_and_by_together",
            ),
        ]

    def __str__(self) -> str:
        return self.url


@pghistory.track()
class Telling(Recorded):
    """One finding told to one person, or to one webhook, by one way, once: when due, when told, and what went wrong.

    Without a finding it is the test of a webhook. Without anybody to tell it has failed from the start, and says so.
    """

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(
        "studies.Site", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    finding = models.ForeignKey(
        "monitoring.Finding", null=True, blank=True, on_delete=models.PROTECT, related_name="tellings"
    )
    number = models.PositiveSmallIntegerField(default=0, help_text="0 is the first telling")
    channel = models.CharField(
        max_length=8, choices=[("PAGE", "Page"), ("EMAIL", "E-mail"), ("WEBHOOK", "Webhook")]
    )
    recipient = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="tellings"
    )
    webhook = models.ForeignKey(
        Webhook, null=True, blank=True, on_delete=models.PROTECT, related_name="tellings"
    )
    role = models.CharField(max_length=24, blank=True, default="", help_text="The role somebody is told as")
    key = models.CharField(max_length=160, unique=True)
    due_at = models.DateTimeField(help_text="From when on it is owed; never moved")
    try_at = models.DateTimeField(help_text="When it is tried next")
    state = models.CharField(
        max_length=10,
        choices=[
            ("DUE", "Due"),
            ("SENDING", "Being told"),
            ("TOLD", "Told"),
            ("FAILED", "Failed"),
            ("DROPPED", "No longer needed"),
        ],
        default="DUE",
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["DUE", "SENDING", "TOLD", "FAILED", "DROPPED"]),
                name="reminders_telling_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="TOLD", told_at__isnull=False)
                | (~Q(state="TOLD") & Q(told_at__isnull=True)),
                name="reminders_telling_told_exactly_when_told",
            ),
            models.CheckConstraint(
                condition=Q(channel="WEBHOOK", webhook__isnull=False, recipient__isnull=True)
                | (
                    Q(channel__in=["PAGE", "EMAIL"], webhook__isnull=True)
                    & (Q(recipient__isnull=False) | Q(state="FAILED"))
                ),
                name="reminders_telling_is_for_somebody_or_failed",
            ),
            models.CheckConstraint(
                condition=Q(finding__isnull=False) | Q(channel="WEBHOOK"),
                name="reminders_telling_is_of_a_finding_or_a_test",
            ),
            models.CheckConstraint(
                condition=~Q(state="SENDING") | Q(claimed_at__isnull=False),
                name="reminders_telling_claimed_while_sending",
            ),
        ]
        indexes = [
            models.Index(fields=["try_at"], name="reminders_telling_due", condition=Q(state="DUE")),
            models.Index(fields=["site", "-due_at"], name="reminders_telling_site"),
        ]

    def __str__(self) -> str:
        return self.key
