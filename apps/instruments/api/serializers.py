"""Interviews and ratings as the API speaks of them; input and output apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.instruments.domain.catalogue import INSTRUMENTS

LONGEST_SCALE = max(len(instrument.items) for instrument in INSTRUMENTS.values())


@extend_schema_field({"type": "object", "additionalProperties": {"type": ["integer", "null"]}})
class ItemsField(serializers.Field):
    """Item code to whole number, null where it could not be rated. What the codes and limits are, the scale says."""

    default_error_messages = {
        "not_an_object": "An object of item codes and whole numbers.",
        "too_many": "More items than any scale has.",
        "not_a_number": "Every item is a whole number or null.",
    }

    def to_internal_value(self, data: Any) -> dict[str, int | None]:
        if not isinstance(data, Mapping):
            self.fail("not_an_object")
        if len(data) > LONGEST_SCALE:
            self.fail("too_many")
        for value in data.values():
            if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
                self.fail("not_a_number")
        return dict(data)

    def to_representation(self, value: Any) -> Any:
        return value


class RatingSlotOut(serializers.Serializer):
    id = serializers.UUIDField()
    alias = serializers.CharField()
    instrument = serializers.CharField()
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()
    is_held = serializers.BooleanField()


class RatingIn(serializers.Serializer):
    """A rater names the interview; a clinician names participant, instrument and visit."""

    slot_id = serializers.UUIDField(required=False)
    participant_id = serializers.UUIDField(required=False)
    instrument = serializers.ChoiceField(choices=sorted(INSTRUMENTS), required=False)
    visit_code = serializers.CharField(max_length=20, required=False)
    items = ItemsField(required=False, default=dict)
    observed_at = serializers.DateTimeField()
    entered_at = serializers.DateTimeField(required=False)
    not_done_reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = [name for name in ("participant_id", "instrument", "visit_code") if name in attrs]
        if ("slot_id" in attrs) == bool(named):
            raise serializers.ValidationError(
                {"slot_id": ["Either an interview, or participant, instrument and visit."]}
            )
        if named and len(named) < 3:
            raise serializers.ValidationError(
                {"participant_id": ["Participant, instrument and visit belong together."]}
            )
        return attrs


class CorrectionIn(serializers.Serializer):
    items = ItemsField(required=False, default=dict)
    observed_at = serializers.DateTimeField(required=False)
    reason = serializers.CharField(max_length=300)
    not_done_reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class RatingOut(serializers.Serializer):
    """What the sender entered. No total: it is read where the protocol and the role allow it."""

    id = serializers.UUIDField()
    slot_id = serializers.UUIDField(allow_null=True)
    instrument = serializers.CharField()
    items = ItemsField()
    not_done_reason = serializers.CharField()
    observed_at = serializers.DateTimeField()
    entered_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    supersedes = serializers.UUIDField(source="supersedes_id", allow_null=True)


class ItemOut(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField()
    minimum = serializers.IntegerField()
    maximum = serializers.IntegerField()


class InstrumentOut(serializers.Serializer):
    code = serializers.CharField()
    title = serializers.CharField()
    license = serializers.CharField()
    source = serializers.CharField()
    minimum = serializers.IntegerField(allow_null=True)
    maximum = serializers.IntegerField(allow_null=True)
    items = ItemOut(many=True)
