"""Papers as the API speaks of them; input and output apart."""

from __future__ import annotations

from rest_framework import serializers


class HeadOut(serializers.Serializer):
    study = serializers.CharField()
    protocol = serializers.CharField()
    site = serializers.CharField()
    time_zone = serializers.CharField()
    participant = serializers.CharField()
    visit = serializers.CharField()
    chair = serializers.IntegerField()
    dose = serializers.CharField(help_text="As asked for; never what was in the devices")
    dosed_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    is_over = serializers.BooleanField()
    as_of = serializers.DateTimeField()


class PaperOut(serializers.Serializer):
    """A paper as values: what the PDF is set from, but for the pictures."""

    paper = serializers.CharField()
    about = HeadOut()
    values = serializers.JSONField(
        help_text="Null is what the record does not know: an open box on the paper"
    )


class SheetDueOut(serializers.Serializer):
    session = serializers.UUIDField(source="session.pk")
    participant = serializers.CharField(source="session.participant.number")
    site = serializers.CharField(source="session.site.code")
    visit = serializers.CharField(source="session.visit.label")
    session_on = serializers.DateField()
    due_on = serializers.DateField()
    days_left = serializers.IntegerField(help_text="Negative: late")


class SheetsDueQuery(serializers.Serializer):
    site = serializers.UUIDField(required=False)


class SentIn(serializers.Serializer):
    sent_on = serializers.DateField()
    reference = serializers.CharField(required=False, allow_blank=True, max_length=100, default="")


class TakeBackIn(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class SendingOut(serializers.Serializer):
    session = serializers.UUIDField(source="session_id")
    sent_on = serializers.DateField(allow_null=True, help_text="Null: not sent after all")
    reference = serializers.CharField()
    reason = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.CharField(source="recorded_by.full_name")
