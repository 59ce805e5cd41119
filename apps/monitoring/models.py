"""Observations, findings, watchers and releases of the two hours. What was seen is never changed, only added to."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from apps.core.choices import choices_of, codes_of
from apps.core.models import Recorded
from apps.monitoring.domain.findings import SEVERITIES
from apps.monitoring.domain.values import NUMBERS
from apps.monitoring.domain.watchers import WatchAct


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

    #: What the rules found in it, on a row just recorded.
    raised: tuple["Finding", ...]

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


class PaperEntry(Recorded):
    """That an observation was written on paper first, and who measured it. Append-only."""

    observation = models.OneToOneField(Observation, on_delete=models.PROTECT, related_name="paper")
    measured_by = models.CharField(max_length=80, help_text="Initials or name, as they stand on the paper")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(measured_by=""), name="monitoring_paperentry_names_who_measured"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.observation_id} by {self.measured_by}"


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


class WatchChange(Recorded):
    """From `at` on `to_person` watches the participant instead of `from_person`; empty: nobody. Append-only.

    The rows of a session are a chain: the database numbers them without gap and takes none that begins with another
    watcher than the last one ended with. So there are never two watchers, and no gap that is not a row.
    """

    session = models.ForeignKey(
        "dosing.DosingSession", on_delete=models.PROTECT, related_name="watch_changes"
    )
    ordinal = models.PositiveSmallIntegerField(
        help_text="1, 2, 3 within the session: what the next change expects"
    )
    act = models.CharField(max_length=10, choices=choices_of(WatchAct))
    from_person = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    to_person = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    signature = models.UUIDField(
        null=True, blank=True, help_text="The same for all participants taken or left with one signature"
    )
    reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "ordinal"], name="monitoring_watchchange_numbered_once"
            ),
            models.CheckConstraint(
                condition=Q(ordinal__gte=1), name="monitoring_watchchange_counts_from_one"
            ),
            models.CheckConstraint(
                condition=Q(act__in=codes_of(WatchAct)), name="monitoring_watchchange_act_is_known"
            ),
            models.CheckConstraint(
                condition=Q(act__in=["SPRAY", "TAKEN"], to_person__isnull=False, reason="")
                | (
                    Q(act__in=["LEFT", "LAPSED"], from_person__isnull=False, to_person__isnull=True)
                    & ~Q(reason="")
                ),
                name="monitoring_watchchange_taken_by_somebody_left_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(from_person__isnull=True)
                | Q(to_person__isnull=True)
                | ~Q(from_person=F("to_person")),
                name="monitoring_watchchange_changes_the_watcher",
            ),
            # Whoever takes over or leaves says so in person.
            models.CheckConstraint(
                condition=Q(act__in=["SPRAY", "TAKEN"], recorded_by=F("to_person"))
                | Q(act="LEFT", recorded_by=F("from_person"))
                | Q(act="LAPSED"),
                name="monitoring_watchchange_said_in_person",
            ),
            models.CheckConstraint(
                condition=Q(act__in=["TAKEN", "LEFT"], signature__isnull=False)
                | Q(act__in=["SPRAY", "LAPSED"], signature__isnull=True),
                name="monitoring_watchchange_handover_is_signed",
            ),
            # Only a first spray is entered some time after it was given.
            models.CheckConstraint(
                condition=Q(at=F("recorded_at")) | Q(act="SPRAY", at__lt=F("recorded_at")),
                name="monitoring_watchchange_not_dated_back",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="chain",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("before", "RECORD"), ("over", "TIMESTAMPTZ")],
                func="""
                SELECT ordinal, to_person_id, at INTO before FROM monitoring_watchchange
                 WHERE session_id = NEW.session_id ORDER BY ordinal DESC LIMIT 1;
                SELECT ended_at INTO over FROM dosing_dosingsession WHERE id = NEW.session_id;
                IF NEW.ordinal <> COALESCE(before.ordinal, 0) + 1
                   OR NEW.from_person_id IS DISTINCT FROM before.to_person_id
                   OR NEW.at < before.at THEN
                    RAISE EXCEPTION 'a watch begins where the one before it ended (session %)', NEW.session_id
                        USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                IF NEW.at > over THEN
                    RAISE EXCEPTION 'nobody is watched after the end (session %)', NEW.session_id
                        USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id}, change {self.ordinal}: {self.act}"


class PrescriberMark(Recorded):
    """A prescriber marked themselves on site, or off. Append-only; never for another, never for an earlier hour."""

    site = models.ForeignKey("studies.Site", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    on_site = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "person", "at"], name="monitoring_prescribermark_once_a_moment"
            ),
            models.CheckConstraint(
                condition=Q(recorded_by=F("person")), name="monitoring_prescribermark_by_themselves"
            ),
            models.CheckConstraint(
                condition=Q(at=F("recorded_at")), name="monitoring_prescribermark_not_dated_back"
            ),
        ]
        indexes = [models.Index(fields=["site", "at"], name="monitoring_prescribermark_day")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.person_id} {'on' if self.on_site else 'off'} site at {self.at:%H:%M}"
