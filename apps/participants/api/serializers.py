"""Participants as the API speaks of them; input and output apart. Identity has an endpoint of its own."""

from __future__ import annotations

from rest_framework import serializers

from apps.participants.domain.discontinuation import DiscontinuationReason
from apps.participants.domain.status import ParticipantStatus


class ParticipantOut(serializers.Serializer):
    id = serializers.UUIDField()
    number = serializers.CharField()
    study = serializers.CharField(source="study.code")
    site = serializers.CharField(source="site.code")
    status = serializers.ChoiceField(choices=[status.value for status in ParticipantStatus])
    sex = serializers.CharField()
    age_years = serializers.IntegerField(help_text="Whole years at consent")
    enrolled_at = serializers.DateTimeField(source="recorded_at")
    version = serializers.IntegerField()


class ParticipantIn(serializers.Serializer):
    id = serializers.UUIDField(
        required=False, help_text="Chosen by the sender: the same request twice makes one participant"
    )
    site_id = serializers.UUIDField()
    full_name = serializers.CharField(max_length=200)
    birth_date = serializers.DateField()
    sex = serializers.ChoiceField(choices=["F", "M", "O"])
    consented_at = serializers.DateTimeField()
    form_version = serializers.CharField(max_length=40)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True, default="")
    emergency_contact = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    namesake_confirmed = serializers.BooleanField(
        required=False, default=False, help_text="A person of this name and birth date is somebody else"
    )


class ParticipantQuery(serializers.Serializer):
    study = serializers.SlugField(required=False, max_length=40)
    site = serializers.SlugField(required=False, max_length=20)
    status = serializers.ChoiceField(required=False, choices=[status.value for status in ParticipantStatus])
    search = serializers.CharField(required=False, max_length=40, allow_blank=True)


class ConsentOut(serializers.Serializer):
    id = serializers.UUIDField()
    form_version = serializers.CharField()
    protocol_version = serializers.CharField(source="protocol_version.label")
    consented_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    recorded_at = serializers.DateTimeField()


class ConsentIn(serializers.Serializer):
    form_version = serializers.CharField(max_length=40)
    consented_at = serializers.DateTimeField()


class DiscontinueIn(serializers.Serializer):
    reason_code = serializers.ChoiceField(choices=[code.value for code in DiscontinuationReason])
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    version = serializers.IntegerField(required=False, min_value=1, max_value=2_000_000_000)


class IdentityOut(serializers.Serializer):
    full_name = serializers.CharField()
    birth_date = serializers.DateField()
    phone = serializers.CharField()
    email = serializers.CharField()
    emergency_contact = serializers.CharField()
    version = serializers.IntegerField()
