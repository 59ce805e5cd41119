"""Sessions over HTTP alone: the whole way, the problems, and nonsense."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from apps.dosing.models import DosingSession
from apps.participants.models import Participant
from tests.factories.cast import PASSWORD, Cast
from tests.factories.treatment import checked_in, gate_answers, in_treatment, stock_make, visit_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def morning(at: datetime) -> Iterator[Any]:
    with time_machine.travel(at, tick=False) as clock:
        yield clock


@pytest.fixture
def person(cast: Cast, at: datetime) -> Participant:
    stock_make(cast, at=at)
    return in_treatment(cast, at=at)


def api(user: Any) -> APIClient:
    client = APIClient(raise_request_exception=True)
    client.force_authenticate(user)
    return client


def test_a_session_runs_over_http_alone(person: Participant, cast: Cast, at: datetime, morning: Any) -> None:
    nurse = api(cast.nurse)
    made = nurse.post("/api/v1/sessions/", {"visit_id": str(visit_of(person, "D1").pk), "chair": 1})
    assert made.status_code == 201
    state = made.json()
    base = f"/api/v1/sessions/{state['id']}/"

    def act(step: str, client: APIClient = nurse, **body: Any) -> dict[str, Any]:
        answer = client.post(f"{base}{step}/", {"version": state["version"], **body})
        assert answer.status_code == 200, answer.content
        return answer.json()

    state = act("gates", answers=gate_answers(now=at, BP={"sbp": 144, "dbp": 80}))
    assert state["state"] == "WITHHELD"
    held = next(gate for gate in state["gates"] if gate["gate"] == "BP")
    assert (held["outcome"], held["clears_at"]) == ("HELD", "2026-03-10T09:10:00Z")
    state = act("gates/BP/override", api(cast.investigator), reason="White coat", password=PASSWORD)
    state = act("clear")
    assert state["doses_open"] == [56]
    state = act("dose", dose_mg=56)
    assert [kit["position"] for kit in state["kits"]] == [1, 2, 3]
    for kit in state["kits"]:
        state = act("sprays", kit_number=kit["number"], nostril="LEFT")
        state = act(
            f"devices/{kit['position']}/close",
            outcome="COMPLETE",
            second_spray_at=state["devices"][-1]["first_spray_at"],
        )
        morning.shift(timedelta(minutes=5))
    assert state["state"] == "OBSERVING"
    assert state["dosed_at"] == "2026-03-10T09:00:00Z"
    listed = nurse.get(
        "/api/v1/sessions/", {"open": "true", "site": "DE01", "participant": str(person.pk)}
    ).json()
    assert [row["id"] for row in listed["results"]] == [state["id"]]
    assert nurse.get(base).json()["devices"][2]["ordinal"] == 3


def test_a_refusal_is_a_problem_with_every_reason(person: Participant, cast: Cast, at: datetime) -> None:
    session = checked_in(cast, person, at=at)
    answer = api(cast.nurse).post(f"/api/v1/sessions/{session.pk}/clear/", {"version": 1})
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    body = answer.json()
    assert body["type"] == "urn:vigil:problem:gates_hold"
    assert len(body["reasons"]) == 15


def test_a_wrong_password_signs_nothing(person: Participant, cast: Cast, at: datetime) -> None:
    session = checked_in(cast, person, at=at)
    address = f"/api/v1/sessions/{session.pk}/gates/BP/override/"
    body = {"version": 1, "reason": "x", "password": "wrong"}
    assert api(cast.investigator).post(address, body).status_code == 403
    assert api(cast.nurse).post(address, {**body, "password": PASSWORD}).status_code == 403
    assert api(cast.other_investigator).post(address, body).status_code == 404


STEPS = ["gates", "gates/BP/override", "clear", "dose", "sprays", "devices/1/close", "stop"]
NONSENSE: list[Any] = [
    {},
    [],
    "x",
    7,
    None,
    {"version": None},
    {"version": "x"},
    {"version": -5},
    {"version": 10**40},
    {"version": 1, "answers": []},
    {"version": 1, "answers": {"BP": {"sbp": {"a": []}, "dbp": None}}},
    {"version": 1, "answers": {"x" * 3000: {}}},
    {"version": 1, "answers": {"FOOD": {"last_at": "9999-12-31T23:59:59+00:00"}}},
    {"version": 1, "answers": {"FOOD": {"last_at": "0001-01-01T00:00:00+00:00"}}},
    {"version": 1, "answers": {"SPO2": {"value": 1e308}}},
    {"version": 1, "reason": "", "password": ""},
    {"version": 1, "dose_mg": "84"},
    {"version": 1, "dose_mg": 2**70},
    {"version": 1, "kit_number": "\x00", "nostril": "LEFT", "sprayed_at": "2026-13-45T99:99"},
    {"version": 1, "outcome": "COMPLETE", "second_spray_at": "later", "note": "n" * 99999},
]


NONSENSE_IS_A_PROBLEM_AND_CHANGES_NOTHING: list[Any] = STEPS


def test_nonsense_is_a_problem_and_changes_nothing(person: Participant, cast: Cast, at: datetime) -> None:
    session = checked_in(cast, person, at=at)
    client = api(cast.investigator)
    for step in NONSENSE_IS_A_PROBLEM_AND_CHANGES_NOTHING:
        for body in NONSENSE:
            answer = client.post(f"/api/v1/sessions/{session.pk}/{step}/", body, format="json")
            assert 400 <= answer.status_code < 500, (body, answer.status_code)
            assert answer["Content-Type"] == "application/problem+json"
        session.refresh_from_db()
        assert session.version == 1


NONSENSE_OPENS_NO_SESSION: list[Any] = [
    {},
    {"visit_id": "x", "chair": 1},
    {"visit_id": None},
    [],
    {"chair": "one"},
    3,
]


def test_nonsense_opens_no_session(person: Participant, cast: Cast) -> None:
    for body in NONSENSE_OPENS_NO_SESSION:
        answer = api(cast.nurse).post("/api/v1/sessions/", body, format="json")
        assert answer.status_code == 400
        assert not DosingSession.objects.exists()


def test_strangers_see_no_session(person: Participant, cast: Cast, at: datetime) -> None:
    session = checked_in(cast, person, at=at)
    for stranger in (cast.rater, cast.sponsor, cast.other_nurse, cast.pharmacist, cast.outsider):
        assert api(stranger).get(f"/api/v1/sessions/{session.pk}/").status_code == 404
        assert api(stranger).get("/api/v1/sessions/").json()["count"] == 0
    assert APIClient().get("/api/v1/sessions/").status_code == 401
