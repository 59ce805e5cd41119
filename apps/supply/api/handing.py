"""Handing kits over, and putting right what went wrong with it."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.pagination import Pages
from apps.core.api.views import Endpoint
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.supply import selectors, services
from apps.supply.api import serializers as s


class KitConfirm(Endpoint):
    """Read a kit as it is handed over: the right one is confirmed, any other refused."""

    @extend_schema(operation_id="kit_confirm", request=s.KitConfirmIn, responses=s.KitOut)
    def post(self, request: Request) -> Response:
        given = self.read(request, s.KitConfirmIn)
        kit = services.kit_confirm(
            participant_id=given["participant_id"],
            visit_code=given["visit"],
            number=given["number"],
            by=request.user,
            at=self.now(),
        )
        return Response(s.KitOut(kit).data)


class KitReplace(Endpoint):
    """Hand out kits for the places of a visit whose kit was taken back."""

    @extend_schema(operation_id="kits_replace", request=s.VisitKitsIn, responses=s.DispensedKitOut(many=True))
    def post(self, request: Request) -> Response:
        given = self.read(request, s.VisitKitsIn)
        kits = services.kits_replace(
            participant_id=given["participant_id"], visit_code=given["visit"], by=request.user, at=self.now()
        )
        return Response(s.DispensedKitOut(kits, many=True).data)


class KitDestroy(Endpoint):
    """Destroy a kit before a witness, who signs with their own password."""

    @extend_schema(operation_id="kit_destroy", request=s.KitDestroyIn, responses=s.KitOut)
    def post(self, request: Request, kit_id: UUID) -> Response:
        given, now = self.read(request, s.KitDestroyIn), self.now()
        kit = selectors.kit_get(viewer=request.user, kit_id=kit_id, now=now)
        access.check(user=request.user, permission=Permission.KIT_RETURN, site_id=kit.site_id, now=now)
        witness = services.witness_check(
            email=given["witness_email"],
            password=given["witness_password"],
            site_id=kit.site_id,
            meaning="kit destruction",
            by=request.user,
            at=now,
        )
        moved = services.kit_destroy(
            kit_id=kit_id, reason=given["reason"], witness=witness, by=request.user, at=now
        )
        return Response(s.KitOut(moved).data)


class WrongKitList(Endpoint):
    """The wrong kits at my sites; and putting one right."""

    @extend_schema(operation_id="wrong_kits_list", responses=s.WrongKitOut(many=True))
    def get(self, request: Request) -> Response:
        rows = selectors.wrong_kits_visible(viewer=request.user, now=self.now())
        pages = Pages()
        return pages.get_paginated_response(
            s.WrongKitOut(pages.paginate_queryset(rows, request), many=True).data
        )

    @extend_schema(operation_id="wrong_kit_recover", request=s.WrongKitIn, responses={201: s.RecoveryOut})
    def post(self, request: Request) -> Response:
        given = self.read(request, s.WrongKitIn)
        done = services.wrong_kit_recover(
            participant_id=given["participant_id"],
            visit_code=given["visit"],
            position=given["position"],
            number=given["number"],
            was_administered=given["was_administered"],
            reason=given["reason"],
            by=request.user,
            at=self.now(),
        )
        return Response(s.RecoveryOut(done).data, status=201)
