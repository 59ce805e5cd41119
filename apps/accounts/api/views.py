"""Tokens for programs, and who I am."""

from __future__ import annotations

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import services
from apps.accounts.selectors import system_user
from apps.core.api.views import Endpoint
from apps.core.exceptions import NotAllowed, Reason


class Credentials(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=256, trim_whitespace=False)


class Token(serializers.Serializer):
    token = serializers.CharField(help_text="Send as `Authorization: Token …`")
    expires_at = serializers.DateTimeField()


class Person(serializers.Serializer):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    full_name = serializers.CharField()


class TokenCreate(Endpoint):
    """Exchange an e-mail address and a password for a token that expires."""

    authentication_classes: list[type] = []
    permission_classes = [AllowAny]

    @extend_schema(operation_id="token_create", request=Credentials, responses=Token, auth=[])
    def post(self, request: Request) -> Response:
        given = self.read(request, Credentials)
        address = request.META.get("REMOTE_ADDR", "")
        user = authenticate(request._request, username=given["email"].lower(), password=given["password"])
        if user is None:
            services.sign_in_failure_record(
                email=given["email"], address=address, by=system_user(), at=self.now()
            )
            raise NotAllowed(Reason("wrong_credentials", "The e-mail address or the password is not right."))
        services.sign_in_record(user=user, address=address, by=user, at=self.now())
        AuthToken.objects.filter(user=user, expiry__lt=self.now()).delete()
        instance, token = AuthToken.objects.create(user)
        return Response(Token({"token": token, "expires_at": instance.expiry}).data, status=201)


class TokenRevoke(Endpoint):
    """Make the token used for this request worthless at once."""

    @extend_schema(operation_id="token_revoke", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        if isinstance(request.auth, AuthToken):
            request.auth.delete()
        services.sign_out_record(user=request.user, by=request.user, at=self.now())
        return Response(status=204)


class Me(Endpoint):
    """Who is asking."""

    @extend_schema(operation_id="me", responses=Person)
    def get(self, request: Request) -> Response:
        return Response(Person(request.user).data)
