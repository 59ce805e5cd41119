"""What the endpoints of unblinding take and give. Only `RevealedOut` holds a treatment, and only its reader gets it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.unblinding import selectors
from apps.unblinding.domain.assessment import Treatment
from apps.unblinding.domain.modes import Category, Mode
from apps.unblinding.models import Drill, Opening


class IdentityIn(serializers.Serializer):
    """Both components of the signature."""

    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=200, trim_whitespace=False, write_only=True)


class BreakIn(IdentityIn):
    key = serializers.UUIDField(help_text="A UUID of your own; the same one again tells nothing more")
    number = serializers.CharField(max_length=40, help_text="The participant's number, typed again")
    category = serializers.ChoiceField(choices=[one.value for one in Category])
    reason = serializers.CharField(max_length=1000)


class HandOverIn(BreakIn):
    clinician = serializers.CharField(max_length=254, help_text="E-mail address of the clinician's account")


class MessageIn(IdentityIn):
    code = serializers.CharField(max_length=20)


class AssessmentIn(serializers.Serializer):
    who_learned = serializers.CharField(max_length=2000)
    effect = serializers.CharField(max_length=2000)
    measures = serializers.CharField(max_length=2000)
    decision = serializers.ChoiceField(
        choices=[one.value for one in Treatment], help_text="What becomes of the study drug"
    )
    change_reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    seen = serializers.UUIDField(required=False, default=None, allow_null=True)
    password = serializers.CharField(max_length=200, trim_whitespace=False, write_only=True)


class AssessmentOut(serializers.Serializer):
    id = serializers.UUIDField()
    opening = serializers.UUIDField(source="opening_id")
    who_learned = serializers.CharField()
    effect = serializers.CharField()
    measures = serializers.CharField()
    decision = serializers.ChoiceField(source="treatment", choices=[one.value for one in Treatment])
    signed_at = serializers.DateTimeField(source="recorded_at")
    signed_by = serializers.CharField(source="recorded_by.email")


class OpeningOut(serializers.Serializer):
    """That an envelope was opened; nobody learns from it what was in it."""

    id = serializers.UUIDField()
    participant = serializers.CharField()
    site = serializers.CharField()
    mode = serializers.ChoiceField(choices=[one.value for one in Mode])
    category = serializers.CharField()
    asked_by = serializers.CharField()
    asked_at = serializers.DateTimeField()
    reader = serializers.CharField()
    read_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField()
    assessment = serializers.CharField(
        help_text="`signed`, `due`, `overdue`, or empty where none is asked for"
    )


class RevealedOut(serializers.Serializer):
    """The treatment, for the reader alone, once."""

    opening = serializers.UUIDField()
    participant = serializers.CharField()
    treatment = serializers.CharField()
    told_at = serializers.DateTimeField()


class HandedOverOut(serializers.Serializer):
    opening = serializers.UUIDField()
    clinician = serializers.CharField()
    code = serializers.CharField(help_text="To be read out; it is not shown again")
    expires_at = serializers.DateTimeField()


class LetterIn(IdentityIn):
    key = serializers.UUIDField(help_text="A UUID of your own; the same one again opens nothing")
    number = serializers.CharField(max_length=40, help_text="The participant's number, typed again")


class LetterOut(serializers.Serializer):
    id = serializers.UUIDField()
    participant = serializers.CharField(source="participant.number")
    site = serializers.CharField(source="participant.site.code")
    ready_at = serializers.DateTimeField(source="recorded_at")


class DrillIn(serializers.Serializer):
    site = serializers.UUIDField()


class DrillOut(serializers.Serializer):
    id = serializers.UUIDField()
    subject = serializers.CharField()
    started_at = serializers.DateTimeField()
    seconds = serializers.FloatField(allow_null=True)


def opening_values(opening: Opening, *, now: Any) -> dict[str, Any]:
    """Return what `OpeningOut` shows."""
    read = getattr(opening, "read", None)
    return {
        "id": opening.pk,
        "participant": opening.subject,
        "site": opening.site.code,
        "mode": opening.mode,
        "category": opening.category,
        "asked_by": opening.recorded_by.email,
        "asked_at": opening.recorded_at,
        "reader": opening.reader.email,
        "read_at": read.recorded_at if read else None,
        "expires_at": opening.expires_at,
        "assessment": selectors.row(opening, now=now)["assessment"],
    }


def drill_values(drill: Drill) -> dict[str, Any]:
    """Return what `DrillOut` shows."""
    return {
        "id": drill.pk,
        "subject": drill.subject,
        "started_at": drill.recorded_at,
        "seconds": selectors.drill_seconds(drill),
    }
