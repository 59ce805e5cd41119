"""Acts: who did what, when, and why.

Row history is kept by database triggers; this table keeps what a row change does not say: signed, viewed,
exported, refused, unblinded. It points at nothing by foreign key, so it never stands in the way of live data.
"""

from uuid import uuid4

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q

from apps.audit.domain.verification import UNDER_WAY, VerificationState
from apps.core.choices import choices_of, codes_of


class AuditEvent(models.Model):
    """One act. Append-only: the application may add rows and nothing else. `id` gives the order of recording."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=80)
    actor_id = models.UUIDField()
    actor_label = models.CharField(max_length=200)
    actor_roles = models.CharField(max_length=200, blank=True, default="")
    study_code = models.CharField(max_length=40, blank=True, default="")
    site_code = models.CharField(max_length=40, blank=True, default="")
    participant_number = models.CharField(max_length=40, blank=True, default="")
    subject_type = models.CharField(max_length=60, blank=True, default="")
    subject_id = models.CharField(max_length=60, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    detail = models.JSONField(default=dict)
    # The database fills these in, for every writer alike: CHAINED.
    chain = models.CharField(
        max_length=100, default="", editable=False, help_text="Study, site and lane: one act after another"
    )
    place = models.BigIntegerField(default=0, editable=False, help_text="From 1, without a gap")
    link = models.BinaryField(
        default=b"", help_text="SHA-256 of the link before and of the whole of this row"
    )

    CHAINED = frozenset({"chain", "place", "link"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "place"], name="audit_event_one_at_a_place"),
        ]
        indexes = [
            models.Index(fields=["study_code", "-id"], name="audit_event_study"),
            models.Index(fields=["subject_id", "id"], name="audit_event_subject"),
            models.Index(fields=["participant_number", "id"], name="audit_event_participant"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind} by {self.actor_label}"


class AuditAnchor(models.Model):
    """How far every chain had come at a moment, under a seal whose key is outside of the database.

    Whoever rules the database could write a chain anew from any place; with anchors only from behind the last one.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    heads = models.JSONField(help_text="Chain to its last place and the link there")
    previous = models.CharField(max_length=64, blank=True, default="", help_text="Seal of the anchor before")
    seal = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["previous"], name="audit_anchor_one_after_another"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"Anchor of {self.at:%Y-%m-%d %H:%M:%S}"


@pghistory.track()
class AuditVerification(models.Model):
    """One walk over the chains of a study that somebody asked for, and what it found. Who asked stands as in an act."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    study_code = models.CharField(max_length=40)
    state = models.CharField(
        max_length=8, choices=choices_of(VerificationState), default=VerificationState.WAITING.value
    )
    requested_at = models.DateTimeField()
    requested_by = models.UUIDField()
    requested_by_label = models.CharField(max_length=200)
    begun_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    is_whole = models.BooleanField(null=True, blank=True, help_text="Every act is as it was recorded")
    acts = models.PositiveBigIntegerField(null=True, blank=True)
    chains = models.PositiveIntegerField(null=True, blank=True)
    anchors = models.PositiveIntegerField(null=True, blank=True)
    copies = models.PositiveIntegerField(null=True, blank=True, help_text="Of anchors, kept outside")
    fault = models.TextField(blank=True, default="", help_text="The first thing that is not as it was")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=codes_of(VerificationState)),
                name="audit_verification_state_is_known",
            ),
            models.UniqueConstraint(
                fields=["study_code"],
                condition=Q(state__in=UNDER_WAY),
                name="audit_verification_one_under_way",
            ),
            models.CheckConstraint(
                condition=Q(state=VerificationState.DONE.value, is_whole__isnull=False)
                | (~Q(state=VerificationState.DONE.value) & Q(is_whole__isnull=True)),
                name="audit_verification_found_exactly_when_done",
            ),
            models.CheckConstraint(
                condition=~Q(is_whole=False) | ~Q(fault=""), name="audit_verification_broken_says_where"
            ),
        ]
        indexes = [models.Index(fields=["study_code", "-requested_at"], name="audit_verification_study")]

    def __str__(self) -> str:
        return f"Verification of {self.study_code}, {self.requested_at:%Y-%m-%d %H:%M:%S}"
