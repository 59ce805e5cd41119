"""Reminders of my sites, findings told, webhooks."""

from __future__ import annotations

import secrets
from uuid import UUID

from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.pagination import Pages
from apps.core.api.views import Endpoint
from apps.reminders import selectors, services
from apps.studies.selectors import study_get


class ReminderOut(serializers.Serializer):
    id = serializers.UUIDField()
    code = serializers.CharField()
    subject = serializers.CharField()
    due_at = serializers.DateTimeField()
    state = serializers.CharField()
    sent_at = serializers.DateTimeField(allow_null=True)
    problem = serializers.CharField()
    participant = serializers.CharField(source="participant.number", default=None, allow_null=True)
    site = serializers.CharField(source="site.code", default=None, allow_null=True)


class ReminderList(Endpoint):
    """What was told, what is waiting, what failed; latest first."""

    @extend_schema(operation_id="reminders_list", responses=ReminderOut(many=True))
    def get(self, request: Request) -> Response:
        pages = Pages()
        rows = pages.paginate_queryset(selectors.reminders_of(viewer=request.user, now=self.now()), request)
        return pages.get_paginated_response(ReminderOut(rows, many=True).data)


class ReminderRetry(Endpoint):
    """Send a failed reminder again."""

    @extend_schema(operation_id="reminder_retry", request=None, responses=ReminderOut)
    def post(self, request: Request, reminder_id: UUID) -> Response:
        again = services.reminder_retry(reminder_id=reminder_id, by=request.user, at=self.now())
        return Response(ReminderOut(again).data)


class AlertOut(serializers.Serializer):
    finding = serializers.UUIDField(source="finding.pk")
    session = serializers.UUIDField(source="finding.session_id")
    participant = serializers.CharField(source="finding.session.participant.number")
    site = serializers.CharField(source="finding.session.site.code")
    chair = serializers.IntegerField(source="finding.session.chair")
    severity = serializers.CharField(source="finding.severity")
    message = serializers.CharField(source="finding.message")
    action = serializers.CharField(source="finding.action")
    raised_at = serializers.DateTimeField(source="finding.raised_at")
    role = serializers.CharField()
    may_note = serializers.BooleanField()


class AlertList(Endpoint):
    """The findings I am to be told of now and nobody took note of, the gravest first."""

    @extend_schema(operation_id="alerts_list", responses=AlertOut(many=True))
    def get(self, request: Request) -> Response:
        found = selectors.alerts_for(viewer=request.user, now=self.now())
        return Response(AlertOut(found, many=True).data)


class TellingOut(serializers.Serializer):
    id = serializers.UUIDField()
    finding = serializers.UUIDField(source="finding_id")
    participant = serializers.CharField(source="finding.session.participant.number")
    site = serializers.CharField(source="site.code")
    channel = serializers.CharField()
    role = serializers.CharField()
    recipient = serializers.CharField(default=None, allow_null=True)
    number = serializers.IntegerField()
    due_at = serializers.DateTimeField()
    state = serializers.CharField()
    told_at = serializers.DateTimeField(allow_null=True)
    attempts = serializers.IntegerField()
    problem = serializers.CharField()


class TellingList(Endpoint):
    """Who was told of findings, by which way, when, and what went wrong; latest first."""

    @extend_schema(operation_id="tellings_list", responses=TellingOut(many=True))
    def get(self, request: Request) -> Response:
        pages = Pages()
        rows = pages.paginate_queryset(selectors.tellings_of(viewer=request.user, now=self.now()), request)
        return pages.get_paginated_response(TellingOut(rows, many=True).data)


class WebhookIn(serializers.Serializer):
    study = serializers.CharField(max_length=40)
    site = serializers.CharField(max_length=40, default="", allow_blank=True)
    url = serializers.CharField(max_length=500)


class WebhookOut(serializers.Serializer):
    id = serializers.UUIDField()
    study = serializers.CharField(source="study.code")
    site = serializers.CharField(source="site.code", default=None, allow_null=True)
    url = serializers.CharField()
    added_at = serializers.DateTimeField(source="recorded_at")
    ended_at = serializers.DateTimeField(allow_null=True)


