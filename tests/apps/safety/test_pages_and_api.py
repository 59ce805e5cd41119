"""Adverse events on the page and over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from rest_framework.test import APIClient

from apps.participants.models import Participant
from apps.safety.models import AdverseEvent
from apps.safety.services import adverse_event_record
from tests.factories.cast import Cast
from tests.factories.treatment import in_treatment, observing, stock_make

pytestmark = pytest.mark.django_db

BODY: dict[str, Any] = {
    "term": "Dizziness",
    "severity": "MODERATE",
    "causality": "PROBABLE",
    "is_serious": "no",
    "onset_at": "2026-03-10T11:20",
    "site_aware_at": "2026-03-10T11:25",
    "outcome": "NOT_RESOLVED",
    "action_taken": "NONE",
}


@pytest.fixture(autouse=True)
def noon(at: datetime) -> Iterator[None]:
    with time_machine.travel(at + timedelta(hours=2), tick=False):
        yield


@pytest.fixture
def person(cast: Cast, at: datetime) -> Participant:
    stock_make(cast, at=at)
    return in_treatment(cast, at=at)


@pytest.fixture
def event(person: Participant, cast: Cast, at: datetime) -> AdverseEvent:
    return adverse_event_record(
        participant_id=person.pk,
        term="Nausea",
        severity="MILD",
        causality="POSSIBLE",
        onset_at=at,
        by=cast.nurse,
        at=at,
    )


def page(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def api(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_an_event_of_a_session_counts_from_the_first_spray(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = observing(cast, person, at=at)
    nurse = page(cast.nurse)
    address = f"/safety/{person.pk}/new?session={session.pk}"
    assert "first spray at" in nurse.get(address).content.decode()
    answer = nurse.post(address, BODY)
    assert answer.status_code == 302
    assert answer.url == f"/sessions/{session.pk}/"
    text = nurse.get("/safety/").content.decode()
    assert "80 min after the first spray" in text, "11:20 in Berlin, first spray at 10:00"


def test_a_serious_event_says_when_the_sponsor_must_know(person: Participant, cast: Cast) -> None:
    coordinator = page(cast.coordinator)
    body = {**BODY, "is_serious": "yes"}
    refused = coordinator.post(f"/safety/{person.pk}/new", body)
    assert refused.status_code == 422
    assert "names what makes it serious" in refused.content.decode()
    done = coordinator.post(
        f"/safety/{person.pk}/new", {**body, "seriousness": ["LIFE_THREATENING"]}, follow=True
    )
    assert "The sponsor must know by 11 Mar 11:25" in done.content.decode()


def test_the_list_is_filtered(event: AdverseEvent, cast: Cast) -> None:
    nurse = page(cast.nurse)
    for query, shown in (
        ("", True),
        ("?search=naus", True),
        (f"?search={event.participant.number}", True),
        ("?search=headache", False),
        ("?serious=yes", False),
        ("?serious=no&state=ongoing", True),
        ("?state=over", False),
        ("?serious=perhaps&state=x&page=99", True),
        ("?search=" + "x" * 500, True),
        ("?search=%00", True),
    ):
        answer = nurse.get(f"/safety/{query}")
        assert answer.status_code == 200
        assert ("Nausea" in answer.content.decode()) is shown, query


def test_a_change_and_an_end_by_page(event: AdverseEvent, cast: Cast) -> None:
    nurse = page(cast.nurse)
    address = f"/safety/events/{event.pk}/"
    assert nurse.get(address).status_code == 200
    body = {
        **BODY,
        "term": "Nausea",
        "onset_at": "2026-03-10T10:00",
        "site_aware_at": "2026-03-10T10:00",
        "version": "1",
    }
    assert nurse.post(address, body).status_code == 422
    assert nurse.post(address, {**body, "change_reason": "Source read again"}).status_code == 302
    end = {"resolved_at": "2026-03-10T10:45", "outcome": "RESOLVED"}
    assert nurse.post(f"{address}over/", {**end, "version": "1"}).status_code == 409
    assert nurse.post(f"{address}over/", {**end, "version": "2"}).status_code == 302
    assert "lasted 45 min" in nurse.get("/safety/").content.decode()


RATERS_AND_OTHERS_SEE_NOTHING: list[Any] = [
    "rater",
    "sponsor",
    "pharmacist",
    "statistician",
    "administrator",
    "other_nurse",
]


def test_raters_and_others_see_nothing(event: AdverseEvent, cast: Cast) -> None:
    for stranger in RATERS_AND_OTHERS_SEE_NOTHING:
        client = page(getattr(cast, stranger))
        listed = client.get("/safety/")
        assert listed.status_code == (200 if stranger == "other_nurse" else 403)
        assert "Nausea" not in listed.content.decode()
        assert client.get(f"/safety/events/{event.pk}/").status_code == 404
        assert client.get(f"/safety/{event.participant_id}/new").status_code == 404
        assert api(getattr(cast, stranger)).get(f"/api/v1/adverse-events/{event.pk}/").status_code == 404
        assert api(getattr(cast, stranger)).get("/api/v1/adverse-events/").json()["count"] == 0


BAD_INPUT_COMES_BACK_AS_A_FORM: list[Any] = [
    {},
    {**BODY, "term": ""},
    {**BODY, "term": "x" * 999},
    {**BODY, "severity": "\x00"},
    {**BODY, "onset_at": "yesterday"},
    {**BODY, "seriousness": ["DEATH"]},
    {**BODY, "seriousness": ["NO_SUCH"]},
    {**BODY, "resolved_at": "2026-03-10T09:00", "outcome": "RESOLVED"},
]


def test_bad_input_comes_back_as_a_form(person: Participant, cast: Cast) -> None:
    for body in BAD_INPUT_COMES_BACK_AS_A_FORM:
        assert page(cast.nurse).post(f"/safety/{person.pk}/new", body).status_code == 422
        assert page(cast.nurse).get(f"/safety/{person.pk}/new?session=x").status_code == 404
        assert not AdverseEvent.objects.exists()


def test_the_api_mirrors_the_page(person: Participant, cast: Cast, at: datetime) -> None:
    session = observing(cast, person, at=at)
    nurse = api(cast.nurse)
    made = nurse.post(
        "/api/v1/adverse-events/",
        {
            "participant_id": str(person.pk),
            "session_id": str(session.pk),
            "term": "Dissociation",
            "severity": "MODERATE",
            "causality": "VERY_LIKELY",
            "onset_at": "2026-03-10T09:40:00Z",
        },
    )
    assert made.status_code == 201
    assert (made.json()["onset_minutes"], made.json()["report_due_at"]) == (40, None)
    address = f"/api/v1/adverse-events/{made.json()['id']}/"
    changed = nurse.patch(
        address, {"changes": {"severity": "SEVERE"}, "change_reason": "Seen again", "version": 1}
    )
    assert changed.json()["severity"] == "SEVERE"
    stale = nurse.patch(address, {"changes": {"severity": "MILD"}, "change_reason": "x", "version": 1})
    assert (stale.status_code, stale["Content-Type"]) == (409, "application/problem+json")
    ended = nurse.post(f"{address}resolve/", {"resolved_at": "2026-03-10T10:30:00Z", "version": 2})
    assert ended.json()["outcome"] == "RESOLVED"
    query = {
        "session": str(session.pk),
        "ongoing": "false",
        "serious": "false",
        "search": "dissoc",
        "site": "DE01",
    }
    assert nurse.get("/api/v1/adverse-events/", query).json()["count"] == 1


NONSENSE_IS_A_PROBLEM_AND_CHANGES_NOTHING: list[Any] = [
    {},
    [],
    "x",
    None,
    {"participant_id": "x"},
    {"participant_id": "00000000-0000-0000-0000-000000000000", "term": "x"},
    {"term": {"a": 1}, "seriousness": "DEATH"},
    {"changes": {"severity": ["x"]}, "change_reason": "x", "version": 1},
    {"changes": {"severity": "SEVERE"}, "change_reason": "", "version": 1},
    {"changes": [], "change_reason": "x", "version": 1},
    {"changes": {"onset_at": "9999-12-31T23:59:59Z"}, "change_reason": "x", "version": 1},
    {"resolved_at": "x", "version": 1},
    {"resolved_at": "0001-01-01T00:00:00Z", "version": 1, "outcome": "RESOLVED"},
    {"version": 10**50},
]


def test_nonsense_is_a_problem_and_changes_nothing(event: AdverseEvent, cast: Cast) -> None:
    client = api(cast.nurse)
    base = f"/api/v1/adverse-events/{event.pk}/"
    for body in NONSENSE_IS_A_PROBLEM_AND_CHANGES_NOTHING:
        for answer in (
            client.post("/api/v1/adverse-events/", body, format="json"),
            client.patch(base, body, format="json"),
            client.post(f"{base}resolve/", body, format="json"),
        ):
            assert 400 <= answer.status_code < 500
            assert answer["Content-Type"] == "application/problem+json"
        event.refresh_from_db()
        assert event.version == 1
        assert AdverseEvent.objects.count() == 1
