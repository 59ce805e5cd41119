"""Readings from paper over HTTP: many lines at once, each with its own outcome."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import Endpoint
from apps.monitoring import services
from apps.monitoring.api.serializers import Moment
from apps.monitoring.domain.paper import PaperRow

MOST_ROWS = 100


class PaperRowIn(serializers.Serializer):
    id = serializers.UUIDField(help_text="Given by the device; the same line again is saved once")
    observed_at = Moment(help_text="The time that stands on the paper")
    measured_by = serializers.CharField(max_length=80, help_text="Initials or name on the paper")
    slot_minute = serializers.IntegerField(required=False, allow_null=True, default=None)
    values = serializers.DictField(
        required=False, default=dict, help_text="As in an observation: sbp, dbp, hr, cadss_items and so on"
    )
    not_done = serializers.DictField(
        child=serializers.CharField(max_length=200), required=False, default=dict
    )
    confirmed = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, default=list, max_length=40
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")


class PaperIn(serializers.Serializer):
    rows = PaperRowIn(many=True, allow_empty=False, max_length=MOST_ROWS)


class RefusalReasonOut(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    field = serializers.CharField()


class OutcomeOut(serializers.Serializer):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["saved", "known", "refused"])
    reasons = RefusalReasonOut(many=True)


class PaperReadings(Endpoint):
    """Lines of a downtime sheet."""

    @extend_schema(
        operation_id="paper_readings_record",
        request=PaperIn,
        responses=OutcomeOut(many=True),
        description="Always 200 with what became of each line; a refused line takes no other with it.",
    )
    def post(self, request: Request, session_id: UUID) -> Response:
        given = self.read(request, PaperIn)
        outcomes = services.paper_readings_record(
            session_id=session_id,
            rows=[PaperRow(**row) for row in given["rows"]],
            by=request.user,
            at=self.now(),
        )
        return Response(OutcomeOut(outcomes, many=True).data)
