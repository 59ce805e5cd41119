"""The ledger of deviations. An entry is never changed: what is thought and done about it comes as later rows."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from apps.core.choices import choices_of, codes_of
from apps.core.models import Recorded
from apps.quality.domain.deviations import Category, Ground, Kind, Origin


def _append_only() -> list[pgtrigger.Protect]:
    return [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


class Deviation(Recorded):
    """One departure from the protocol: what, when, since when it is known, how grave. Append-only.

    `key` says which act or fact it comes from, so that the same one is written once.
    """

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, related_name="deviations"
    )
    site = models.ForeignKey("studies.Site", on_delete=models.PROTECT, related_name="+")
    visit = models.ForeignKey(
        "schedule.Visit", null=True, blank=True, on_delete=models.PROTECT, related_name="deviations"
    )
    session = models.ForeignKey(
        "dosing.DosingSession", null=True, blank=True, on_delete=models.PROTECT, related_name="deviations"
    )
    kind = models.CharField(max_length=24, choices=choices_of(Kind))
    origin = models.CharField(max_length=8, choices=choices_of(Origin))
    source_kind = models.CharField(
        max_length=60,
        blank=True,
        default="",
        help_text="The act it follows from, as the audit trail names it",
    )
    source_id = models.UUIDField(null=True, blank=True, help_text="The row that act left")
    key = models.CharField(max_length=120)
    category = models.CharField(
        max_length=8, blank=True, default="", choices=choices_of(Category), help_text="Empty: to be judged"
    )
    category_ground = models.CharField(max_length=10, blank=True, default="", choices=choices_of(Ground))
    category_reason = models.TextField(blank=True, default="")
    reportable = models.BooleanField(null=True, blank=True, help_text="To the ethics committee; empty: open")
    happened = models.TextField()
    happened_at = models.DateTimeField()
    discovered_at = models.DateTimeField()
    action = models.TextField(blank=True, default="", help_text="What was done at once")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "key"], name="quality_deviation_written_once"),
            models.CheckConstraint(
                condition=Q(kind__in=codes_of(Kind)), name="quality_deviation_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(origin=Origin.PERSON.value) | ~Q(source_kind=""),
                name="quality_deviation_of_the_system_names_its_source",
            ),
            models.CheckConstraint(
                condition=Q(category="", category_ground="")
                | Q(category__in=codes_of(Category), category_ground=Ground.PROTOCOL.value)
                | (
                    Q(category__in=codes_of(Category), category_ground=Ground.JUDGMENT.value)
                    & ~Q(category_reason="")
                ),
                name="quality_deviation_category_has_a_ground",
            ),
            models.CheckConstraint(condition=~Q(happened=""), name="quality_deviation_says_what_happened"),
            models.CheckConstraint(
                condition=Q(discovered_at__gte=F("happened_at")),
                name="quality_deviation_discovered_after_it_happened",
            ),
        ]
        triggers = _append_only()
        indexes = [models.Index(fields=["site", "happened_at"], name="quality_deviation_site")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.participant_id}"


class DeviationAssessment(Recorded):
    """What a deviation means and what is done about it; a later one supersedes it. Append-only."""

    deviation = models.ForeignKey(Deviation, on_delete=models.PROTECT, related_name="assessments")
    category = models.CharField(max_length=8, choices=choices_of(Category))
    category_reason = models.TextField(blank=True, default="")
    impact = models.TextField(help_text="On the participant and on the data")
    corrective_action = models.TextField()
    reportable = models.BooleanField(help_text="To the ethics committee")
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    change_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["deviation"],
                condition=Q(supersedes__isnull=True),
                name="quality_deviationassessment_first_once",
            ),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True) | ~Q(change_reason=""),
                name="quality_deviationassessment_correction_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(category__in=codes_of(Category)),
                name="quality_deviationassessment_category_is_known",
            ),
        ]
        triggers = _append_only()

    def __str__(self) -> str:
        return f"Assessment of {self.deviation_id}"


class DeviationSignature(Recorded):
    """An investigator's signature under an assessment: by `recorded_by`, at `recorded_at`. Append-only."""

    assessment = models.OneToOneField(DeviationAssessment, on_delete=models.PROTECT, related_name="signature")
    meaning = models.CharField(max_length=200)

    class Meta:
        triggers = _append_only()

    def __str__(self) -> str:
        return f"Signature under {self.assessment_id}"
