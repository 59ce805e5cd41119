"""Adverse events."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from apps.core.models import Recorded


@pghistory.track()
class AdverseEvent(Recorded):
    """Any untoward occurrence. Severity, seriousness and causality are three different questions."""

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, related_name="adverse_events"
    )
    session = models.ForeignKey(
        "dosing.DosingSession", null=True, blank=True, on_delete=models.PROTECT, related_name="adverse_events"
    )
    term = models.CharField(max_length=200, help_text="As reported; no dictionary ships with the product")
    severity = models.CharField(max_length=20)
    causality = models.CharField(max_length=20)
    is_serious = models.BooleanField(default=False)
    seriousness = models.JSONField(default=list)
    onset_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=30, default="NOT_RESOLVED")
    action_taken = models.CharField(max_length=40, blank=True, default="")
    site_aware_at = models.DateTimeField()
    changed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When what is said here was last changed; empty is never, since it was recorded",
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(term=""), name="safety_adverseevent_has_a_term"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True) | Q(resolved_at__gte=F("onset_at")),
                name="safety_adverseevent_resolves_after_onset",
            ),
            models.CheckConstraint(
                condition=Q(is_serious=False) | ~Q(seriousness=[]),
                name="safety_adverseevent_serious_names_its_criterion",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]
        indexes = [models.Index(fields=["participant", "onset_at"], name="safety_ae_participant")]

    def __str__(self) -> str:
        return f"{self.term} of {self.participant_id}"


@pghistory.track()
class Medication(Recorded):
    """A medicine a participant takes beside the nasal spray: the study's oral antidepressant, or any other."""

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, related_name="medications"
    )
    kind = models.CharField(
        max_length=12, choices=[("STUDY_ORAL", "Study antidepressant"), ("CONCOMITANT", "Concomitant")]
    )
    name = models.CharField(max_length=100)
    dose_text = models.CharField(max_length=60, blank=True, default="")
    indication = models.CharField(max_length=200, blank=True, default="")
    concomitant_rule = models.CharField(
        max_length=40,
        blank=True,
        default="",
        help_text="The protocol's rule for other medicines it falls under",
    )
    started_on = models.DateField()
    stopped_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["STUDY_ORAL", "CONCOMITANT"]), name="safety_medication_kind_is_known"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="safety_medication_has_a_name"),
            models.CheckConstraint(
                condition=Q(kind="CONCOMITANT") | Q(concomitant_rule=""),
                name="safety_medication_rule_is_of_other_medicines",
            ),
            models.CheckConstraint(
                condition=Q(stopped_on__isnull=True) | Q(stopped_on__gte=F("started_on")),
                name="safety_medication_stops_after_it_starts",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]
        indexes = [models.Index(fields=["participant", "kind"], name="safety_medication_kind")]

    def __str__(self) -> str:
        return f"{self.name} of {self.participant_id}"
