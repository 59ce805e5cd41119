"""What became of the monitoring data sheet of a session."""

import pgtrigger
from django.db import models
from django.db.models import Q

from apps.core.models import Recorded


class SheetSending(Recorded):
    """That the sheet of a session was sent, or that an earlier such line was wrong. Append-only; the latest counts."""

    session = models.ForeignKey(
        "dosing.DosingSession", on_delete=models.PROTECT, related_name="sheet_sendings"
    )
    ordinal = models.PositiveSmallIntegerField(help_text="Which line of the session, from 1")
    sent_on = models.DateField(null=True, blank=True, help_text="Empty: it was not sent after all")
    reference = models.CharField(max_length=100, blank=True, default="", help_text="What the receiver gave")
    reason = models.CharField(
        max_length=300, blank=True, default="", help_text="Why an earlier line was wrong"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "ordinal"], name="papers_sheetsending_lines_in_order"),
            models.CheckConstraint(
                condition=Q(sent_on__isnull=False) | ~Q(reason=""),
                name="papers_sheetsending_taken_back_with_a_reason",
            ),
            models.CheckConstraint(condition=Q(ordinal__gte=1), name="papers_sheetsending_counts_from_one"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Sheet of {self.session_id}: {self.sent_on or 'not sent'}"
