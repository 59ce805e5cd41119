"""Dashboards as the API gives them. A null count is hidden because it is small, or would reveal one that is."""

from __future__ import annotations

from rest_framework import serializers

from apps.audit.domain.verification import VerificationState


class VisitOut(serializers.Serializer):
    id = serializers.UUIDField()
    participant = serializers.CharField(source="participant.number")
    code = serializers.CharField()
    label = serializers.CharField()
    is_dose = serializers.BooleanField()
    planned_at = serializers.DateTimeField(allow_null=True)
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()


class SessionOut(serializers.Serializer):
    id = serializers.UUIDField()
    participant = serializers.CharField(source="participant.number")
    chair = serializers.IntegerField()
    state = serializers.CharField()
    dosed_at = serializers.DateTimeField(allow_null=True)


class ScreeningOut(serializers.Serializer):
    id = serializers.UUIDField()
    participant = serializers.CharField(source="participant.number")
    opened_at = serializers.DateTimeField()


class CoordinatorOut(serializers.Serializer):
    site = serializers.CharField(source="site.code")
    sessions = SessionOut(many=True)
    due = VisitOut(many=True)
    overdue = VisitOut(many=True)
    coming = VisitOut(many=True)
    screenings = ScreeningOut(many=True)
    to_randomize = serializers.ListField(child=serializers.CharField())
    findings_open = serializers.IntegerField()
    reminders_failed = serializers.IntegerField()


class AccrualOut(serializers.Serializer):
    actual = serializers.ListField(help_text="[day, cumulative count]")
    target = serializers.ListField(help_text="[day, cumulative plan]")
    goal = serializers.IntegerField()
    forecast = serializers.ListField(help_text="[day, low, high]")
    expected_on = serializers.DateField(allow_null=True)
    expected_from = serializers.DateField(allow_null=True)
    expected_to = serializers.DateField(allow_null=True)


class FunnelStepOut(serializers.Serializer):
    label = serializers.CharField()
    n = serializers.IntegerField(allow_null=True)


class FunnelOut(serializers.Serializer):
    steps = FunnelStepOut(many=True)


class ReasonOut(serializers.Serializer):
    code = serializers.CharField()
    text = serializers.CharField()
    n = serializers.IntegerField(allow_null=True)


class EnrolmentSiteOut(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    country = serializers.CharField()
    target = serializers.IntegerField()
    screened = serializers.IntegerField(allow_null=True)
    randomized = serializers.IntegerField(allow_null=True)
    screen_fail_share = serializers.FloatField(allow_null=True)


class SponsorOut(serializers.Serializer):
    study = serializers.CharField()
    is_fictional = serializers.BooleanField()
    as_of = serializers.DateTimeField()
    screened = serializers.IntegerField()
    in_screening = serializers.IntegerField(allow_null=True)
    eligible = serializers.IntegerField(allow_null=True)
    screen_failed = serializers.IntegerField(allow_null=True)
    randomized = serializers.IntegerField()
    completed = serializers.IntegerField(allow_null=True)
    discontinued = serializers.IntegerField(allow_null=True)
    target = serializers.IntegerField()
    planned_by_now = serializers.IntegerField()
    accrual = AccrualOut()
    funnel = FunnelOut()
    reasons = ReasonOut(many=True)
    sites = EnrolmentSiteOut(many=True)


class AuditQuery(serializers.Serializer):
    participant = serializers.CharField(max_length=80, required=False, default="")
    kind = serializers.CharField(max_length=80, required=False, default="")
    person = serializers.CharField(max_length=80, required=False, default="")


class AuditOut(serializers.Serializer):
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    actor = serializers.CharField(source="actor_label")
    site = serializers.CharField(source="site_code")
    participant = serializers.CharField(source="participant_number")
    subject_type = serializers.CharField()
    subject_id = serializers.CharField()
    reason = serializers.CharField()
    detail = serializers.DictField()


class AuditVerificationOut(serializers.Serializer):
    id = serializers.UUIDField()
    state = serializers.CharField(help_text=", ".join(VerificationState))
    requested_at = serializers.DateTimeField()
    requested_by = serializers.CharField(source="requested_by_label")
    finished_at = serializers.DateTimeField(allow_null=True)
    is_whole = serializers.BooleanField(
        allow_null=True, help_text="Every act is as it was recorded; null until it is known"
    )
    acts = serializers.IntegerField(allow_null=True)
    chains = serializers.IntegerField(allow_null=True)
    anchors = serializers.IntegerField(allow_null=True)
    copies = serializers.IntegerField(allow_null=True, help_text="Of anchors, kept outside of the database")
    fault = serializers.CharField(
        help_text="The first thing that is not as it was, or why there is no answer"
    )


class AuditHeadOut(serializers.Serializer):
    place = serializers.IntegerField()
    link = serializers.CharField()


class AuditAnchorOut(serializers.Serializer):
    at = serializers.DateTimeField()
    heads = serializers.DictField(
        child=AuditHeadOut(), help_text="Chain to its last place and the link there"
    )
    previous = serializers.CharField(help_text="Seal of the anchor before")
    seal = serializers.CharField()
