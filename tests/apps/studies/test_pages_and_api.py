from __future__ import annotations

import json
from datetime import datetime

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.audit.models import AuditEvent
from apps.studies.models import Delegation
from tests.factories.cast import Cast, person_make

pytestmark = pytest.mark.usefixtures("time_machine_at")


def api(person: object) -> APIClient:
    client = APIClient()
    client.force_authenticate(person)
    return client


@pytest.mark.parametrize("url", ["/studies/", "/studies/t2/", "/people/"])
def test_a_stranger_is_sent_to_the_door(db: None, client: Client, url: str) -> None:
    answer = client.get(url)
    assert answer.status_code == 302
    assert answer.url.startswith("/sign-in/")


@pytest.mark.parametrize(
    ("role", "study", "people"),
    [
        ("COORDINATOR", 200, 200),
        ("SESSION_NURSE", 200, 403),
        ("EFFICACY_RATER", 403, 403),
        ("SPONSOR", 200, 403),
        ("ADMINISTRATOR", 200, 200),
        ("OUTSIDER", 404, 404),
    ],
)
def test_pages_open_by_role(cast: Cast, client: Client, role: str, study: int, people: int) -> None:
    client.force_login(cast.by_role[role], backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/studies/t2/").status_code == study
    assert client.get("/people/").status_code == people


def test_a_coordinator_reads_the_log_of_her_site_only(cast: Cast) -> None:
    answer = api(cast.coordinator).get("/api/v1/studies/t2/delegations/").json()
    assert {row["site"] for row in answer["results"]} == {"DE01"}


def test_the_protocol_hides_block_sizes(cast: Cast) -> None:
    answer = api(cast.coordinator).get("/api/v1/studies/t2/protocol/").json()
    assert "block_sizes" not in json.dumps(answer)
    assert answer["document"]["randomization"]["strata"]


def test_delegating_by_page_and_by_api_is_the_same_act(cast: Cast, client: Client, at: datetime) -> None:
    person_make("New Person")
    person_make("Next Person")
    client.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    page = client.post(
        "/people/",
        {
            "email": "new.person@example.org",
            "role": "SESSION_NURSE",
            "site": str(cast.site.pk),
            "starts_at": "2026-03-10T09:00",
        },
    )
    assert page.status_code == 302
    body = {
        "email": "next.person@example.org",
        "role": "SESSION_NURSE",
        "site_id": str(cast.site.pk),
        "starts_at": at.isoformat(),
    }
    assert api(cast.administrator).post("/api/v1/studies/t2/delegations/", body).status_code == 201
    assert AuditEvent.objects.filter(kind="delegation.granted").count() == 2


def test_a_wrong_delegation_comes_back_with_its_reasons(cast: Cast, client: Client) -> None:
    client.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(
        "/people/",
        {"email": "nobody@example.org", "role": "SESSION_NURSE", "site": "", "starts_at": "2026-03-10T09:00"},
    )
    assert answer.status_code == 422
    assert b"Nobody with this e-mail address" in answer.content


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "x", "role": "KING", "starts_at": "soon"},
        {"email": "a@example.org", "role": "SPONSOR", "site_id": 2**200, "starts_at": "2026-01-01T00:00:00Z"},
        {"email": ["a"], "role": {"a": 1}, "starts_at": None},
        [],
        "text",
        None,
    ],
)
def test_bad_bodies_are_problems_with_reasons(cast: Cast, body: object) -> None:
    answer = api(cast.administrator).post("/api/v1/studies/t2/delegations/", body, format="json")
    assert answer.status_code == 400
    assert answer["content-type"] == "application/problem+json"
    assert answer.json()["reasons"]


def test_an_unreadable_body_is_a_problem_too(cast: Cast) -> None:
    answer = api(cast.administrator).post(
        "/api/v1/studies/t2/sites/", data=b"{not json", content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.json()["title"]


def test_a_site_in_no_time_zone_is_refused(cast: Cast) -> None:
    body = {
        "code": "FR01",
        "name": "Lyon",
        "country": "FR",
        "time_zone": "Europe/Atlantis",
        "enrolment_target": 5,
    }
    answer = api(cast.administrator).post("/api/v1/studies/t2/sites/", body)
    assert answer.status_code == 422
    assert [reason["field"] for reason in answer.json()["reasons"]] == ["time_zone"]
    assert api(cast.coordinator).post("/api/v1/studies/t2/sites/", body).status_code == 403


def test_ending_by_api_needs_the_right_person(cast: Cast) -> None:
    line = Delegation.objects.get(user=cast.nurse)
    url = f"/api/v1/delegations/{line.pk}/end/"
    assert api(cast.coordinator).post(url, {"reason": "x"}).status_code == 404
    assert api(cast.administrator).post(url, {"reason": "left"}).status_code == 200


def test_only_one_s_own_place_can_be_chosen(cast: Cast, client: Client) -> None:
    client.force_login(cast.coordinator, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/place/", {"place": "t2/US01"}).status_code == 404
    answer = client.post("/place/", {"place": "t2/DE01", "next": "https://elsewhere.example/"})
    assert (answer.status_code, answer.url) == (302, "/")
