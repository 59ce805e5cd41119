"""Dosing sessions: check-in, gates, the dose asked for, the devices sprayed."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from apps.core.choices import choices_of, codes_of
from apps.core.models import Recorded
from apps.dosing.domain.devices import SprayOutcome
from apps.dosing.domain.gates import GateOutcome
from apps.dosing.domain.session import TRANSITIONS, SessionState


@pghistory.track()
class DosingSession(Recorded):
    """One participant in one chair on one dosing day. T0 (`dosed_at`) is the first spray of the first device."""

    visit = models.ForeignKey("schedule.Visit", on_delete=models.PROTECT, related_name="sessions")
    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, related_name="sessions"
    )
    site = models.ForeignKey("studies.Site", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=20, choices=choices_of(SessionState), default=SessionState.CHECKED_IN.value
    )
    chair = models.PositiveSmallIntegerField()
    dose_mg = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Dose asked for; empty where the allocation fixes it"
    )
    dose_requested_at = models.DateTimeField(null=True, blank=True)
    dose_requested_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_in_at = models.DateTimeField()
    dosed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=codes_of(SessionState)), name="dosing_session_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["DOSING", "OBSERVING", "DISCHARGED"], dosed_at__isnull=False)
                | Q(state__in=["CHECKED_IN", "WITHHELD", "CLEARED", "STOPPED"], dosed_at__isnull=True),
                name="dosing_session_time_zero_exactly_when_sprayed",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["DISCHARGED", "STOPPED"], ended_at__isnull=False)
                | (~Q(state__in=["DISCHARGED", "STOPPED"]) & Q(ended_at__isnull=True)),
                name="dosing_session_ended_exactly_when_over",
            ),
            models.CheckConstraint(
                condition=Q(
                    dose_requested_at__isnull=True, dose_requested_by__isnull=True, dose_mg__isnull=True
                )
                | Q(dose_requested_at__isnull=False, dose_requested_by__isnull=False),
                name="dosing_session_dose_with_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(dosed_at__isnull=True)
                | Q(ended_at__isnull=True)
                | Q(ended_at__gte=F("dosed_at")),
                name="dosing_session_ends_after_time_zero",
            ),
            # A session that stopped before any spray leaves the visit open for another try within its window.
            models.UniqueConstraint(
                fields=["visit"],
                condition=~Q(state="STOPPED"),
                name="dosing_session_one_that_counts_for_a_visit",
            ),
            # One person to a chair.
            models.UniqueConstraint(
                fields=["site", "chair"],
                condition=~Q(state__in=["DISCHARGED", "STOPPED"]),
                name="dosing_session_one_at_a_time_in_a_chair",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="states_follow_the_table",
                field="state",
                transitions=sorted(
                    {
                        (before.value, after.value)
                        for (before, _), after in TRANSITIONS.items()
                        if before != after
                    }
                ),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"Session of {self.visit_id}"


class SessionTransition(Recorded):
    """One step of a session: who, when, from where to where, why. Append-only."""

    session = models.ForeignKey(DosingSession, on_delete=models.PROTECT, related_name="transitions")
    action = models.CharField(max_length=20)
    from_state = models.CharField(max_length=20, blank=True, default="")
    to_state = models.CharField(max_length=20)
    at = models.DateTimeField()
    session_version = models.PositiveIntegerField(
        default=1, help_text="The version of the session this row led to: the order of acts"
    )
    reason = models.TextField(blank=True, default="")

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.session_id}: {self.action}"


class GateCheck(Recorded):
    """One answer to one pre-dose gate. Append-only; the latest of a gate counts."""

    session = models.ForeignKey(DosingSession, on_delete=models.PROTECT, related_name="gate_checks")
    gate = models.CharField(max_length=40)
    values = models.JSONField(default=dict)
    outcome = models.CharField(max_length=12, choices=choices_of(GateOutcome))
    message = models.CharField(max_length=300, blank=True, default="")
    clears_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    session_version = models.PositiveIntegerField(
        default=1, help_text="The version of the session this row led to: the order of acts"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=codes_of(GateOutcome)), name="dosing_gatecheck_outcome_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="OVERRIDDEN") | ~Q(reason=""),
                name="dosing_gatecheck_override_has_a_reason",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.gate}: {self.outcome}"


@pghistory.track()
class DeviceUse(Recorded):
    """One device of a session: which kit, when in each nostril, how it went. Opened by the first spray, closed once."""

    session = models.ForeignKey(DosingSession, on_delete=models.PROTECT, related_name="device_uses")
    ordinal = models.PositiveSmallIntegerField()
    kit = models.OneToOneField("supply.Kit", on_delete=models.PROTECT, related_name="use")
    first_nostril = models.CharField(max_length=5, choices=[("LEFT", "Left"), ("RIGHT", "Right")])
    first_spray_at = models.DateTimeField()
    second_spray_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=choices_of(SprayOutcome), null=True, blank=True)
    note = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "ordinal"], name="dosing_deviceuse_ordinal_once"),
            models.CheckConstraint(condition=Q(ordinal__gte=1), name="dosing_deviceuse_counts_from_one"),
            models.CheckConstraint(
                condition=Q(outcome__isnull=True) | Q(outcome__in=codes_of(SprayOutcome)),
                name="dosing_deviceuse_outcome_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="COMPLETE") | Q(second_spray_at__isnull=False),
                name="dosing_deviceuse_complete_means_two_sprays",
            ),
            models.CheckConstraint(
                condition=Q(second_spray_at__isnull=True) | Q(second_spray_at__gte=F("first_spray_at")),
                name="dosing_deviceuse_second_spray_follows_the_first",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Device {self.ordinal} of {self.session_id}"
