"""Sessions as the API speaks of them: moments in UTC, kit numbers, never what is inside."""

from __future__ import annotations

from rest_framework import serializers

from apps.dosing.domain.devices import SprayOutcome

MOST = 2_000_000_000


class GateOut(serializers.Serializer):
    gate = serializers.CharField()
    label = serializers.CharField()
    outcome = serializers.CharField(
        allow_null=True, help_text="PASSED, WARNED, HELD, OVERRIDDEN; null: unanswered"
    )
    message = serializers.CharField()
    clears_at = serializers.DateTimeField(allow_null=True)


class DeviceOut(serializers.Serializer):
    ordinal = serializers.IntegerField()
    kit_number = serializers.CharField(source="kit.number")
    first_nostril = serializers.CharField()
    first_spray_at = serializers.DateTimeField()
    second_spray_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField(allow_null=True)
    note = serializers.CharField()


class SessionKitOut(serializers.Serializer):
    position = serializers.IntegerField()
    number = serializers.CharField()
    lot = serializers.CharField()
    expires_on = serializers.DateField()


class DosingSessionOut(serializers.Serializer):
    id = serializers.UUIDField()
    visit_id = serializers.UUIDField()
    visit_code = serializers.CharField(source="visit.code")
    participant_id = serializers.UUIDField()
    participant_number = serializers.CharField(source="participant.number")
    site = serializers.CharField(source="site.code")
    state = serializers.CharField()
    chair = serializers.IntegerField()
    dose_mg = serializers.IntegerField(allow_null=True)
    checked_in_at = serializers.DateTimeField()
    dosed_at = serializers.DateTimeField(allow_null=True, help_text="T0: the first spray of the first device")
    ended_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField(help_text="Send it with the next act; a stale one is refused")


class DosingSessionDetailOut(DosingSessionOut):
    gates = GateOut(many=True)
    doses_open = serializers.ListField(child=serializers.IntegerField())
    dose_is_fixed = serializers.BooleanField()
    devices_planned = serializers.IntegerField()
    next_device_at = serializers.DateTimeField(allow_null=True)
    kits = SessionKitOut(many=True)
    devices = DeviceOut(many=True)


class SessionQuery(serializers.Serializer):
    site = serializers.SlugField(required=False, max_length=20)
    participant = serializers.UUIDField(required=False)
    open = serializers.BooleanField(required=False, allow_null=True, default=None)


class CheckInIn(serializers.Serializer):
    visit_id = serializers.UUIDField()
    chair = serializers.IntegerField(min_value=0, max_value=32_000)


class VersionIn(serializers.Serializer):
    version = serializers.IntegerField(min_value=0, max_value=MOST)


class GatesIn(VersionIn):
    answers = serializers.DictField(
        child=serializers.JSONField(),
        help_text="By gate code: {last_at} or {none}; {sbp, dbp}; {value}; {confirmed}",
    )


class OverrideIn(VersionIn):
    reason = serializers.CharField(max_length=1000)
    password = serializers.CharField(max_length=200, write_only=True, trim_whitespace=False)


class DoseIn(VersionIn):
    dose_mg = serializers.IntegerField(
        min_value=0, max_value=32_000, required=False, allow_null=True, default=None
    )


class SprayIn(VersionIn):
    kit_number = serializers.CharField(max_length=40)
    nostril = serializers.ChoiceField(choices=["LEFT", "RIGHT"])
    sprayed_at = serializers.DateTimeField(required=False)


class CloseIn(VersionIn):
    second_spray_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    outcome = serializers.ChoiceField(choices=[outcome.value for outcome in SprayOutcome])
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class StopIn(VersionIn):
    reason = serializers.CharField(max_length=500)
