"""The page and the endpoint that randomize: one act, confirmed, harmless when sent twice."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.participants.models import Participant
from apps.randomization.models import Allocation
from tests.apps.randomization import worlds
from tests.factories.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def at() -> datetime:
    """Pages read the real clock, so the cast is delegated around the real now."""
    return datetime.now(UTC)


@pytest.fixture
def signed_in() -> SignIn:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def key_of(page: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f-]{36})"', page)
    assert found
    return found.group(1)


def form(key: str, /, **changes: str) -> dict[str, str]:
    return {"key": key, "statement": "on", "password": PASSWORD, **changes}


def test_the_page_draws_once_however_often_it_is_sent(ready: Cast, at: datetime, signed_in: SignIn) -> None:
    participant = worlds.participant_make(ready, at=at)
    client = signed_in(ready.coordinator)
    address = f"/randomization/{participant.pk}/"
    page = client.get(address)
    assert page.status_code == 200
    given = form(key_of(page.content.decode()))
    answers = [client.post(address, given) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Allocation.objects.count() == 1
    shown = client.get(answers[0]["Location"]).content.decode()
    assert Allocation.objects.get().randomization_number in shown
    assert shown.count("<li><strong>K") == 3
    assert client.get(address).status_code == 302


@pytest.mark.parametrize(
    "changes", [{"statement": ""}, {"password": "wrong"}, {"password": ""}, {"key": "not-a-key"}]
)
def test_an_unconfirmed_form_draws_nothing(
    ready: Cast, at: datetime, signed_in: SignIn, changes: dict[str, str]
) -> None:
    participant = worlds.participant_make(ready, at=at)
    answer = signed_in(ready.coordinator).post(
        f"/randomization/{participant.pk}/", form(str(uuid.uuid4()), **changes)
    )
    assert answer.status_code == 422
    assert not Allocation.objects.exists()


def test_the_page_says_that_nothing_was_drawn_and_why(
    cast: Cast, at: datetime, signed_in: SignIn, verdicts: worlds.Verdicts
) -> None:
    participant = worlds.participant_make(cast, at=at)
    client = signed_in(cast.coordinator)
    page = client.get(f"/randomization/{participant.pk}/").content.decode()
    assert "cannot be randomized now" in page
    assert 'name="key"' not in page
    answer = client.post(f"/randomization/{participant.pk}/", form(str(uuid.uuid4())))
    assert answer.status_code == 409
    assert "Nothing was drawn" in answer.content.decode()


def test_pages_of_another_site_are_not_there(ready: Cast, at: datetime, signed_in: SignIn) -> None:
    participant = worlds.participant_make(ready, at=at)
    for person in (ready.other_coordinator, ready.rater, ready.sponsor, ready.statistician, ready.outsider):
        client = signed_in(person)
        assert client.get(f"/randomization/{participant.pk}/").status_code == 404
        assert client.post(f"/randomization/{participant.pk}/", form(str(uuid.uuid4()))).status_code == 404
        assert client.get(f"/supply/handover/{participant.pk}/").status_code == 404
    assert signed_in(ready.nurse).get(f"/randomization/{participant.pk}/").status_code == 403
    assert not Allocation.objects.exists()


def test_a_visitor_is_sent_to_sign_in(ready: Cast, at: datetime) -> None:
    participant = worlds.participant_make(ready, at=at)
    answer = Client().get(f"/randomization/{participant.pk}/")
    assert answer.status_code == 302
    assert "/sign-in/" in answer["Location"]


def post(client: Client, participant: Participant, key: object = None, /, **body: object):
    headers = {"Idempotency-Key": str(key)} if key is not None else {}
    return client.post(
        "/api/v1/randomizations/",
        {"participant_id": str(participant.pk), **body},
        content_type="application/json",
        headers=headers,
    )


def test_the_endpoint_answers_with_number_and_kits_and_the_same_again(
    ready: Cast, at: datetime, signed_in: SignIn
) -> None:
    participant = worlds.participant_make(ready, at=at)
    client, key = signed_in(ready.coordinator), uuid.uuid4()
    first = post(client, participant, key)
    again = post(client, participant, key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(first.json()["kits"]) == 3
    assert set(first.json()) == {
        "id",
        "participant_id",
        "participant",
        "randomization_number",
        "randomized_at",
        "randomized_by",
        "visit",
        "kits",
    }
    detail = client.get(f"/api/v1/randomizations/{first.json()['id']}/")
    assert detail.json() == first.json()
    listed = client.get("/api/v1/randomizations/").json()
    assert [entry["id"] for entry in listed["results"]] == [first.json()["id"]]


def test_the_endpoint_refuses_with_a_problem_document(ready: Cast, at: datetime, signed_in: SignIn) -> None:
    first, second = (worlds.participant_make(ready, at=at) for _ in range(2))
    client, key = signed_in(ready.coordinator), uuid.uuid4()
    assert post(client, first, key).status_code == 201
    conflict = post(client, second, key)
    assert conflict.status_code == 409
    assert conflict["Content-Type"].startswith("application/problem+json")
    assert conflict.json()["reasons"][0]["code"] == "key_used"
    assert post(signed_in(ready.investigator), first, key).status_code == 409
    assert post(client, first).status_code == 422
    assert post(client, first, "nonsense").status_code == 422
    assert post(client, second, uuid.uuid4(), key=str(uuid.uuid4())).status_code == 422
    assert post(client, second, None, key="nonsense").status_code == 400
    assert client.post("/api/v1/randomizations/", "{", content_type="application/json").status_code == 400
    assert Allocation.objects.count() == 1


def test_the_endpoint_shows_nothing_of_other_sites(ready: Cast, at: datetime, signed_in: SignIn) -> None:
    participant = worlds.participant_make(ready, at=at)
    made = post(signed_in(ready.coordinator), participant, uuid.uuid4()).json()
    for person in (ready.other_coordinator, ready.rater, ready.sponsor, ready.outsider):
        client = signed_in(person)
        assert client.get("/api/v1/randomizations/").json()["results"] == []
        assert client.get(f"/api/v1/randomizations/{made['id']}/").status_code == 404
        assert post(client, participant, uuid.uuid4()).status_code == 404
    assert Client().get("/api/v1/randomizations/").status_code in (401, 403)
