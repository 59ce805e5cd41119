"""Reports for programs. A report by arm exists only for people delegated as unblinded."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.services import signature_check
from apps.core.api.pagination import Pages
from apps.core.api.views import Endpoint
from apps.endpoints import selectors, services
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import study_get


class ReportIn(serializers.Serializer):
    by_arm = serializers.BooleanField(default=False)
    password = serializers.CharField(
        max_length=256,
        required=False,
        default="",
        trim_whitespace=False,
        help_text="Signs for a report by arm",
    )


class FileOut(serializers.Serializer):
    name = serializers.CharField()
    media_type = serializers.CharField()
    size = serializers.IntegerField()
    digest = serializers.CharField(help_text="SHA-256 of the content")


class ReportOut(serializers.Serializer):
    id = serializers.UUIDField()
    study = serializers.CharField(source="study.code")
    kind = serializers.CharField(help_text="DAY28, or DSMB for a part of an interim package")
    package = serializers.UUIDField(allow_null=True, help_text="Shared by both parts of an interim package")
    purpose = serializers.CharField()
    by_arm = serializers.BooleanField()
    state = serializers.CharField()
    progress = serializers.IntegerField()
    stage = serializers.CharField()
    problem = serializers.CharField()
    data_cut_at = serializers.DateTimeField()
    requested_at = serializers.DateTimeField(source="recorded_at")
    finished_at = serializers.DateTimeField(allow_null=True)
    digest = serializers.CharField()


class ReportDetailOut(ReportOut):
    files = FileOut(many=True)


class ReportList(Endpoint):
    """The reports of a study, and asking for one."""

    @extend_schema(operation_id="reports_list", responses=ReportOut(many=True))
    def get(self, request: Request, code: str) -> Response:
        now = self.now()
        study = study_get(viewer=request.user, code=code, now=now)
        pages = Pages()
        rows = pages.paginate_queryset(
            selectors.jobs_of(viewer=request.user, now=now).filter(study=study), request
        )
        return pages.get_paginated_response(ReportOut(rows, many=True).data)

    @extend_schema(operation_id="report_request", request=ReportIn, responses={202: ReportOut})
    def post(self, request: Request, code: str) -> Response:
        now = self.now()
        study = study_get(viewer=request.user, code=code, now=now)
        given = self.read(request, ReportIn)
        if given["by_arm"]:
            signature_check(user=request.user, password=given["password"], meaning="unblinded report", at=now)
        job = services.report_request(study=study, by_arm=given["by_arm"], by=request.user, at=now)
        return Response(ReportOut(job).data, status=202, headers={"Location": f"/api/v1/reports/{job.pk}/"})


class ReportDetail(Endpoint):
    """How far a report is, and its files."""

    @extend_schema(operation_id="report_get", responses=ReportDetailOut)
    def get(self, request: Request, job_id: UUID) -> Response:
        now = self.now()
        job = selectors.job_get(viewer=request.user, job_id=job_id, now=now)
        files = services.report_files(job_id=job_id, by=request.user, at=now) if job.state == "DONE" else ()
        return Response({**ReportOut(job).data, "files": FileOut(files, many=True).data})


class ReportCancel(Endpoint):
    """Stop a report that is being made."""

    @extend_schema(operation_id="report_cancel", request=None, responses=ReportOut)
    def post(self, request: Request, job_id: UUID) -> Response:
        job = services.report_cancel(job_id=job_id, by=request.user, at=self.now())
        return Response(ReportOut(job).data)


class ReportRetry(Endpoint):
    """Make a report again that failed or was cancelled, of the same data cut."""

    @extend_schema(operation_id="report_retry", request=None, responses={202: ReportOut})
    def post(self, request: Request, job_id: UUID) -> Response:
        job = services.report_retry(job_id=job_id, by=request.user, at=self.now())
        return Response(ReportOut(job).data, status=202)


class InterimIn(serializers.Serializer):
    cut_at = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="Data received until; now if not given"
    )
    purpose = serializers.CharField(max_length=300, help_text="Why an interim look is taken")
    password = serializers.CharField(
        max_length=256, trim_whitespace=False, write_only=True, help_text="Signs for the closed part"
    )


class InterimOut(serializers.Serializer):
    package = serializers.UUIDField()
    open = ReportOut()
    closed = ReportOut()


class InterimPackage(Endpoint):
    """Ask for an interim package: an open part, pooled, and a closed part by arm, sealed."""

    @extend_schema(operation_id="interim_request", request=InterimIn, responses={202: InterimOut})
    def post(self, request: Request, code: str) -> Response:
        now = self.now()
        study = study_get(viewer=request.user, code=code, now=now)
        given = self.read(request, InterimIn)
        access.check(user=request.user, permission=Permission.REPORT_INTERIM, study_id=study.id, now=now)
        signature_check(user=request.user, password=given["password"], meaning="interim package", at=now)
        parts = services.interim_request(
            study=study, cut_at=given["cut_at"], purpose=given["purpose"], by=request.user, at=now
        )
        made = {"package": parts[0].package, "open": parts[0], "closed": parts[1]}
        return Response(InterimOut(made).data, status=202)


class ReportFile(Endpoint):
    """The content of one file; opening it leaves a record."""

    @extend_schema(
        operation_id="report_file_open",
        responses={
            (200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, "The file as it was made")
        },
    )
    def get(self, request: Request, job_id: UUID, name: str) -> HttpResponse:
        opened = services.report_file_open(job_id=job_id, name=name, by=request.user, at=self.now())
        answer = HttpResponse(opened.content, content_type=opened.media_type)
        answer["Content-Disposition"] = f'attachment; filename="{opened.name}"'
        answer["Cache-Control"] = "no-store"
        return answer


class ReleaseIn(serializers.Serializer):
    statement = serializers.CharField(max_length=300, help_text="That the analysis is final, in your words")
    password = serializers.CharField(max_length=256, trim_whitespace=False, write_only=True)


class LetterReleaseOut(serializers.Serializer):
    id = serializers.UUIDField()
    report = serializers.UUIDField(source="report_id")
    released_at = serializers.DateTimeField(source="recorded_at")


class ReportRelease(Endpoint):
    """Release the treatments of a closed study on this final report by arm; the letters are made then."""

    @extend_schema(operation_id="treatments_release", request=ReleaseIn, responses={201: LetterReleaseOut})
    def post(self, request: Request, job_id: UUID) -> Response:
        given, now = self.read(request, ReleaseIn), self.now()
        signature_check(user=request.user, password=given["password"], meaning=given["statement"], at=now)
        made = services.letters_release(job_id=job_id, statement=given["statement"], by=request.user, at=now)
        return Response(LetterReleaseOut(made).data, status=201)
