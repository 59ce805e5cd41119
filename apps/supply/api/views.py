"""Randomizing and reading allocations; kits and their ledger."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.pagination import Pages
from apps.core.api.views import Endpoint
from apps.core.exceptions import Invalid, Reason
from apps.randomization import selectors as randomization
from apps.supply import selectors, services
from apps.supply.api import serializers as s

KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="A UUID made by the sender. The same key for the same participant gives the same answer.",
)


class RandomizationList(Endpoint):
    """The allocations at my sites; and the draw."""

    @extend_schema(operation_id="randomizations_list", responses=s.AllocationOut(many=True))
    def get(self, request: Request) -> Response:
        rows = randomization.allocations_visible(viewer=request.user, now=self.now())
        pages = Pages()
        return pages.get_paginated_response(
            s.AllocationOut(pages.paginate_queryset(rows, request), many=True).data
        )

    @extend_schema(
        operation_id="participant_randomize",
        parameters=[KEY],
        request=s.RandomizationIn,
        responses={201: s.RandomizationOut, 200: s.RandomizationOut},
    )
    def post(self, request: Request) -> Response:
        given = self.read(request, s.RandomizationIn)
        answer, repeated = services.participant_randomize_with_kits(
            participant_id=given["participant_id"],
            key=_key(request, given.get("key")),
            by=request.user,
            at=self.now(),
        )
        return Response(s.RandomizationOut(answer).data, status=200 if repeated else 201)


class RandomizationDetail(Endpoint):
    """One allocation with the kits of the first session."""

    @extend_schema(operation_id="randomization_get", responses=s.RandomizationOut)
    def get(self, request: Request, allocation_id: UUID) -> Response:
        now = self.now()
        found = randomization.allocation_get(viewer=request.user, allocation_id=allocation_id, now=now)
        answer = selectors.handover_get(viewer=request.user, participant_id=found.participant_id, now=now)
        return Response(s.RandomizationOut(answer).data)


class KitList(Endpoint):
    """The kits at my sites, by their shuffled numbers."""

    @extend_schema(operation_id="kits_list", parameters=[s.KitQuery], responses=s.KitOut(many=True))
    def get(self, request: Request) -> Response:
        wanted = self.read_query(request, s.KitQuery)
        now = self.now()
        rows = selectors.kits_visible(viewer=request.user, now=now)
        if "expiring_within_days" in wanted:
            rows = selectors.kits_expiring(
                viewer=request.user, now=now, within_days=wanted["expiring_within_days"]
            )
        if "site" in wanted:
            rows = rows.filter(site__code=wanted["site"])
        if "state" in wanted:
            rows = rows.filter(state=wanted["state"])
        if "number" in wanted:
            rows = rows.filter(number=wanted["number"])
        pages = Pages()
        return pages.get_paginated_response(s.KitOut(pages.paginate_queryset(rows, request), many=True).data)


class KitDetail(Endpoint):
    """One kit."""

    @extend_schema(operation_id="kit_get", responses=s.KitOut)
    def get(self, request: Request, kit_id: UUID) -> Response:
        return Response(s.KitOut(selectors.kit_get(viewer=request.user, kit_id=kit_id, now=self.now())).data)


class KitReturn(Endpoint):
    """Take a kit back."""

    @extend_schema(operation_id="kit_return", request=s.KitReasonIn, responses=s.KitOut)
    def post(self, request: Request, kit_id: UUID) -> Response:
        given = self.read(request, s.KitReasonIn)
        moved = services.kit_return(kit_id=kit_id, reason=given["reason"], by=request.user, at=self.now())
        return Response(s.KitOut(moved).data)


class KitQuarantine(Endpoint):
    """Set a kit aside."""

    @extend_schema(operation_id="kit_quarantine", request=s.KitReasonIn, responses=s.KitOut)
    def post(self, request: Request, kit_id: UUID) -> Response:
        given = self.read(request, s.KitReasonIn)
        moved = services.kit_quarantine(kit_id=kit_id, reason=given["reason"], by=request.user, at=self.now())
        return Response(s.KitOut(moved).data)


class KitRelease(Endpoint):
    """Put a quarantined kit back into stock."""

    @extend_schema(operation_id="kit_release", request=s.KitReasonIn, responses=s.KitOut)
    def post(self, request: Request, kit_id: UUID) -> Response:
        given = self.read(request, s.KitReasonIn)
        moved = services.kit_release(kit_id=kit_id, reason=given["reason"], by=request.user, at=self.now())
        return Response(s.KitOut(moved).data)


def _key(request: Request, in_body: UUID | None) -> UUID:
    header = request.headers.get("Idempotency-Key", "")
    if not header:
        if in_body is None:
            raise Invalid(Reason("key_missing", "Give an Idempotency-Key header or a key, a UUID.", "key"))
        return in_body
    try:
        key = UUID(header)
    except ValueError:
        raise Invalid(Reason("key_invalid", "The Idempotency-Key is not a UUID.", "key")) from None
    if in_body is not None and in_body != key:
        raise Invalid(Reason("key_differs", "The Idempotency-Key header and the key differ.", "key"))
    return key
