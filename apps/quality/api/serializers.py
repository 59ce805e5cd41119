"""What goes in and out of the endpoints of deviations."""

from __future__ import annotations

from rest_framework import serializers

from apps.quality.domain.deviations import LONGEST, Category, Kind, Standing

_KINDS = [kind.value for kind in Kind]
_CATEGORIES = [category.value for category in Category]


class DeviationQuery(serializers.Serializer):
    site = serializers.CharField(required=False, max_length=40)
    session = serializers.UUIDField(required=False)
    search = serializers.CharField(required=False, default="", max_length=60)
    kind = serializers.ChoiceField(required=False, choices=_KINDS)
    category = serializers.ChoiceField(required=False, choices=_CATEGORIES)
    standing = serializers.ChoiceField(required=False, choices=[one.value for one in Standing])


class DeviationIn(serializers.Serializer):
    participant_id = serializers.UUIDField()
    key = serializers.UUIDField(help_text="Your own; the same one again gives the same entry")
    kind = serializers.ChoiceField(choices=_KINDS)
    happened = serializers.CharField(max_length=LONGEST)
    happened_at = serializers.DateTimeField()
    discovered_at = serializers.DateTimeField()
    action = serializers.CharField(max_length=LONGEST, default="", allow_blank=True)
    category = serializers.ChoiceField(choices=["", *_CATEGORIES], default="")
    category_reason = serializers.CharField(max_length=LONGEST, default="", allow_blank=True)
    visit_id = serializers.UUIDField(default=None, allow_null=True)
    session_id = serializers.UUIDField(default=None, allow_null=True)


class DeviationOut(serializers.Serializer):
    id = serializers.UUIDField()
    participant = serializers.CharField()
    site = serializers.CharField()
    visit = serializers.CharField(allow_null=True)
    session = serializers.UUIDField(allow_null=True)
    kind = serializers.CharField()
    origin = serializers.CharField()
    source = serializers.CharField()
    category = serializers.CharField(allow_blank=True)
    reportable = serializers.BooleanField(allow_null=True)
    happened = serializers.CharField()
    happened_at = serializers.DateTimeField()
    discovered_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    action = serializers.CharField(allow_blank=True)
    standing = serializers.CharField()
    assessment_due_at = serializers.DateTimeField(allow_null=True)
    assessment = serializers.UUIDField(allow_null=True, help_text="The one in force")
    impact = serializers.CharField(allow_blank=True)
    corrective_action = serializers.CharField(allow_blank=True)
    signed_at = serializers.DateTimeField(allow_null=True)


class DeviationAssessmentIn(serializers.Serializer):
    seen = serializers.UUIDField(
        default=None, allow_null=True, help_text="The assessment you looked at, if there is one"
    )
    category = serializers.ChoiceField(choices=_CATEGORIES)
    category_reason = serializers.CharField(max_length=LONGEST, default="", allow_blank=True)
    impact = serializers.CharField(max_length=LONGEST)
    corrective_action = serializers.CharField(max_length=LONGEST)
    reportable = serializers.BooleanField()
    change_reason = serializers.CharField(max_length=LONGEST, default="", allow_blank=True)


class SignIn(serializers.Serializer):
    seen = serializers.UUIDField()
    password = serializers.CharField(max_length=200, trim_whitespace=False)
