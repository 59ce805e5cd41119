"""Lists, replays and remarks as the API speaks of them. No field holds a participant's arm."""

from __future__ import annotations

from rest_framework import serializers

from apps.randomization.domain.kinds import Purpose, Remark, ReplayState


class ListQuery(serializers.Serializer):
    study = serializers.SlugField(max_length=40)


class ListOut(serializers.Serializer):
    id = serializers.UUIDField()
    study = serializers.CharField(source="study.code")
    code = serializers.CharField()
    purpose = serializers.ChoiceField(choices=[one.value for one in Purpose])
    state = serializers.CharField()
    commitment = serializers.CharField()
    committed_at = serializers.DateTimeField()


class ReplayOut(serializers.Serializer):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=[one.value for one in ReplayState])
    requested_at = serializers.DateTimeField(source="recorded_at")
    finished_at = serializers.DateTimeField(allow_null=True)
    agrees = serializers.BooleanField(allow_null=True)
    places = serializers.IntegerField()
    draws = serializers.IntegerField()
    differences = serializers.ListField(child=serializers.CharField(), help_text="Without arms")


class TestDrawIn(serializers.Serializer):
    key = serializers.UUIDField(help_text="Made by the sender; the same key gives the same answer")
    levels = serializers.DictField(
        child=serializers.CharField(max_length=60), help_text="Factor code to level code"
    )


class TestDrawOut(serializers.Serializer):
    subject = serializers.CharField(source="label")
    randomization_number = serializers.CharField()
    stratum = serializers.CharField()
    drawn_at = serializers.DateTimeField()


class TestResultOut(TestDrawOut):
    result = serializers.CharField(help_text="What the test list gave; it says nothing of the live list")


class RemarkIn(serializers.Serializer):
    kind = serializers.ChoiceField(choices=[one.value for one in Remark])
    reason = serializers.CharField(max_length=1000)


class RemarkOut(serializers.Serializer):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    reason = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.CharField(source="recorded_by.get_full_name")
