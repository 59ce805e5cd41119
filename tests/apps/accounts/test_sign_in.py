from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken
from knox.settings import CONSTANTS
from rest_framework.test import APIClient

from apps.accounts import services
from apps.accounts.models import User
from apps.accounts.selectors import system_user
from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed
from tests.factories.cast import PASSWORD, Cast

pytestmark = pytest.mark.usefixtures("time_machine_at")


def sign_in(client: Client, email: str, password: str) -> int:
    return client.post("/sign-in/", {"username": email, "password": password}).status_code


def test_signing_in_and_out_leaves_records(cast: Cast, client: Client) -> None:
    assert sign_in(client, cast.nurse.email.upper(), PASSWORD) == 302
    assert client.post("/sign-out/").status_code == 302
    kinds = list(
        AuditEvent.objects.filter(actor_id=cast.nurse.pk).order_by("id").values_list("kind", flat=True)
    )
    assert kinds == ["user.signed_in", "user.signed_out"]


def test_no_link_signs_anybody_out(cast: Cast, client: Client) -> None:
    sign_in(client, cast.nurse.email, PASSWORD)
    assert client.get("/sign-out/").status_code == 405


def test_a_wrong_password_and_a_wrong_address_look_the_same(cast: Cast, client: Client) -> None:
    one = client.post("/sign-in/", {"username": cast.nurse.email, "password": "wrong"})
    two = client.post("/sign-in/", {"username": "nobody@example.org", "password": "wrong"})
    assert one.status_code == two.status_code
    needle = b"is not right"
    assert needle in one.content
    assert needle in two.content
    assert AuditEvent.objects.filter(kind="user.sign_in_failed").count() == 2


def test_after_five_failures_the_right_password_does_not_help_either(cast: Cast, client: Client) -> None:
    codes = [sign_in(client, cast.nurse.email, "wrong") for _ in range(5)]
    assert codes[-1] == 429
    assert sign_in(client, cast.nurse.email, PASSWORD) == 429
    # Another person at the same address gets in: the clinic shares one.
    assert sign_in(Client(), cast.coordinator.email, PASSWORD) == 302


def test_the_system_can_not_sign_in(cast: Cast, client: Client) -> None:
    assert sign_in(client, system_user().email, "!") == 200


def test_a_token_is_given_for_the_password_and_ends_when_revoked(cast: Cast) -> None:
    client = APIClient()
    assert (
        client.post("/api/v1/auth/token/", {"email": cast.nurse.email, "password": "no"}).status_code == 403
    )
    answer = client.post("/api/v1/auth/token/", {"email": cast.nurse.email, "password": PASSWORD})
    assert answer.status_code == 201
    client.credentials(HTTP_AUTHORIZATION=f"Token {answer.json()['token']}")
    assert client.get("/api/v1/me/").json()["email"] == cast.nurse.email
    assert client.post("/api/v1/auth/token/revoke/").status_code == 204
    assert client.get("/api/v1/me/").status_code == 401


def test_an_expired_token_is_refused_and_dropped_when_a_new_one_is_asked_for(cast: Cast) -> None:
    client = APIClient()
    asked = {"email": cast.nurse.email, "password": PASSWORD}
    first = client.post("/api/v1/auth/token/", asked).json()["token"]
    second = client.post("/api/v1/auth/token/", asked).json()["token"]
    AuthToken.objects.filter(token_key=first[: CONSTANTS.TOKEN_KEY_LENGTH]).update(
        expiry=timezone.now() - timedelta(seconds=1)
    )

    def status(token: str) -> int:
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return client.get("/api/v1/me/").status_code

    assert (status(first), status(second), AuthToken.objects.count()) == (401, 200, 2)
    client.credentials()
    client.post("/api/v1/auth/token/", asked)
    assert (status(first), status(second), AuthToken.objects.count()) == (401, 200, 2)


def test_nobody_asks_anonymously(db: None) -> None:
    answer = APIClient().get("/api/v1/me/")
    assert answer.status_code == 401
    assert answer["content-type"] == "application/problem+json"


def test_signing_needs_the_password_of_the_person_at_the_screen(cast: Cast, at: datetime) -> None:
    services.signature_check(user=cast.nurse, password=PASSWORD, meaning="discharge", at=at)
    with pytest.raises(NotAllowed):
        services.signature_check(user=cast.nurse, password="guess", meaning="discharge", at=at)
    assert AuditEvent.objects.filter(kind="signature.failed", actor_id=cast.nurse.pk).count() == 1


def test_guessing_a_signature_is_stopped_for_some_minutes(cast: Cast, at: datetime) -> None:
    for _ in range(5):
        with pytest.raises(NotAllowed):
            services.signature_check(user=cast.nurse, password="guess", meaning="discharge", at=at)
    with pytest.raises(NotAllowed, match="Too many"):
        services.signature_check(user=cast.nurse, password=PASSWORD, meaning="discharge", at=at)
    services.signature_check(
        user=cast.nurse, password=PASSWORD, meaning="discharge", at=at + timedelta(minutes=16)
    )


def test_an_account_is_one_person_for_ever(cast: Cast, at: datetime) -> None:
    made = services.user_create(
        email="New@Example.org",
        full_name="New One",
        password="a long enough secret",
        by=cast.administrator,
        at=at,
    )
    with pytest.raises(Conflict):
        services.user_create(
            email="new@example.ORG", full_name="Other", password=None, by=cast.administrator, at=at
        )
    services.user_deactivate(user_id=made.pk, reason="left", by=cast.administrator, at=at)
    assert not User.objects.get(pk=made.pk).is_active


def test_a_weak_password_is_refused_with_every_ground(cast: Cast, at: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        services.user_create(
            email="a@example.org", full_name="A", password="password", by=cast.administrator, at=at
        )
    assert len(refusal.value.reasons) == 2


def test_every_page_carries_a_strict_policy(cast: Cast, client: Client) -> None:
    policy = client.get("/sign-in/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
