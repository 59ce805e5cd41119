"""That envelopes were opened: asked for, read, assessed, rehearsed. What was in them is not here and never will be."""

import pgtrigger
from django.db import models
from django.db.models import Q

from apps.core.choices import choices_of, codes_of
from apps.core.models import Recorded
from apps.unblinding.domain.assessment import Treatment
from apps.unblinding.domain.modes import Category, Mode


def _append_only() -> list[pgtrigger.Protect]:
    return [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


class Drill(Recorded):
    """A rehearsed code break for somebody who does not exist. It starts when it is recorded. Append-only."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("studies.Site", on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "subject"], name="unblinding_drill_subject_once"),
        ]
        triggers = _append_only()

    def __str__(self) -> str:
        return self.subject


class Opening(Recorded):
    """An envelope asked for: by `recorded_by`, at `recorded_at`, to be read by `reader` alone. Append-only.

    Its id is the request's in the sealed schema; an envelope asked for past the application has no row here and is
    told to everybody as such.
    """

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("studies.Site", on_delete=models.PROTECT, related_name="+")
    participant = models.ForeignKey(
        "participants.Participant", null=True, blank=True, on_delete=models.PROTECT, related_name="openings"
    )
    drill = models.OneToOneField(
        Drill, null=True, blank=True, on_delete=models.PROTECT, related_name="opening"
    )
    mode = models.CharField(max_length=12, choices=choices_of(Mode))
    category = models.CharField(max_length=24, blank=True, default="", choices=choices_of(Category))
    reason = models.TextField()
    reader = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    adverse_event_id = models.UUIDField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(mode__in=codes_of(Mode)), name="unblinding_opening_mode_is_known"
            ),
            models.CheckConstraint(
                condition=Q(category__in=["", *codes_of(Category)]),
                name="unblinding_opening_category_is_known",
            ),
            models.CheckConstraint(
                condition=Q(mode=Mode.DRILL.value, drill__isnull=False, participant__isnull=True)
                | (~Q(mode=Mode.DRILL.value) & Q(drill__isnull=True, participant__isnull=False)),
                name="unblinding_opening_is_of_one_subject",
            ),
            models.CheckConstraint(
                condition=~Q(mode__in=[Mode.EMERGENCY.value, Mode.MEDIATED.value, Mode.DRILL.value])
                | ~Q(category=""),
                name="unblinding_opening_names_its_ground",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="unblinding_opening_has_a_reason"),
        ]
        triggers = _append_only()
        indexes = [models.Index(fields=["participant", "recorded_at"], name="unblinding_participant")]

    def __str__(self) -> str:
        return f"{self.mode} {self.pk}"

    @property
    def subject(self) -> str:
        """The participant's number, or the drill's."""
        return self.participant.number if self.participant else str(self.drill)


class OpeningRead(Recorded):
    """That the reader was told: by `recorded_by`, at `recorded_at`. Once for each opening. Append-only."""

    opening = models.OneToOneField(Opening, on_delete=models.PROTECT, related_name="read")

    class Meta:
        triggers = _append_only()

    def __str__(self) -> str:
        return f"Read {self.opening_id}"


class ImpactAssessment(Recorded):
    """What an unblinding did to the trial, signed by an investigator. A correction is a new row. Append-only."""

    opening = models.ForeignKey(Opening, on_delete=models.PROTECT, related_name="assessments")
    who_learned = models.TextField()
    effect = models.TextField()
    measures = models.TextField()
    treatment = models.CharField(max_length=12, choices=choices_of(Treatment))
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    change_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["opening"],
                condition=Q(supersedes__isnull=True),
                name="unblinding_assessment_first_once_per_opening",
            ),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True) | ~Q(change_reason=""),
                name="unblinding_assessment_correction_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(treatment__in=codes_of(Treatment)),
                name="unblinding_assessment_treatment_is_known",
            ),
        ]
        triggers = _append_only()

    def __str__(self) -> str:
        return f"Assessment of {self.opening_id}"


class TreatmentRelease(Recorded):
    """That the participants of a closed study may be told their treatment. Append-only."""

    study = models.OneToOneField("studies.Study", on_delete=models.PROTECT, related_name="+")
    report_id = models.UUIDField(help_text="The final report by arm, made from the data of the closed study")
    statistician = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    statement = models.TextField()

    class Meta:
        triggers = _append_only()

    def __str__(self) -> str:
        return f"Release of {self.study_id}"


class TreatmentLetter(Recorded):
    """That a participant's letter lies sealed, ready for the site. Neither its size nor its digest is public."""

    release = models.ForeignKey(TreatmentRelease, on_delete=models.PROTECT, related_name="letters")
    participant = models.OneToOneField("participants.Participant", on_delete=models.PROTECT, related_name="+")

    class Meta:
        triggers = _append_only()

    def __str__(self) -> str:
        return f"Letter of {self.participant_id}"
