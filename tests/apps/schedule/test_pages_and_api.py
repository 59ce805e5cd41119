"""The schedule on the page and over HTTP: who reads it, who plans, what bad input comes to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from rest_framework.test import APIClient

from apps.participants.models import Participant
from apps.schedule.models import Visit
from tests.factories.cast import Cast
from tests.factories.treatment import in_treatment, stock_make, visit_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def morning(at: datetime) -> Iterator[None]:
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def person(cast: Cast, at: datetime) -> Participant:
    stock_make(cast, at=at)
    return in_treatment(cast, at=at)


def page(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def api(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def schedule(person: Participant) -> str:
    return f"/schedule/{person.pk}/"


def test_the_schedule_shows_every_visit_with_window_state_and_scales(person: Participant, cast: Cast) -> None:
    answer = page(cast.coordinator).get(schedule(person))
    assert answer.status_code == 200
    text = answer.content.decode()
    for words in (
        "Day 1, first dose",
        "12 to 14 Mar 2026",
        "6 to 7 Apr 2026",
        "Planned",
        "MADRS",
        "Open session",
        "Appoint",
    ):
        assert words in text
    assert "ESK" not in text
    assert "lacebo" not in text


THE_CLINIC_AND_THE_MONITOR_READ_IT: list[Any] = ["coordinator", "investigator", "nurse", "monitor"]


def test_the_clinic_and_the_monitor_read_it(person: Participant, cast: Cast) -> None:
    for reader in THE_CLINIC_AND_THE_MONITOR_READ_IT:
        assert page(getattr(cast, reader)).get(schedule(person)).status_code == 200


NOBODY_ELSE_LEARNS_THAT_IT_EXISTS: list[Any] = [
    "rater",
    "sponsor",
    "pharmacist",
    "statistician",
    "administrator",
    "other_coordinator",
    "outsider",
]


def test_nobody_else_learns_that_it_exists(person: Participant, cast: Cast) -> None:
    for stranger in NOBODY_ELSE_LEARNS_THAT_IT_EXISTS:
        client = page(getattr(cast, stranger))
        assert client.get(schedule(person)).status_code == 404
        visit = visit_of(person, "D4")
        assert client.get(f"/schedule/visits/{visit.pk}/appoint/").status_code == 404
        answer = api(getattr(cast, stranger)).get(f"/api/v1/visits/{visit.pk}/")
        assert answer.status_code == 404
        assert api(getattr(cast, stranger)).get("/api/v1/visits/").json()["count"] == 0


def test_who_is_not_signed_in_is_sent_to_sign_in(person: Participant) -> None:
    assert Client().get(schedule(person)).status_code == 302
    assert APIClient().get("/api/v1/visits/").status_code == 401


def test_the_monitor_sees_no_button_and_cannot_press_one(person: Participant, cast: Cast) -> None:
    assert "/appoint/" not in page(cast.monitor).get(schedule(person)).content.decode()
    assert page(cast.monitor).get(f"/schedule/visits/{visit_of(person, 'D4').pk}/appoint/").status_code == 404


def test_an_appointment_by_page_is_on_the_sites_clock(person: Participant, cast: Cast) -> None:
    visit = visit_of(person, "D4")
    answer = page(cast.coordinator).post(
        f"/schedule/visits/{visit.pk}/appoint/",
        {"planned_at": "2026-03-13T09:30", "chair": "2", "version": "1"},
    )
    assert answer.status_code == 302
    visit.refresh_from_db()
    assert visit.planned_at is not None
    assert visit.planned_at.isoformat() == "2026-03-13T08:30:00+00:00"


def test_a_refused_appointment_says_every_reason_beside_its_field(person: Participant, cast: Cast) -> None:
    visit = visit_of(person, "D4")
    answer = page(cast.coordinator).post(
        f"/schedule/visits/{visit.pk}/appoint/",
        {"planned_at": "2026-03-20T09:30", "chair": "2", "version": "1"},
    )
    assert answer.status_code == 409
    assert "The window closed on 15 Mar 2026" in answer.content.decode()


BAD_INPUT_COMES_BACK_AS_A_FORM: list[Any] = [
    {},
    {"planned_at": "soon", "version": "1"},
    {
        "planned_at": "2026-03-29T02:30",
        "version": "1",
        "chair": "1",
    },  # this hour does not exist in Berlin
    {"planned_at": "2026-03-13T09:30", "version": "x"},
    {"planned_at": "2026-03-13T09:30", "version": "1", "chair": "99"},
    {"planned_at": "9999-99-99T99:99", "version": "9" * 40},
]


def test_bad_input_comes_back_as_a_form(person: Participant, cast: Cast) -> None:
    visit = visit_of(person, "D4")
    for body in BAD_INPUT_COMES_BACK_AS_A_FORM:
        answer = page(cast.coordinator).post(f"/schedule/visits/{visit.pk}/appoint/", body)
        assert answer.status_code == 422
        visit.refresh_from_db()
        assert visit.planned_at is None


def test_a_visit_is_held_and_missed_by_page(person: Participant, cast: Cast, at: datetime) -> None:
    with time_machine.travel(at + timedelta(days=1), tick=False):
        held = visit_of(person, "D2")
        client = page(cast.coordinator)
        assert client.get(f"/schedule/visits/{held.pk}/held/").status_code == 200
        body = {"held_at": "2026-03-11T09:45", "version": "1"}
        assert client.post(f"/schedule/visits/{held.pk}/held/", body).status_code == 302
        assert client.post(f"/schedule/visits/{held.pk}/held/", {**body, "version": "2"}).status_code == 409
    with time_machine.travel(at + timedelta(days=3), tick=False):
        missed = visit_of(person, "D4")
        client = page(cast.coordinator)
        assert (
            client.post(f"/schedule/visits/{missed.pk}/missed/", {"reason": "", "version": "1"}).status_code
            == 422
        )
        assert (
            client.post(
                f"/schedule/visits/{missed.pk}/missed/", {"reason": "Ill", "version": "1"}
            ).status_code
            == 302
        )
        text = client.get(schedule(person)).content.decode()
    assert "Held" in text
    assert "Ill" in text


def test_the_api_mirrors_the_page(person: Participant, cast: Cast, at: datetime) -> None:
    client = api(cast.coordinator)
    listed = client.get("/api/v1/visits/", {"participant": str(person.pk)}).json()
    assert listed["count"] == 10
    assert {visit["status"] for visit in listed["results"]} == {"DUE", "PLANNED"}
    assert client.get("/api/v1/visits/", {"status": "DUE"}).json()["count"] == 1
    assert (
        client.get("/api/v1/visits/", {"status": "PLANNED", "site": "DE01", "study": "t2"}).json()["count"]
        == 9
    )
    visit = visit_of(person, "D4")
    body = {"planned_at": "2026-03-13T08:30:00Z", "chair": 1, "version": 1}
    done = client.post(f"/api/v1/visits/{visit.pk}/appoint/", body)
    assert (done.status_code, done.json()["version"]) == (200, 2)
    stale = client.post(f"/api/v1/visits/{visit.pk}/appoint/", body)
    assert stale.status_code == 409
    assert stale["Content-Type"] == "application/problem+json"
    assert stale.json()["reasons"][0]["code"] == "stale_version"
    with time_machine.travel(at + timedelta(days=3), tick=False):
        missed = client.post(f"/api/v1/visits/{visit.pk}/miss/", {"reason": "Ill"})
        assert missed.json()["status"] == "MISSED"
        held = client.post(f"/api/v1/visits/{visit_of(person, 'D2').pk}/hold/", {})
        assert held.json()["status"] == "HELD"


def test_the_status_asked_of_the_database_is_the_status_computed(
    person: Participant, cast: Cast, at: datetime
) -> None:
    client = api(cast.coordinator)
    for days in (0, 1, 3, 6, 40):
        with time_machine.travel(at + timedelta(days=days), tick=False):
            for status in ("PLANNED", "DUE", "OVERDUE", "HELD", "MISSED"):
                rows = client.get("/api/v1/visits/", {"status": status}).json()["results"]
                assert {row["status"] for row in rows} <= {status}
            everything = client.get("/api/v1/visits/").json()["count"]
            counted = sum(
                client.get("/api/v1/visits/", {"status": status}).json()["count"]
                for status in ("PLANNED", "DUE", "OVERDUE", "HELD", "MISSED")
            )
            assert counted == everything


MALFORMED_REQUESTS_ARE_PROBLEMS_NEVER_CRASHES: list[Any] = [
    ("appoint", {}),
    ("appoint", {"planned_at": "soon"}),
    ("appoint", {"planned_at": "2026-03-13T08:30:00Z", "chair": "first"}),
    ("appoint", {"planned_at": "2026-03-13T08:30:00Z", "version": -1}),
    ("appoint", {"planned_at": "2026-03-13T08:30:00Z", "version": 10**30}),
    ("appoint", {"planned_at": {"a": 1}}),
    ("appoint", []),
    ("appoint", "x"),
    ("miss", {"reason": ""}),
    ("miss", {"reason": "x" * 5000}),
    ("miss", {"reason": "a\x00b"}),
    ("hold", {"held_at": 5}),
    ("hold", {"held_at": "0001-01-01T00:00:00Z"}),
]


def test_malformed_requests_are_problems_never_crashes(person: Participant, cast: Cast) -> None:
    visit = visit_of(person, "D2")
    for path, body in MALFORMED_REQUESTS_ARE_PROBLEMS_NEVER_CRASHES:
        answer = api(cast.coordinator).post(f"/api/v1/visits/{visit.pk}/{path}/", body, format="json")
        assert answer.status_code in (400, 409, 422)
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["reasons"]
        assert not Visit.objects.filter(pk=visit.pk).exclude(version=1).exists()


MALFORMED_QUERIES_ARE_PROBLEMS: list[Any] = [
    {"status": "?"},
    {"participant": "x"},
    {"starts_at": "x"},
    {"site": "a b"},
    {"page": "x"},
]


def test_malformed_queries_are_problems(person: Participant, cast: Cast) -> None:
    for query in MALFORMED_QUERIES_ARE_PROBLEMS:
        assert api(cast.coordinator).get("/api/v1/visits/", query).status_code in (400, 404)


def test_an_unknown_visit_is_not_found(person: Participant, cast: Cast) -> None:
    assert api(cast.coordinator).get(f"/api/v1/visits/{uuid4()}/").status_code == 404
    assert page(cast.coordinator).get(f"/schedule/visits/{uuid4()}/missed/").status_code == 404
