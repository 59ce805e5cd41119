"""The rater's interviews, and ratings put under an identifier the sender chose."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import Endpoint
from apps.instruments import selectors, services
from apps.instruments.api import serializers as s
from apps.instruments.domain.catalogue import INSTRUMENTS


class InstrumentList(Endpoint):
    """The scales with their items and limits; labels are neutral, wording is not ours to give."""

    @extend_schema(operation_id="instruments_list", responses=s.InstrumentOut(many=True))
    def get(self, request: Request) -> Response:
        return Response(s.InstrumentOut(list(INSTRUMENTS.values()), many=True).data)


class SlotList(Endpoint):
    """My interviews: alias, window, instrument."""

    @extend_schema(operation_id="rating_slots_list", responses=s.RatingSlotOut(many=True))
    def get(self, request: Request) -> Response:
        slots = selectors.slots_for(viewer=request.user, now=self.now())
        return Response(s.RatingSlotOut(slots, many=True).data)


class RatingPut(Endpoint):
    """Put a rating. The same request again answers 200 with the first one; another under its name is a 409."""

    @extend_schema(
        operation_id="rating_put", request=s.RatingIn, responses={200: s.RatingOut, 201: s.RatingOut}
    )
    def put(self, request: Request, rating_id: UUID) -> Response:
        now = self.now()
        given = {"entered_at": now, **self.read(request, s.RatingIn)}
        put = services.rating_record if "slot_id" in given else services.rating_enter
        rating, created = put(**given, rating_id=rating_id, by=request.user, at=now)
        return Response(s.RatingOut(rating).data, status=201 if created else 200)


class RatingCorrect(Endpoint):
    """Correct one's own interview: a new rating that names the old one."""

    @extend_schema(operation_id="rating_correct", request=s.CorrectionIn, responses={201: s.RatingOut})
    def post(self, request: Request, rating_id: UUID) -> Response:
        rating = services.rating_correct(
            rating_id=rating_id, **self.read(request, s.CorrectionIn), by=request.user, at=self.now()
        )
        return Response(s.RatingOut(rating).data, status=201)
