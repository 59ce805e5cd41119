"""Screening: the answers, and the verdict with every reason."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q

from apps.core.models import Recorded


@pghistory.track()
class Screening(Recorded):
    """One attempt to find out whether a participant may take part. A re-screening is another row."""

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, related_name="screenings"
    )
    protocol_version = models.ForeignKey(
        "studies.ProtocolVersion", on_delete=models.PROTECT, related_name="+"
    )
    attempt = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(
        max_length=10,
        choices=[("OPEN", "In progress"), ("ELIGIBLE", "Eligible"), ("FAILED", "Screen failed")],
        default="OPEN",
    )
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    fail_reasons = models.JSONField(default=list, help_text="Codes of the criteria that were not met")
    note = models.TextField(blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "attempt"], name="screening_screening_attempt_once"
            ),
            models.UniqueConstraint(
                fields=["participant"],
                condition=Q(state="OPEN"),
                name="screening_screening_one_open_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["OPEN", "ELIGIBLE", "FAILED"]),
                name="screening_screening_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="OPEN", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(state="OPEN") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="screening_screening_decided_means_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"Screening {self.attempt} of {self.participant_id}"


class Answer(Recorded):
    """One fact measured, or one criterion judged. Append-only; the latest row of a key counts."""

    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="answers")
    kind = models.CharField(max_length=10, choices=[("FACT", "Fact"), ("CRITERION", "Criterion")])
    key = models.CharField(max_length=60)
    value = models.JSONField(null=True)
    evidence = models.TextField(blank=True, default="")
    observed_at = models.DateTimeField()
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    change_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["screening", "kind", "key"],
                condition=Q(supersedes__isnull=True),
                name="screening_answer_first_entry_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["FACT", "CRITERION"]), name="screening_answer_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True) | ~Q(change_reason=""),
                name="screening_answer_change_has_a_reason",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"
