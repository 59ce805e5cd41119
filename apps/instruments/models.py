"""Completed ratings and interview slots. A rater sees a slot, an alias and the form: nothing else."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from apps.core.models import Recorded


@pghistory.track()
class RatingSlot(Recorded):
    """An interview to be held by a blinded rater. The visit is known to the site, never shown to the rater."""

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, related_name="rating_slots"
    )
    instrument = models.CharField(max_length=20)
    visit_code = models.CharField(max_length=20)
    recall = models.CharField(max_length=10, blank=True, default="")
    alias = models.CharField(max_length=20, unique=True)
    rater = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="rating_slots"
    )
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "instrument", "visit_code"],
                name="instruments_ratingslot_once_per_visit",
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="instruments_ratingslot_closes_after_it_opens"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.alias}"


class Rating(Recorded):
    """One completed scale. Append-only: a correction is a new row that names the one it replaces, and why."""

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, related_name="ratings"
    )
    slot = models.ForeignKey(
        RatingSlot, null=True, blank=True, on_delete=models.PROTECT, related_name="ratings"
    )
    instrument = models.CharField(max_length=20)
    visit_code = models.CharField(max_length=20)
    recall = models.CharField(max_length=10, blank=True, default="")
    items = models.JSONField(help_text="Item code to number; a missing item is null")
    total = models.IntegerField(null=True, blank=True)
    not_done_reason = models.CharField(max_length=200, blank=True, default="")
    observed_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    change_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            # One first entry for each scale of a visit; what follows are corrections of it.
            models.UniqueConstraint(
                fields=["participant", "instrument", "visit_code"],
                condition=Q(supersedes__isnull=True),
                name="instruments_rating_first_entry_once_per_visit",
            ),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True) | ~Q(change_reason=""),
                name="instruments_rating_correction_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(total__isnull=True) | Q(total__gte=0),
                name="instruments_rating_total_is_not_negative",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        indexes = [
            models.Index(
                fields=["participant", "instrument", "observed_at"], name="instruments_rating_series"
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument} at {self.visit_code}"
