"""Studies, sites and delegations as the API speaks of them; input and output apart."""

from __future__ import annotations

from rest_framework import serializers

from apps.studies.domain.permissions import Role


class StudyOut(serializers.Serializer):
    code = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    is_fictional = serializers.BooleanField()


class SiteOut(serializers.Serializer):
    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    country = serializers.CharField()
    time_zone = serializers.CharField()
    enrolment_target = serializers.IntegerField()
    chairs = serializers.IntegerField()


class SiteIn(serializers.Serializer):
    code = serializers.SlugField(max_length=20)
    name = serializers.CharField(max_length=200)
    country = serializers.CharField(max_length=2, min_length=2)
    time_zone = serializers.CharField(max_length=60)
    enrolment_target = serializers.IntegerField(min_value=0, max_value=100_000, default=0)
    opened_on = serializers.DateField(required=False, allow_null=True, default=None)


class PersonOut(serializers.Serializer):
    email = serializers.EmailField()
    full_name = serializers.CharField()


class DelegationOut(serializers.Serializer):
    id = serializers.UUIDField()
    person = PersonOut(source="user")
    role = serializers.CharField()
    site = serializers.CharField(source="site.code", default=None, allow_null=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)


class DelegationIn(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(choices=[role.value for role in Role])
    site_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class ReasonIn(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class ProtocolOut(serializers.Serializer):
    number = serializers.IntegerField()
    label = serializers.CharField()
    digest = serializers.CharField()
    effective_at = serializers.DateTimeField()
    document = serializers.DictField(help_text="Without block sizes")
