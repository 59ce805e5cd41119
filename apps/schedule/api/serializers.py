"""Visits as the API speaks of them. Moments are UTC; `target_date` is a day at the site."""

from __future__ import annotations

from rest_framework import serializers

from apps.schedule.domain.status import VisitStatus


class ScheduledVisitOut(serializers.Serializer):
    id = serializers.UUIDField()
    participant_id = serializers.UUIDField()
    participant_number = serializers.CharField(source="participant.number")
    site = serializers.CharField(source="participant.site.code")
    time_zone = serializers.CharField(source="participant.site.time_zone")
    code = serializers.CharField()
    label = serializers.CharField()
    day = serializers.IntegerField()
    is_dose = serializers.BooleanField()
    opens_at = serializers.DateTimeField()
    target_date = serializers.DateField()
    closes_at = serializers.DateTimeField()
    status = serializers.SerializerMethodField()
    planned_at = serializers.DateTimeField(allow_null=True)
    chair = serializers.IntegerField(allow_null=True)
    held_at = serializers.DateTimeField(allow_null=True)
    missed_at = serializers.DateTimeField(allow_null=True)
    missed_reason = serializers.CharField()
    version = serializers.IntegerField()

    def get_status(self, visit: object) -> str:
        """PLANNED, DUE, OVERDUE, HELD or MISSED at the moment of asking."""
        return str(self.context["status_of"](visit))


class VisitQuery(serializers.Serializer):
    participant = serializers.UUIDField(required=False)
    site = serializers.SlugField(required=False, max_length=20)
    study = serializers.SlugField(required=False, max_length=40)
    status = serializers.ChoiceField(required=False, choices=[status.value for status in VisitStatus])
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField(required=False)


class VersionIn(serializers.Serializer):
    version = serializers.IntegerField(min_value=0, max_value=2_000_000_000, required=False)


class AppointIn(VersionIn):
    planned_at = serializers.DateTimeField()
    chair = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=999
    )


class HoldIn(VersionIn):
    held_at = serializers.DateTimeField(required=False)


class MissIn(VersionIn):
    reason = serializers.CharField(max_length=200)
