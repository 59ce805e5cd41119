"""Which visits are due for a participant, and when."""

import pghistory
from django.db import models
from django.db.models import F, Q

from apps.core.models import Recorded


@pghistory.track()
class Visit(Recorded):
    """One visit of one participant with its window, half-open, in UTC. Whether it is late is computed, not stored."""

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, related_name="visits"
    )
    code = models.CharField(max_length=20)
    label = models.CharField(max_length=80)
    day = models.IntegerField(help_text="Study day; day 1 is the day of the first dose, there is no day 0")
    is_dose = models.BooleanField(default=False)
    opens_at = models.DateTimeField()
    target_date = models.DateField()
    closes_at = models.DateTimeField()
    planned_at = models.DateTimeField(null=True, blank=True)
    chair = models.PositiveSmallIntegerField(null=True, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    held_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    missed_at = models.DateTimeField(null=True, blank=True)
    missed_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    missed_reason = models.CharField(max_length=200, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "code"], name="schedule_visit_code_once_per_participant"
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="schedule_visit_closes_after_it_opens"
            ),
            models.CheckConstraint(condition=~Q(day=0), name="schedule_visit_there_is_no_day_zero"),
            models.CheckConstraint(
                condition=Q(held_at__isnull=True) | Q(missed_at__isnull=True),
                name="schedule_visit_not_both_held_and_missed",
            ),
            models.CheckConstraint(
                condition=Q(held_at__isnull=True, held_by__isnull=True)
                | Q(held_at__isnull=False, held_by__isnull=False),
                name="schedule_visit_held_at_and_by_together",
            ),
            models.CheckConstraint(
                condition=Q(missed_at__isnull=True, missed_by__isnull=True)
                | (Q(missed_at__isnull=False, missed_by__isnull=False) & ~Q(missed_reason="")),
                name="schedule_visit_missed_at_by_and_reason_together",
            ),
        ]
        indexes = [
            models.Index(
                fields=["closes_at"],
                name="schedule_visit_open",
                condition=Q(held_at__isnull=True, missed_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.participant_id}"
