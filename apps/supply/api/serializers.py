"""Allocations and kits as the API speaks of them. There is no field for an arm, a list or a content."""

from __future__ import annotations

from rest_framework import serializers

from apps.supply.domain.kits import KitState


class RandomizationIn(serializers.Serializer):
    participant_id = serializers.UUIDField()
    key = serializers.UUIDField(
        required=False, help_text="The same as the Idempotency-Key header; one of the two must be given"
    )


class RandomizationOut(serializers.Serializer):
    id = serializers.UUIDField(source="allocation_id")
    participant_id = serializers.UUIDField()
    participant = serializers.CharField(source="participant_number")
    randomization_number = serializers.CharField()
    randomized_at = serializers.DateTimeField(source="allocated_at")
    randomized_by = serializers.CharField(source="allocated_by")
    visit = serializers.CharField(source="visit_code")
    kits = serializers.ListField(child=serializers.CharField(), help_text="Kit numbers in the order of use")


class AllocationOut(serializers.Serializer):
    id = serializers.UUIDField()
    participant_id = serializers.UUIDField()
    participant = serializers.CharField(source="participant.number")
    study = serializers.CharField(source="study.code")
    site = serializers.CharField(source="participant.site.code")
    randomization_number = serializers.CharField()
    randomized_at = serializers.DateTimeField(source="allocated_at")


class KitOut(serializers.Serializer):
    id = serializers.UUIDField()
    number = serializers.CharField()
    serial = serializers.CharField()
    study_id = serializers.UUIDField()
    site = serializers.CharField(source="site.code")
    lot = serializers.CharField()
    expires_on = serializers.DateField()
    state = serializers.ChoiceField(choices=[state.value for state in KitState])
    participant = serializers.CharField(source="participant.number", default=None, allow_null=True)
    visit = serializers.CharField(source="visit_code")
    position = serializers.IntegerField(allow_null=True)


class KitQuery(serializers.Serializer):
    site = serializers.SlugField(required=False, max_length=20)
    state = serializers.ChoiceField(required=False, choices=[state.value for state in KitState])
    number = serializers.CharField(required=False, max_length=20)


class KitReasonIn(serializers.Serializer):
    reason = serializers.CharField(max_length=300)
