"""The base of every endpoint: read the input, make one call inward, write the output."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.views import APIView


class Endpoint(APIView):
    """An API view with the clock and strict input. Subclasses name their serializers."""

    def now(self) -> datetime:
        """Return the moment of asking: the only place an endpoint reads the clock."""
        return timezone.now()

    def read(
        self, request: Request, serializer: type[serializers.Serializer], **kwargs: Any
    ) -> dict[str, Any]:
        """
        Return the validated body.

        :raises rest_framework.exceptions.ValidationError: naming every wrong field
        """
        try:
            body = request.data
        except RecursionError:  # brackets within brackets, thousands deep
            raise ParseError("The body is nested too deeply.") from None
        given = serializer(data=body, **kwargs)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def read_query(self, request: Request, serializer: type[serializers.Serializer]) -> dict[str, Any]:
        """Return the validated query string."""
        given = serializer(data=request.query_params)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)