class WebhookSecretOut(WebhookOut):
    secret = serializers.CharField()


def _with_secret(hook: object, secret: str, status: int) -> Response:
    answer = Response({**WebhookOut(hook).data, "secret": secret}, status=status)
    answer["Cache-Control"] = "no-store, private, max-age=0"
    return answer


@method_decorator(sensitive_variables(), name="post")
class WebhookList(Endpoint):
    """The webhooks of the studies I administer. A new one's secret is in the answer that adds it, and nowhere else."""

    @extend_schema(operation_id="webhooks_list", responses=WebhookOut(many=True))
    def get(self, request: Request) -> Response:
        pages = Pages()
        rows = pages.paginate_queryset(selectors.webhooks_of(viewer=request.user, now=self.now()), request)
        return pages.get_paginated_response(WebhookOut(rows, many=True).data)

    @extend_schema(operation_id="webhook_add", request=WebhookIn, responses={201: WebhookSecretOut})
    def post(self, request: Request) -> Response:
        now = self.now()
        given = self.read(request, WebhookIn)
        study = study_get(viewer=request.user, code=given["study"], now=now)
        made, secret = services.webhook_add(
            study=study, site_code=given["site"], url=given["url"], salt=secrets.token_hex(16),
            by=request.user, at=now,
        )  # fmt: skip
        return _with_secret(made, secret, 201)


class WebhookDetail(Endpoint):
    """One webhook."""

    @extend_schema(operation_id="webhook_get", responses=WebhookOut)
    def get(self, request: Request, webhook_id: UUID) -> Response:
        hook = selectors.webhook_get(viewer=request.user, webhook_id=webhook_id, now=self.now())
        return Response(WebhookOut(hook).data)


@method_decorator(sensitive_variables(), name="post")
class WebhookSecret(Endpoint):
    """Another secret; the one before is void."""

    @extend_schema(operation_id="webhook_secret_renew", request=None, responses=WebhookSecretOut)
    def post(self, request: Request, webhook_id: UUID) -> Response:
        hook, secret = services.webhook_secret_renew(
            webhook_id=webhook_id, salt=secrets.token_hex(16), by=request.user, at=self.now()
        )
        return _with_secret(hook, secret, 200)


class DeliveryOut(serializers.Serializer):
    id = serializers.UUIDField()
    due_at = serializers.DateTimeField()
    state = serializers.CharField()
    attempts = serializers.IntegerField()
    told_at = serializers.DateTimeField(allow_null=True)
    problem = serializers.CharField()


class WebhookTest(Endpoint):
    """Send a test: it says that it is one."""

    @extend_schema(operation_id="webhook_test", request=None, responses={202: DeliveryOut})
    def post(self, request: Request, webhook_id: UUID) -> Response:
        made = services.webhook_test(webhook_id=webhook_id, by=request.user, at=self.now())
        return Response(DeliveryOut(made).data, status=202)


class WebhookDeliveries(Endpoint):
    """How the deliveries of a webhook went, latest first; not what they were about."""

    @extend_schema(operation_id="webhook_deliveries", responses=DeliveryOut(many=True))
    def get(self, request: Request, webhook_id: UUID) -> Response:
        hook = selectors.webhook_get(viewer=request.user, webhook_id=webhook_id, now=self.now())
        pages = Pages()
        rows = pages.paginate_queryset(selectors.deliveries_of(webhook=hook), request)
        return pages.get_paginated_response(DeliveryOut(rows, many=True).data)


class WebhookEnd(Endpoint):
    """Tell it nothing more."""

    @extend_schema(operation_id="webhook_end", request=None, responses=WebhookOut)
    def post(self, request: Request, webhook_id: UUID) -> Response:
        hook = services.webhook_end(webhook_id=webhook_id, by=request.user, at=self.now())
        return Response(WebhookOut(hook).data)
