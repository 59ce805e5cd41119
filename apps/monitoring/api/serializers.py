"""The two hours as the API speaks of them; input and output apart.

Figures come in as they are: their limits are the domain's, so that one answer names every fault of a reading at once.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.exceptions import Reason
from apps.monitoring.api.watcher_serializers import OnSiteOut, WatchingOut
from apps.monitoring.domain.values import FLAGS, MEASURES, NUMBERS, SCALES

#: The protocol's plan is made of minutes of one day; a clock outside of these years is no clock.
YEARS = (2000, 2100)


class Figure(serializers.Field):
    """Whatever was sent for a value; the domain says whether it is one."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


def _figure(schema: dict[str, Any]) -> serializers.Field:
    typed = extend_schema_field(schema)(type("Figure", (Figure,), {}))
    return typed(required=False, allow_null=True)


class Moment(serializers.DateTimeField):
    """An instant with its offset from UTC, within this century."""

    default_error_messages = {"year": "This is no moment of a trial.", "naive": "Say the offset from UTC."}

    def enforce_timezone(self, value: Any) -> Any:
        if value.tzinfo is None:
            self.fail("naive")
        if not YEARS[0] <= value.year < YEARS[1]:
            self.fail("year")
        return super().enforce_timezone(value)


class ObservationIn(serializers.Serializer):
    """One set of readings. Left out means not taken; nothing is carried forward from an earlier reading."""

    session = serializers.UUIDField()
    slot_minute = _figure(
        {"type": ["integer", "null"], "description": "Slot of the plan; -1 predose; null extra"}
    )
    observed_at = Moment(help_text="When it was seen, in server time as the device worked it out")
    entered_at = Moment(help_text="When it was typed, likewise")
    device_now = Moment(
        required=False, allow_null=True, default=None, help_text="The device's own clock at the entry"
    )
    late_reason = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")
    not_done = serializers.DictField(
        child=serializers.CharField(max_length=200),
        required=False,
        default=dict,
        help_text="Measure to reason",
    )
    confirmed = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, default=list, max_length=40
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        for key, number in NUMBERS.items():
            kind = "number" if number.decimals else "integer"
            schema = {
                "type": [kind, "null"],
                "minimum": number.low,
                "maximum": number.high,
                "description": number.unit,
            }
            fields[key] = _figure(schema)
        for key, label in FLAGS.items():
            fields[key] = _figure({"type": ["boolean", "null"], "description": label})
        for key, scale in SCALES.items():
            fields[key] = _figure(
                {
                    "type": ["object", "null"],
                    "additionalProperties": {"type": "integer", "minimum": 0, "maximum": scale.highest},
                    "description": f"Items “1” to “{scale.items}”, all of them",
                }
            )
        return fields


#: Names of the values of an observation, apart from its times and words.
VALUE_NAMES = (*NUMBERS, *FLAGS, *SCALES)


class FindingOut(serializers.Serializer):
    id = serializers.UUIDField()
    rule = serializers.CharField()
    severity = serializers.CharField()
    message = serializers.CharField()
    action = serializers.CharField()
    notify = serializers.ListField(child=serializers.CharField())
    raised_at = serializers.DateTimeField()
    recheck_at = serializers.DateTimeField(allow_null=True)
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.CharField(source="acknowledged_by.full_name", default=None, allow_null=True)


class ObservationOut(serializers.Serializer):
    id = serializers.UUIDField()
    session = serializers.UUIDField(source="session_id")
    slot_minute = serializers.IntegerField(allow_null=True)
    sbp = serializers.IntegerField(allow_null=True)
    dbp = serializers.IntegerField(allow_null=True)
    hr = serializers.IntegerField(allow_null=True)
    rr = serializers.IntegerField(allow_null=True)
    spo2 = serializers.IntegerField(allow_null=True)
    temp_c = serializers.DecimalField(max_digits=3, decimal_places=1, allow_null=True, coerce_to_string=False)
    moaas = serializers.IntegerField(allow_null=True)
    cadss_items = serializers.DictField(allow_null=True)
    cadss_total = serializers.IntegerField(allow_null=True)
    bprs_items = serializers.DictField(allow_null=True)
    bprs_total = serializers.IntegerField(allow_null=True)
    ready = serializers.BooleanField(allow_null=True)
    crisis_symptom = serializers.BooleanField(allow_null=True)
    apnoea = serializers.BooleanField(allow_null=True)
    dose_disturbed = serializers.BooleanField(allow_null=True)
    cssrs_ideation = serializers.IntegerField(allow_null=True)
    cssrs_behavior = serializers.BooleanField(allow_null=True)
    not_done = serializers.DictField(child=serializers.CharField())
    observed_at = serializers.DateTimeField()
    entered_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField(help_text="When the server received it")
    recorded_by = serializers.CharField(source="recorded_by.full_name")
    device_skew_ms = serializers.IntegerField()
    late_reason = serializers.CharField()
    confirmed = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField()
    findings = FindingOut(many=True, source="findings.all")


