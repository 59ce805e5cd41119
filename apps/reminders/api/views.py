"""Reminders of my sites."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.pagination import Pages
from apps.core.api.views import Endpoint
from apps.reminders import selectors, services


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
