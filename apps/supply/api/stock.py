"""A site's stock: what should be there, counts, the accountability log, the outlook, temperature excursions."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.pagination import Pages
from apps.core.api.views import Endpoint
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.supply import selectors, services
from apps.supply.api import serializers as s
from apps.supply.domain.reconciliation import LotCount


class StockOutlook(Endpoint):
    """How long the stock of each of my sites lasts in the worst case; the same whatever was allocated."""

    @extend_schema(operation_id="stock_outlook", responses=s.OutlookOut(many=True))
    def get(self, request: Request) -> Response:
        found = selectors.outlook_by_site(viewer=request.user, now=self.now())
        return Response(s.OutlookOut(found, many=True).data)


class StrataOutlook(Endpoint):
    """How long each of my sites can go on randomizing in each stratum; the same whatever was allocated."""

    @extend_schema(operation_id="strata_outlook", responses=s.StratumOutlookOut(many=True))
    def get(self, request: Request) -> Response:
        found = selectors.outlook_by_stratum(viewer=request.user, now=self.now())
        return Response(s.StratumOutlookOut(found, many=True).data)


class SiteStock(Endpoint):
    """What should be at a site by its ledger, with its latest counts; and a new count."""

    @extend_schema(operation_id="site_stock", responses=s.StockOut)
    def get(self, request: Request, site_id: UUID) -> Response:
        now = self.now()
        site = selectors.site_get(viewer=request.user, site_id=site_id, now=now)
        counts = [row for day in selectors.counts_recent(site=site) for row in day.rows]
        lots = selectors.stock_expected(site=site, until=now)
        return Response(s.StockOut({"site": site.code, "lots": lots, "counts": counts}).data)

    @extend_schema(
        operation_id="stock_count", request=s.StockCountIn, responses={201: s.StockCountOut(many=True)}
    )
    def post(self, request: Request, site_id: UUID) -> Response:
        given, now = self.read(request, s.StockCountIn), self.now()
        site = selectors.site_get(viewer=request.user, site_id=site_id, now=now)
        access.check(user=request.user, permission=Permission.KIT_RECEIVE, site_id=site.pk, now=now)
        witness = services.witness_check(
            email=given["witness_email"],
            password=given["witness_password"],
            site_id=site.pk,
            meaning="stock count",
            by=request.user,
            at=now,
        )
        kept = services.stock_count(
            site_id=site.pk,
            counts={one["lot"]: LotCount(one["counted"], one["reason"]) for one in given["counts"]},
            seen=given["seen"],
            witness=witness,
            by=request.user,
            at=now,
        )
        return Response(s.StockCountOut(kept, many=True).data, status=201)


class Accountability(Endpoint):
    """The accountability log of a site as CSV: per kit, who did what when, and before which witness."""

    @extend_schema(operation_id="accountability_get", responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, site_id: UUID) -> HttpResponse:
        text = services.accountability_export(site_id=site_id, by=request.user, at=self.now())
        return HttpResponse(text, content_type="text/csv; charset=utf-8")


class ExcursionList(Endpoint):
    """The temperature excursions at my sites; and a new one, which sets its kits aside."""

    @extend_schema(operation_id="excursions_list", responses=s.ExcursionOut(many=True))
    def get(self, request: Request) -> Response:
        rows = selectors.excursions_visible(viewer=request.user, now=self.now())
        pages = Pages()
        return pages.get_paginated_response(
            s.ExcursionOut(pages.paginate_queryset(rows, request), many=True).data
        )

    @extend_schema(operation_id="excursion_record", request=s.ExcursionIn, responses={201: s.ExcursionOut})
    def post(self, request: Request) -> Response:
        given, now = self.read(request, s.ExcursionIn), self.now()
        made = services.excursion_record(**given, by=request.user, at=now)
        found = selectors.excursion_get(viewer=request.user, excursion_id=made.pk, now=now)
        return Response(s.ExcursionOut(found).data, status=201)


class ExcursionDecision(Endpoint):
    """Decide once: release the kits that are still set aside, or destroy them before a witness."""

    @extend_schema(
        operation_id="excursion_decide", request=s.ExcursionDecisionIn, responses={201: s.DecisionOut}
    )
    def post(self, request: Request, excursion_id: UUID) -> Response:
        given, now = self.read(request, s.ExcursionDecisionIn), self.now()
        found = selectors.excursion_get(viewer=request.user, excursion_id=excursion_id, now=now)
        access.check(user=request.user, permission=Permission.KIT_RECEIVE, site_id=found.site_id, now=now)
        witness = None
        if given.get("witness_email"):
            witness = services.witness_check(
                email=given["witness_email"],
                password=given.get("witness_password", ""),
                site_id=found.site_id,
                meaning="destruction after an excursion",
                by=request.user,
                at=now,
            )
        made = services.excursion_decide(
            excursion_id=excursion_id,
            outcome=given["outcome"],
            reason=given["reason"],
            witness=witness,
            by=request.user,
            at=now,
        )
        return Response(s.DecisionOut(made).data, status=201)
