"""Rehearsals: asked for, run, signed. Nothing a rehearsal plays is kept, only what was found and what was rehearsed."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q

from apps.core.models import Recorded

_BY_OWNER = """
IF NEW.state <> 'QUEUED' AND NOT pg_has_role(current_user, 'vigil_sealed', 'MEMBER') THEN
    RAISE EXCEPTION 'Only the owner''s login rehearses; others may ask for a rehearsal.';
END IF;
RETURN NEW;
"""


@pghistory.track()
class RehearsalRun(Recorded):
    """One rehearsal of a study. `recorded_by` asked for it; the owner's login runs it and nobody else can end it.

    `parts` holds the digest of every part of the configuration rehearsed, `digest` one of them all, `findings` what
    was wrong (see domain/findings.py), `played` counts of what the play did. No word of it names an arm.
    """

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    protocol_version = models.ForeignKey(
        "studies.ProtocolVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        max_length=10,
        choices=[
            ("QUEUED", "Waiting"),
            ("RUNNING", "Running"),
            ("PASSED", "Passed"),
            ("FAILED", "Failed"),
        ],
        default="QUEUED",
    )
    participants = models.PositiveSmallIntegerField(help_text="Made-up participants to play")
    seed = models.BigIntegerField(help_text="Makes the same people again; no secret")
    first = models.PositiveSmallIntegerField(help_text="Participants a site's stock must cover at the start")
    weeks = models.PositiveSmallIntegerField(
        help_text="Weeks from the first dose for which it must cover them"
    )
    digest = models.CharField(max_length=64, blank=True, default="")
    parts = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    played = models.JSONField(default=dict)
    release = models.CharField(max_length=40, blank=True, default="")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["QUEUED", "RUNNING", "PASSED", "FAILED"]),
                name="rehearsal_rehearsalrun_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="PASSED") | Q(findings=[], finished_at__isnull=False),
                name="rehearsal_rehearsalrun_passes_without_findings",
            ),
        ]
        indexes = [models.Index(fields=["study", "recorded_at"], name="rehearsal_run_of_study")]
        triggers = [
            pgtrigger.Trigger(
                name="verdict_is_the_owners",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=_BY_OWNER,
            ),
            pgtrigger.Protect(
                name="a_verdict_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__state__in=["PASSED", "FAILED"]),
            ),
        ]

    def __str__(self) -> str:
        return f"Rehearsal of {self.study_id}"


class RehearsalSignature(Recorded):
    """Somebody's signature on the report of a rehearsal, by re-authentication. Append-only."""

    run = models.ForeignKey(RehearsalRun, on_delete=models.PROTECT, related_name="signatures")
    meaning = models.CharField(max_length=200)
    as_role = models.CharField(max_length=60)
    manages = models.BooleanField(help_text="Signed by somebody who may manage the study")
    digest = models.CharField(max_length=64, help_text="The digest that was signed")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "recorded_by"], name="rehearsal_rehearsalsignature_once_per_person"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.recorded_by_id} on {self.run_id}"
