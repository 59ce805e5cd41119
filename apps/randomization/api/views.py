"""Lists with their commitments, replays of the live ones, draws from the test ones; remarks on allocations."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import Endpoint
from apps.core.exceptions import NotFound
from apps.randomization import selectors, services
from apps.randomization.api import serializers as s
from apps.randomization.domain.kinds import Remark
from apps.studies.models import Study


class ListList(Endpoint):
    """The lists of a study that I may replay or test."""

    @extend_schema(
        operation_id="randomization_lists", parameters=[s.ListQuery], responses=s.ListOut(many=True)
    )
    def get(self, request: Request) -> Response:
        wanted = self.read_query(request, s.ListQuery)
        study = Study.objects.filter(code=wanted["study"]).first()
        found = study and selectors.lists_visible(viewer=request.user, study_id=study.pk, now=self.now())
        if not found:
            raise NotFound("There is no such study.")
        return Response(s.ListOut(found, many=True).data)


class Replays(Endpoint):
    """The replays of a list; and asking for one."""

    @extend_schema(operation_id="list_replays", responses=s.ReplayOut(many=True))
    def get(self, request: Request, list_id: UUID) -> Response:
        found = selectors.list_get(viewer=request.user, list_id=list_id, now=self.now())
        return Response(s.ReplayOut(selectors.verifications_of(made=found), many=True).data)

    @extend_schema(operation_id="list_replay", request=None, responses={202: s.ReplayOut})
    def post(self, request: Request, list_id: UUID) -> Response:
        run = services.verification_request(list_id=list_id, by=request.user, at=self.now())
        return Response(s.ReplayOut(run).data, status=202)


class TestDraws(Endpoint):
    """The draws of a test list, with what they gave; and one more."""

    __test__ = False

    @extend_schema(operation_id="test_draws", responses=s.TestResultOut(many=True))
    def get(self, request: Request, list_id: UUID) -> Response:
        found = selectors.list_for_tests(viewer=request.user, list_id=list_id, now=self.now())
        rows = [
            {**s.TestDrawOut(draw).data, "result": arm}
            for draw, arm in selectors.draws_of_test_list(made=found)
        ]
        return Response(rows)

    @extend_schema(
        operation_id="test_draw",
        request=s.TestDrawIn,
        responses={201: s.TestDrawOut, 200: s.TestDrawOut},
    )
    def post(self, request: Request, list_id: UUID) -> Response:
        given = self.read(request, s.TestDrawIn)
        draw, repeated = services.list_test_draw(list_id=list_id, by=request.user, at=self.now(), **given)
        return Response(s.TestDrawOut(draw).data, status=200 if repeated else 201)


class Remarks(Endpoint):
    """What was said of an allocation; and saying it."""

    @extend_schema(operation_id="allocation_remarks", responses=s.RemarkOut(many=True))
    def get(self, request: Request, participant_id: UUID) -> Response:
        found = selectors.allocation_for(viewer=request.user, participant_id=participant_id, now=self.now())
        remarks = sorted(found.remarks.all(), key=lambda one: one.recorded_at)
        return Response(s.RemarkOut(remarks, many=True).data)

    @extend_schema(operation_id="allocation_remark", request=s.RemarkIn, responses={201: s.RemarkOut})
    def post(self, request: Request, participant_id: UUID) -> Response:
        given = self.read(request, s.RemarkIn)
        remark = services.allocation_remark(
            participant_id=participant_id,
            kind=Remark(given["kind"]),
            reason=given["reason"],
            by=request.user,
            at=self.now(),
        )
        return Response(s.RemarkOut(remark).data, status=201)
