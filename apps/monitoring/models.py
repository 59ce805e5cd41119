"""Observations, findings and releases of the two hours. What was seen is never changed, only added to."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from apps.core.models import Recorded
from apps.monitoring.domain.findings import SEVERITIES
from apps.monitoring.domain.values import NUMBERS


def _possible(field: str) -> models.CheckConstraint:
    return _within(field, NUMBERS[field].low, NUMBERS[field].high)


def _within(field: str, low: float, high: float) -> models.CheckConstraint:
    """Hard limits: what no living body shows and only a slip of the finger writes."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__range": (low, high)}),
        name=f"monitoring_observation_{field}_is_possible",
    )


class Observation(Recorded):
    """One set of readings at one moment. The identifier comes from the device, so a repeat is recognized.

    Three times: `observed_at` (in the room), `entered_at` (on the device), `recorded_at` (received by the server).
    Append-only; two readings for one slot are two rows.
    """

    session = models.ForeignKey("dosing.DosingSession", on_delete=models.PROTECT, related_name="observations")
    slot_minute = models.IntegerField(
        null=True,
        blank=True,
        help_text="Planned minute from T0; -1 is the predose slot; empty is unscheduled",
    )
    sbp = models.PositiveSmallIntegerField(null=True, blank=True)
    dbp = models.PositiveSmallIntegerField(null=True, blank=True)
    hr = models.PositiveSmallIntegerField(null=True, blank=True)
    rr = models.PositiveSmallIntegerField(null=True, blank=True)
    spo2 = models.PositiveSmallIntegerField(null=True, blank=True)
    temp_c = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    moaas = models.PositiveSmallIntegerField(null=True, blank=True)
    cadss_items = models.JSONField(null=True, blank=True)
    cadss_total = models.PositiveSmallIntegerField(null=True, blank=True)
    bprs_items = models.JSONField(null=True, blank=True)
    bprs_total = models.PositiveSmallIntegerField(null=True, blank=True)
    ready = models.BooleanField(
        null=True, blank=True, help_text="Discharge readiness as the clinician judged it"
    )
    crisis_symptom = models.BooleanField(
        null=True, blank=True, help_text="Empty is not asked, which is not no"
    )
    apnoea = models.BooleanField(null=True, blank=True)
    dose_disturbed = models.BooleanField(null=True, blank=True)
    cssrs_ideation = models.PositiveSmallIntegerField(null=True, blank=True)
    cssrs_behavior = models.BooleanField(null=True, blank=True)
    not_done = models.JSONField(default=dict, help_text="Measure code to reason")
    observed_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    device_skew_ms = models.IntegerField(
        default=0, help_text="How far the device's own clock ran ahead at the entry"
    )
    late_reason = models.CharField(max_length=200, blank=True, default="")
    confirmed = models.JSONField(default=list, help_text="Measures whose unusual value was confirmed")
    note = models.TextField(blank=True, default="")
    body_digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            *(_possible(field) for field in NUMBERS),
            _within("cadss_total", 0, 92),
            _within("bprs_total", 0, 24),
            models.CheckConstraint(
                condition=Q(sbp__isnull=True, dbp__isnull=True) | Q(sbp__gt=F("dbp")),
                name="monitoring_observation_systolic_above_diastolic",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        indexes = [models.Index(fields=["session", "observed_at"], name="monitoring_observation_time")]

    def __str__(self) -> str:
        return f"{self.session_id} at {self.observed_at:%H:%M}"


@pghistory.track()
class Finding(Recorded):
    """What an escalation rule of the protocol found, and who took note of it."""

    session = models.ForeignKey("dosing.DosingSession", on_delete=models.PROTECT, related_name="findings")
    observation = models.ForeignKey(
        Observation, null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    key = models.CharField(
        max_length=100, help_text="What it is about, so that it is raised once: rule and cause"
    )
    rule = models.CharField(max_length=40, help_text="Code of the protocol's rule, or OVERDUE")
    severity = models.CharField(max_length=12)
    message = models.CharField(max_length=300)
    action = models.TextField(blank=True, default="")
    notify = models.JSONField(default=list, help_text="Roles to be told, by the protocol")
    event_of_interest = models.CharField(max_length=40, blank=True, default="")
    raised_at = models.DateTimeField()
    recheck_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "key"], name="monitoring_finding_raised_once"),
            models.CheckConstraint(
                condition=Q(severity__in=list(SEVERITIES)), name="monitoring_finding_severity_is_known"
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="monitoring_finding_acknowledged_at_and_by_together",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} in {self.session_id}"


class Release(Recorded):
    """Who let the participant go, on which statement, and what every condition of leaving was then. Append-only."""

    session = models.OneToOneField("dosing.DosingSession", on_delete=models.PROTECT, related_name="release")
    released_at = models.DateTimeField()
    minutes_observed = models.PositiveIntegerField()
    ready_minute = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Minute of the first “ready”: when they could have left without a least time",
    )
    statement = models.JSONField(default=dict)
    conditions = models.JSONField(default=list)
    rule_digest = models.CharField(max_length=64)
    early_category = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="Of the protocol, for a release before every condition held; empty is an ordinary release",
    )
    early_reason = models.TextField(blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(early_category="", early_reason="")
                | (~Q(early_category="") & ~Q(early_reason="")),
                name="monitoring_release_early_has_category_and_reason",
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Release from {self.session_id}"