class SlotOut(serializers.Serializer):
    minute = serializers.IntegerField(help_text="-1 is the predose slot")
    code = serializers.CharField()
    label = serializers.CharField()
    state = serializers.CharField()
    mandatory = serializers.BooleanField()
    opens_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    closes_at = serializers.DateTimeField(allow_null=True)
    wanted = serializers.ListField(child=serializers.ChoiceField(choices=list(MEASURES)))
    missing = serializers.ListField(child=serializers.ChoiceField(choices=list(MEASURES)))
    minutes_late = serializers.IntegerField()
    readings = serializers.IntegerField()


class ConditionOut(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField()
    met = serializers.BooleanField()
    found = serializers.CharField()
    needed = serializers.CharField(help_text="What would meet it; empty when met")
    clears_at = serializers.DateTimeField(allow_null=True)
    by_word = serializers.BooleanField(source="is_confirmed_by_hand")
    may_be_accepted = serializers.BooleanField()


class PlanOut(serializers.Serializer):
    session = serializers.UUIDField()
    participant = serializers.CharField()
    chair = serializers.IntegerField()
    state = serializers.CharField()
    dosed_at = serializers.DateTimeField(allow_null=True)
    last_spray_at = serializers.DateTimeField(allow_null=True)
    now = serializers.DateTimeField()
    next_minute = serializers.IntegerField(allow_null=True)
    slots = SlotOut(many=True)
    findings = FindingOut(many=True, help_text="Not acknowledged yet")
    conditions = ConditionOut(many=True, help_text="Conditions of leaving, as far as readings meet them")


class DischargeIn(serializers.Serializer):
    """The signer's word and password. `accepted` counts only from an investigator."""

    password = serializers.CharField(max_length=200, trim_whitespace=False, write_only=True)
    confirmed = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, default=list, max_length=40
    )
    accepted = serializers.DictField(
        child=serializers.CharField(max_length=500), required=False, default=dict
    )


class EarlyReleaseIn(DischargeIn):
    """Why somebody is let go before every condition holds: a category of the protocol, and the reason in words."""

    category = serializers.CharField(max_length=40)
    reason = serializers.CharField(max_length=1000)


class ReleaseOut(serializers.Serializer):
    session = serializers.UUIDField(source="session_id")
    released_at = serializers.DateTimeField()
    minutes_observed = serializers.IntegerField()
    ready_minute = serializers.IntegerField(allow_null=True)
    conditions = serializers.ListField(
        child=serializers.DictField(), help_text="As each stood at the release"
    )
    early_category = serializers.CharField(help_text="Empty for a release with every condition met")
    early_reason = serializers.CharField()


class BoardQuery(serializers.Serializer):
    site = serializers.UUIDField(required=False)


class ChairOut(serializers.Serializer):
    chair = serializers.IntegerField()
    session = serializers.UUIDField(allow_null=True)
    participant = serializers.CharField(allow_null=True)
    state = serializers.CharField(allow_null=True)
    dosed_at = serializers.DateTimeField(allow_null=True)
    watching = WatchingOut(allow_null=True)
    next = SlotOut(allow_null=True)
    overdue = serializers.IntegerField()
    unacknowledged = serializers.IntegerField()


class ExpectedOut(serializers.Serializer):
    visit = serializers.UUIDField(source="pk")
    participant = serializers.CharField(source="participant.number")
    label = serializers.CharField()
    planned_at = serializers.DateTimeField(allow_null=True)
    closes_at = serializers.DateTimeField()


class BoardOut(serializers.Serializer):
    site = serializers.CharField()
    now = serializers.DateTimeField()
    prescribers_on_site = OnSiteOut(many=True)
    chairs = ChairOut(many=True)
    expected = ExpectedOut(many=True)


def whole_minute(value: Any) -> int | Reason | None:
    """Return the slot's minute as sent, or why it is none."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return Reason("not_a_number", "The slot is named by its whole minute, or left out.", "slot_minute")
