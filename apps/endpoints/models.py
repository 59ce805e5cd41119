"""Report jobs. Files of pooled reports lie here; files of unblinded ones lie in the sealed schema."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q

from apps.core.models import Recorded


@pghistory.track()
class ReportJob(Recorded):
    """One request for a report: who asked, what was read, how far it is, what came out."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    protocol_version = models.ForeignKey(
        "studies.ProtocolVersion", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(
        max_length=20,
        choices=[("DAY28", "Day 28 report"), ("DSMB", "Report to the data monitoring committee")],
        default="DAY28",
    )
    package = models.UUIDField(
        null=True,
        blank=True,
        help_text="What the open and the closed part of one interim package have in common",
    )
    purpose = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="Why an interim look is taken"
    )
    by_arm = models.BooleanField(
        default=False, help_text="By arm is unblinded and sealed; otherwise the arms are pooled"
    )
    state = models.CharField(
        max_length=10,
        choices=[
            ("QUEUED", "Waiting"),
            ("RUNNING", "Running"),
            ("DONE", "Done"),
            ("FAILED", "Failed"),
            ("CANCELLED", "Cancelled"),
        ],
        default="QUEUED",
    )
    progress = models.PositiveSmallIntegerField(default=0)
    stage = models.CharField(max_length=80, blank=True, default="")
    data_cut_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True, default="")
    digest = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["QUEUED", "RUNNING", "DONE", "FAILED", "CANCELLED"]),
                name="endpoints_reportjob_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(kind="DAY28", package__isnull=True)
                | (Q(kind="DSMB", package__isnull=False) & ~Q(purpose="")),
                name="endpoints_reportjob_interim_in_a_package_for_a_purpose",
            ),
            models.UniqueConstraint(
                fields=["package", "by_arm"], name="endpoints_reportjob_one_open_and_one_closed_part"
            ),
            models.CheckConstraint(
                condition=Q(progress__range=(0, 100)), name="endpoints_reportjob_progress_is_a_percentage"
            ),
        ]
        indexes = [
            models.Index(
                fields=["recorded_at"], name="endpoints_waiting", condition=Q(state__in=["QUEUED", "RUNNING"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.study_id}"

    @property
    def title(self) -> str:
        """What the report is, in a few words."""
        if self.kind == "DSMB":
            return f"Interim package, {'closed part by arm' if self.by_arm else 'open part'}"
        return "Day 28 report by arm" if self.by_arm else "Day 28 report, arms pooled"


class ReportFile(Recorded):
    """One file of a pooled report. Append-only."""

    job = models.ForeignKey(ReportJob, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=80)
    media_type = models.CharField(max_length=80)
    content = models.BinaryField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "name"], name="endpoints_reportfile_name_once_per_job")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name
