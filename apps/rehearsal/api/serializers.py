"""Rehearsals as the API speaks of them; input and output apart."""

from __future__ import annotations

from rest_framework import serializers

from apps.rehearsal.services.runs import MOST, MOST_SEED


class RehearsalIn(serializers.Serializer):
    participants = serializers.IntegerField(
        min_value=1, max_value=MOST, required=False, allow_null=True, default=None
    )
    seed = serializers.IntegerField(
        min_value=0, max_value=MOST_SEED, required=False, allow_null=True, default=None
    )


class RehearsalSignatureIn(serializers.Serializer):
    password = serializers.CharField(max_length=256, trim_whitespace=False)


class StudyCloseIn(RehearsalSignatureIn):
    reason = serializers.CharField(max_length=300)


class RehearsalFindingOut(serializers.Serializer):
    check = serializers.CharField()
    code = serializers.CharField()
    where = serializers.CharField()
    text = serializers.CharField()


class RehearsalOut(serializers.Serializer):
    id = serializers.UUIDField()
    study = serializers.CharField(source="study.code")
    protocol = serializers.CharField(source="protocol_version.label", default=None, allow_null=True)
    state = serializers.CharField()
    participants = serializers.IntegerField()
    seed = serializers.IntegerField()
    requested_at = serializers.DateTimeField(source="recorded_at")
    requested_by = serializers.EmailField(source="recorded_by.email")
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    release = serializers.CharField()
    digest = serializers.CharField()


class RehearsalSignatureOut(serializers.Serializer):
    person = serializers.EmailField(source="recorded_by.email")
    role = serializers.CharField(source="as_role")
    meaning = serializers.CharField()
    signed_at = serializers.DateTimeField(source="recorded_at")
    digest = serializers.CharField()


class RehearsalDetailOut(RehearsalOut):
    parts = serializers.DictField(child=serializers.CharField())
    findings = RehearsalFindingOut(many=True)
    played = serializers.DictField(child=serializers.IntegerField())
    signatures = RehearsalSignatureOut(many=True)


class ReasonAgainstOut(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()


class GoLiveOut(serializers.Serializer):
    study = serializers.CharField()
    state = serializers.CharField()
    rehearsal = serializers.UUIDField(allow_null=True)
    reasons_against = ReasonAgainstOut(many=True)


class StudyStateOut(serializers.Serializer):
    code = serializers.CharField()
    state = serializers.CharField()
