"""Screenings as the API speaks of them; input and output apart. No blinded score passes here."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.screening.domain.decision import Signed
from apps.screening.domain.sections import CRITERION, FACT


@extend_schema_field({"type": ["boolean", "number", "string", "null"]})
class ValueField(serializers.Field):
    """A yes or no, a number, a text, or null for not assessed. What a question wants, the protocol says."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class OpenIn(serializers.Serializer):
    participant_id = serializers.UUIDField()


class AnswerIn(serializers.Serializer):
    kind = serializers.ChoiceField(choices=[FACT, CRITERION])
    key = serializers.CharField(max_length=60)
    value = ValueField(allow_null=True)
    observed_at = serializers.DateTimeField(required=False, help_text="Now, unless it was earlier")
    evidence = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    change_reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    seen = serializers.UUIDField(
        required=False, help_text="The answer this one was given upon; refused when another came between"
    )


class AnswersIn(serializers.Serializer):
    answers = AnswerIn(many=True, allow_empty=False, max_length=500)


class DecisionIn(serializers.Serializer):
    signed = serializers.ChoiceField(choices=[signed.value for signed in Signed])
    version = serializers.IntegerField(min_value=1, max_value=2_000_000_000)
    password = serializers.CharField(max_length=256, trim_whitespace=False)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class ReopenIn(serializers.Serializer):
    reason = serializers.CharField(max_length=300)
    version = serializers.IntegerField(min_value=1, max_value=2_000_000_000)


class AnswerOut(serializers.Serializer):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    key = serializers.CharField()
    value = ValueField(allow_null=True)
    evidence = serializers.CharField()
    observed_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()


class EligibilityReasonOut(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    field = serializers.CharField()


class NearMissOut(serializers.Serializer):
    fact = serializers.CharField()
    value = serializers.FloatField()
    limit = serializers.FloatField()
    distance = serializers.FloatField()


class CriterionOut(serializers.Serializer):
    code = serializers.CharField()
    kind = serializers.CharField()
    text = serializers.CharField()
    stage = serializers.CharField()
    outcome = serializers.CharField()
    is_computed = serializers.BooleanField()
    missing = serializers.ListField(child=serializers.CharField())


class EligibilityGateOut(serializers.Serializer):
    verdict = serializers.CharField()
    reasons = EligibilityReasonOut(many=True)
    criteria = CriterionOut(many=True, source="results")
    near_miss = NearMissOut(allow_null=True)


class ScreeningAttemptOut(serializers.Serializer):
    id = serializers.UUIDField()
    participant_id = serializers.UUIDField()
    attempt = serializers.IntegerField()
    state = serializers.CharField()
    version = serializers.IntegerField()
    opened_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    fail_reasons = serializers.ListField(child=serializers.CharField())


class ScreeningAttemptFullOut(ScreeningAttemptOut):
    """With the answers that count and both gates."""

    answers = AnswerOut(many=True)
    screening_gate = EligibilityGateOut()
    randomization_gate = EligibilityGateOut()
