"""Adverse events as the API speaks of them. Codes of severity and causality are the protocol's."""

from __future__ import annotations

from rest_framework import serializers

from apps.safety.domain.events import ENDED, ActionTaken, Outcome, Seriousness

MOST = 2_000_000_000


def _codes(enum: object) -> list[str]:
    return [member.value for member in enum]  # type: ignore[attr-defined]


class EventOut(serializers.Serializer):
    id = serializers.UUIDField()
    participant_id = serializers.UUIDField()
    participant_number = serializers.CharField(source="participant.number")
    site = serializers.CharField(source="participant.site.code")
    session_id = serializers.UUIDField(allow_null=True)
    term = serializers.CharField()
    severity = serializers.CharField()
    causality = serializers.CharField()
    is_serious = serializers.BooleanField()
    seriousness = serializers.ListField(child=serializers.CharField())
    onset_at = serializers.DateTimeField()
    onset_minutes = serializers.IntegerField(allow_null=True, help_text="From the first spray of the session")
    resolved_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField()
    action_taken = serializers.CharField()
    site_aware_at = serializers.DateTimeField()
    report_due_at = serializers.DateTimeField(allow_null=True, help_text="Of a serious event")
    version = serializers.IntegerField()


class EventQuery(serializers.Serializer):
    participant = serializers.UUIDField(required=False)
    session = serializers.UUIDField(required=False)
    site = serializers.SlugField(required=False, max_length=20)
    serious = serializers.BooleanField(required=False, allow_null=True, default=None)
    ongoing = serializers.BooleanField(required=False, allow_null=True, default=None)
    search = serializers.CharField(required=False, max_length=60, default="")


class EventFields(serializers.Serializer):
    term = serializers.CharField(max_length=200)
    severity = serializers.CharField(max_length=20)
    causality = serializers.CharField(max_length=20)
    onset_at = serializers.DateTimeField()
    site_aware_at = serializers.DateTimeField(required=False)
    resolved_at = serializers.DateTimeField(required=False, allow_null=True)
    outcome = serializers.ChoiceField(choices=_codes(Outcome), required=False)
    action_taken = serializers.ChoiceField(choices=_codes(ActionTaken), required=False)
    is_serious = serializers.BooleanField(required=False)
    seriousness = serializers.ListField(
        child=serializers.ChoiceField(choices=_codes(Seriousness)), required=False, max_length=10
    )


class EventIn(EventFields):
    participant_id = serializers.UUIDField()
    session_id = serializers.UUIDField(required=False, allow_null=True)


class EventChanges(EventFields):
    """Any of the fields; those left out stay as they are."""

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


class EventChangeIn(serializers.Serializer):
    changes = EventChanges()
    change_reason = serializers.CharField(max_length=500)
    version = serializers.IntegerField(min_value=0, max_value=MOST)


class ResolveIn(serializers.Serializer):
    resolved_at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(choices=sorted(code.value for code in ENDED), default="RESOLVED")
    version = serializers.IntegerField(min_value=0, max_value=MOST)


class MedicationIn(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["STUDY_ORAL", "CONCOMITANT"])
    name = serializers.CharField(max_length=100)
    dose_text = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    indication = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    concomitant_rule = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        default="",
        help_text="The code of the protocol's rule for other medicines it falls under",
    )
    started_on = serializers.DateField()
    stopped_on = serializers.DateField(required=False, allow_null=True, default=None)


class MedicationOut(MedicationIn):
    id = serializers.UUIDField()
    version = serializers.IntegerField()


class MedicationStopIn(serializers.Serializer):
    stopped_on = serializers.DateField()
    version = serializers.IntegerField(min_value=1, max_value=1_000_000)


class UnblindIn(serializers.Serializer):
    """A suspected unexpected serious reaction, and both components of the safety physician's signature."""

    key = serializers.UUIDField(help_text="A UUID of your own; the same one again tells nothing more")
    unexpected = serializers.BooleanField()
    reason = serializers.CharField(max_length=1000)
    number = serializers.CharField(max_length=40)
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=200, trim_whitespace=False, write_only=True)


class UnblindedOut(serializers.Serializer):
    """The treatment, for the safety physician alone, once."""

    opening = serializers.UUIDField()
    participant = serializers.CharField()
    treatment = serializers.CharField()
    told_at = serializers.DateTimeField()
