"""Allocations and kits as the API speaks of them. There is no field for an arm, a list or a content."""

from __future__ import annotations

from rest_framework import serializers

from apps.supply.domain.kits import KitState
from apps.supply.domain.outlook import CAUSES


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
    expiring_within_days = serializers.IntegerField(required=False, min_value=0, max_value=3650)


class KitReasonIn(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class WitnessIn(serializers.Serializer):
    witness_email = serializers.EmailField(max_length=254)
    witness_password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)


class KitDestroyIn(KitReasonIn, WitnessIn):
    pass


class VisitKitsIn(serializers.Serializer):
    participant_id = serializers.UUIDField()
    visit = serializers.CharField(max_length=20)


class KitConfirmIn(VisitKitsIn):
    number = serializers.CharField(max_length=40, help_text="As scanned or typed")


class DispensedKitOut(serializers.Serializer):
    id = serializers.UUIDField(source="kit_id")
    number = serializers.CharField()
    position = serializers.IntegerField()


class OutlookOut(serializers.Serializer):
    site = serializers.CharField(source="site.code")
    days_covered = serializers.IntegerField(source="days", help_text="0, 7, 14, 28 or 56: at least so many")
    pairs_to_send = serializers.IntegerField(
        source="pairs", help_text="Kits of either content, in steps of 6"
    )
    text = serializers.CharField()


class StratumOutlookOut(serializers.Serializer):
    site = serializers.CharField(source="site.code")
    stratum = serializers.CharField()
    days_covered = serializers.IntegerField(
        source="days",
        help_text="0, 7, 14, 28 or 56: at least so many, if more come than of late (95 % limit)",
    )
    days_covered_at_pace = serializers.IntegerField(
        source="days_at_pace", help_text="0, 7, 14, 28 or 56: at least so many at the pace of late"
    )
    causes = serializers.ListField(
        child=serializers.ChoiceField(choices=list(CAUSES)), help_text="What may end within 56 days"
    )
    text = serializers.CharField()


class LotExpectedOut(serializers.Serializer):
    lot = serializers.CharField()
    on_shelf = serializers.IntegerField()
    available = serializers.IntegerField()
    quarantined = serializers.IntegerField()
    returned = serializers.IntegerField()
    dispensed = serializers.IntegerField()


class LotCountIn(serializers.Serializer):
    lot = serializers.CharField(max_length=40)
    counted = serializers.IntegerField(min_value=0, max_value=100_000)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class StockCountIn(WitnessIn):
    counts = LotCountIn(many=True, max_length=200)
    seen = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, default=list, max_length=5000
    )


class StockCountOut(serializers.Serializer):
    id = serializers.UUIDField()
    lot = serializers.CharField()
    on = serializers.DateField()
    as_of = serializers.DateTimeField()
    expected = serializers.IntegerField()
    counted = serializers.IntegerField()
    counted_by = serializers.CharField(source="recorded_by.full_name")
    witness = serializers.CharField(source="witness.full_name")
    reason = serializers.CharField()


class StockOut(serializers.Serializer):
    site = serializers.CharField()
    lots = LotExpectedOut(many=True)
    counts = StockCountOut(many=True)


class WrongKitIn(VisitKitsIn):
    position = serializers.IntegerField(min_value=1, max_value=9)
    number = serializers.CharField(max_length=40)
    was_administered = serializers.BooleanField()
    reason = serializers.CharField(max_length=500)


class WrongKitOut(serializers.Serializer):
    id = serializers.UUIDField()
    participant = serializers.CharField(source="participant.number")
    visit = serializers.CharField(source="visit_code")
    position = serializers.IntegerField()
    kit = serializers.CharField(source="kit.number")
    assigned = serializers.CharField(source="assigned.number", default=None, allow_null=True)
    was_administered = serializers.BooleanField()
    reason = serializers.CharField()
    deviation = serializers.CharField()
    recorded_at = serializers.DateTimeField()


class RecoveryOut(serializers.Serializer):
    record = WrongKitOut()
    owner = serializers.CharField(source="owner_number", allow_blank=True)
    replaced = serializers.ListField(child=serializers.CharField())
    is_short = serializers.BooleanField(help_text="The owner's replacement could not be handed out yet")


class ExcursionIn(serializers.Serializer):
    site_id = serializers.UUIDField()
    began = serializers.DateTimeField()
    ended = serializers.DateTimeField()
    min_c = serializers.DecimalField(max_digits=4, decimal_places=1)
    max_c = serializers.DecimalField(max_digits=4, decimal_places=1)
    note = serializers.CharField(max_length=500)
    numbers = serializers.ListField(
        child=serializers.CharField(max_length=40),
        required=False,
        default=list,
        max_length=5000,
        help_text="Kits that lay there; without them all that are stored at the site",
    )


class ExcursionDecisionIn(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=["RELEASE", "DESTROY"])
    reason = serializers.CharField(max_length=300)
    witness_email = serializers.EmailField(max_length=254, required=False)
    witness_password = serializers.CharField(
        max_length=128, trim_whitespace=False, write_only=True, required=False
    )


class DecisionOut(serializers.Serializer):
    outcome = serializers.CharField()
    reason = serializers.CharField()
    decided_at = serializers.DateTimeField(source="recorded_at")
    decided_by = serializers.CharField(source="recorded_by.full_name")
    witness = serializers.CharField(source="witness.full_name", default=None, allow_null=True)


class ExcursionOut(serializers.Serializer):
    id = serializers.UUIDField()
    site = serializers.CharField(source="site.code")
    began = serializers.DateTimeField()
    ended = serializers.DateTimeField()
    min_c = serializers.DecimalField(max_digits=4, decimal_places=1)
    max_c = serializers.DecimalField(max_digits=4, decimal_places=1)
    note = serializers.CharField()
    kits = serializers.IntegerField(source="kit_count")
    decision = DecisionOut(default=None, allow_null=True)
