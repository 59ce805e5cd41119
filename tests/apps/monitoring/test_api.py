from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.dosing.models import DosingSession
from apps.monitoring.models import Finding, Observation
from tests.apps.monitoring.scene import CALM, NO_DISSOCIATION, Nurse, seat, two_hours
from tests.factories.cast import PASSWORD, Cast

MINUTE = timedelta(minutes=1)
URL = "/api/v1/observations/{}/"


def client_of(user: User | None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


def body(session: DosingSession, moment: datetime, **changes: Any) -> dict[str, Any]:
    given = {
        "session": str(session.pk),
        "slot_minute": 15,
        "observed_at": moment.isoformat(),
        "entered_at": moment.isoformat(),
        "device_now": moment.isoformat(),
        "device_skew_ms": 0,
        "spo2": 97,
        "moaas": 5,
        **changes,
    }
    return {key: value for key, value in given.items() if value is not ...}


def put_raw(client: APIClient, given: dict[str, Any]) -> Any:
    """Send what a decent client would not: lone surrogates, for one, go as their escapes."""
    return client.put(URL.format(uuid4()), json.dumps(given).encode(), content_type="application/json")


@pytest.fixture
def moment(at: datetime) -> Any:
    """A quarter of an hour after the first spray; the server's clock stands there."""
    with time_machine.travel(at + 15 * MINUTE, tick=False):
        yield at + 15 * MINUTE


def test_new_then_the_same_then_another_body(cast: Cast, session: DosingSession, moment: datetime) -> None:
    client, url = client_of(cast.nurse), URL.format(uuid4())
    first = client.put(url, body(session, moment))
    assert first.status_code == 201
    again = client.put(url, body(session, moment))
    assert (again.status_code, again.json()) == (200, first.json())
    other = client.put(url, body(session, moment, spo2=96))
    assert other.status_code == 409
    assert other["Content-Type"] == "application/problem+json"
    assert Observation.objects.count() == 1


def test_the_address_without_the_stroke_is_as_good(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    answer = client_of(cast.nurse).put(URL.format(uuid4()).rstrip("/"), body(session, moment))
    assert answer.status_code == 201


def test_the_device_clock_at_sending_does_not_make_another_record(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    client, url = client_of(cast.nurse), URL.format(uuid4())
    client.put(url, body(session, moment))
    later = (moment + timedelta(seconds=30)).isoformat()
    assert client.put(url, body(session, moment, device_now=later)).status_code == 200


def test_an_observation_can_be_read_again_with_its_findings(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    client, url = client_of(cast.nurse), URL.format(uuid4())
    made = client.put(url, body(session, moment, spo2=90, confirmed=["spo2"])).json()
    assert [finding["rule"] for finding in made["findings"]] == ["E8"]
    assert client.get(url).json() == made
    listed = client.get(f"/api/v1/sessions/{session.pk}/observations/").json()
    assert [entry["id"] for entry in listed] == [made["id"]]


def test_all_reasons_come_in_one_problem_document(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    answer = client_of(cast.nurse).put(
        URL.format(uuid4()), body(session, moment, sbp=900, dbp=80, spo2=91, hr=True, cadss_items={"1": 2})
    )
    assert answer.status_code == 422
    fields = {reason["field"]: reason["code"] for reason in answer.json()["reasons"]}
    assert fields == {
        "sbp": "impossible_value",
        "spo2": "confirm_or_repeat",
        "hr": "not_a_number",
        "cadss_items": "unfinished_scale",
    }


BAD_VALUES: list[Any] = [
    2**31, 2**63, -(2**70), 1e308, "97", "", True, [], [1], {}, {"a": {"b": [{}]}}, "\u0000", "\ud800", 97.25, None,
]  # fmt: skip


FIELDS = [
    "session", "slot_minute", "spo2", "temp_c", "moaas", "cadss_items", "ready", "observed_at", "entered_at",
    "device_now", "late_reason", "not_done", "confirmed", "note",
]  # fmt: skip


@pytest.mark.parametrize("key", FIELDS)
def test_no_value_of_any_field_makes_the_server_fall(
    cast: Cast, session: DosingSession, moment: datetime, key: str
) -> None:
    client = client_of(cast.nurse)
    for bad in BAD_VALUES:
        answer = put_raw(client, {**body(session, moment), key: bad})
        assert answer.status_code in (201, 400, 404, 422), (key, bad, answer.status_code)
        json.loads(answer.content)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"null", b"7", b'"x"', b'{"spo2": NaN}', b'{"spo2": Infinity}', b"\xff\xfe", b"[" * 3000,
        b'{"a":' * 500,
    ],
)  # fmt: skip
def test_no_body_makes_the_server_fall(
    cast: Cast, session: DosingSession, moment: datetime, raw: bytes
) -> None:
    answer = client_of(cast.nurse).put(URL.format(uuid4()), raw, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "stamp",
    [
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "2026-03-10T09:15:00", "now",
        "2026-02-30",
    ],
)  # fmt: skip
def test_a_moment_needs_a_year_of_a_trial_and_its_offset(
    cast: Cast, session: DosingSession, moment: datetime, stamp: str
) -> None:
    for key in ("observed_at", "entered_at", "device_now"):
        answer = client_of(cast.nurse).put(URL.format(uuid4()), body(session, moment, **{key: stamp}))
        assert answer.status_code == 400, (key, stamp)
        assert {reason["field"] for reason in answer.json()["reasons"]} == {key}


def test_strange_words_are_not_repeated_unreadably(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    answer = put_raw(
        client_of(cast.nurse),
        body(session, moment, not_done={"\ud800\u0000": "x"}, cadss_items={"\ud800": 1}),
    )
    assert answer.status_code in (400, 422)


def test_the_plan_tells_what_is_due_and_what_keeps_the_participant(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    plan = client_of(cast.nurse).get(f"/api/v1/sessions/{session.pk}/plan/").json()
    assert plan["next_minute"] == 15
    states = {slot["minute"]: slot["state"] for slot in plan["slots"]}
    assert (states[-1], states[15], states[30]) == ("MISSED", "DUE", "UPCOMING")
    time = next(entry for entry in plan["conditions"] if entry["code"] == "TIME")
    assert (time["met"], time["needed"]) == (False, "105 more minutes")


def test_a_finding_is_acknowledged(cast: Cast, session: DosingSession, moment: datetime) -> None:
    client = client_of(cast.nurse)
    client.put(URL.format(uuid4()), body(session, moment, moaas=2))
    finding = Finding.objects.get(rule="E6")
    answer = client.post(f"/api/v1/findings/{finding.pk}/acknowledge/")
    assert (answer.status_code, answer.json()["acknowledged_by"]) == (200, "Nadia Klein")
    assert client.post(f"/api/v1/findings/{finding.pk}/acknowledge/").status_code == 200
    assert client.post(f"/api/v1/findings/{uuid4()}/acknowledge/").status_code == 404


def test_discharge_needs_the_password_and_every_condition(cast: Cast, nurse: Nurse, at: datetime) -> None:
    url = f"/api/v1/sessions/{nurse.session.pk}/discharge/"
    client = client_of(cast.nurse)
    two_hours(nurse, t0=at)
    given = {"password": PASSWORD, "confirmed": ["EVENTS", "ESCORT", "TOLD"]}
    with time_machine.travel(at + 119 * MINUTE, tick=False):
        early = client.post(url, given)
        assert early.status_code == 409
        assert [reason["code"] for reason in early.json()["reasons"]] == ["TIME"]
    with time_machine.travel(at + 121 * MINUTE, tick=False):
        assert client.post(url, {**given, "password": "wrong"}).status_code == 403
        assert client.post(url, {"confirmed": []}).status_code == 400
        assert client.post(url, {**given, "confirmed": ["EVENTS"]}).status_code == 409
        assert client.post(url, {**given, "accepted": {"SPO2": "fine"}}).status_code == 422
        done = client.post(url, given)
        assert (done.status_code, done.json()["minutes_observed"]) == (201, 121)
        assert client.post(url, given).status_code == 409


def test_the_board_lists_every_chair(cast: Cast, session: DosingSession, moment: datetime) -> None:
    board = client_of(cast.nurse).get("/api/v1/board/").json()
    assert [(chair["chair"], chair["participant"]) for chair in board["chairs"]] == [
        (1, "DE01-0001"), (2, None), (3, None), (4, None),
    ]  # fmt: skip
    assert board["chairs"][0]["next"]["minute"] == 15
    assert client_of(cast.nurse).get(f"/api/v1/board/?site={cast.other_site.pk}").status_code == 404
    assert client_of(cast.nurse).get("/api/v1/board/?site=x").status_code == 400


NOBODY = ["EFFICACY_RATER", "PHARMACIST", "SPONSOR", "UNBLINDED_STATISTICIAN", "ADMINISTRATOR", "OUTSIDER"]


@pytest.mark.parametrize("role", [*NOBODY, "OTHER_SITE", "SIGNED_OUT"])
def test_who_must_not_see_a_session_finds_none(cast: Cast, nurse: Nurse, moment: datetime, role: str) -> None:
    observation, _ = nurse.records(moment, moaas=2, spo2=97)
    finding = Finding.objects.get(rule="E6")
    user = {**cast.by_role, "OTHER_SITE": cast.other_nurse, "SIGNED_OUT": None}[role]
    client, session = client_of(user), nurse.session
    answers = {
        "put": client.put(URL.format(uuid4()), body(session, moment)),
        "repeat": client.put(URL.format(observation.pk), body(session, moment)),
        "get": client.get(URL.format(observation.pk)),
        "list": client.get(f"/api/v1/sessions/{session.pk}/observations/"),
        "plan": client.get(f"/api/v1/sessions/{session.pk}/plan/"),
        "acknowledge": client.post(f"/api/v1/findings/{finding.pk}/acknowledge/"),
        "discharge": client.post(f"/api/v1/sessions/{session.pk}/discharge/", {"password": PASSWORD}),
        "board": client.get(f"/api/v1/board/?site={cast.site.pk}"),
    }
    expected = {401} if user is None else {404}
    assert {
        name: answer.status_code for name, answer in answers.items() if answer.status_code not in expected
    } == {}
    for answer in answers.values():
        assert b"DE01-0001" not in answer.content
    assert Observation.objects.count() == 1


@pytest.mark.parametrize("role", ["COORDINATOR", "MONITOR", "SAFETY_PHYSICIAN"])
def test_who_reads_along_cannot_write(
    cast: Cast, session: DosingSession, moment: datetime, role: str
) -> None:
    client = client_of(cast.by_role[role])
    assert client.get(f"/api/v1/sessions/{session.pk}/plan/").status_code == 200
    assert client.put(URL.format(uuid4()), body(session, moment)).status_code == 403
    assert client.post(f"/api/v1/sessions/{session.pk}/discharge/", {"password": PASSWORD}).status_code == 403


def test_the_answer_never_tells_an_arm(cast: Cast, session: DosingSession, moment: datetime) -> None:
    client = client_of(cast.nurse)
    client.put(URL.format(uuid4()), body(session, moment))
    for url in (
        f"/api/v1/sessions/{session.pk}/plan/",
        f"/api/v1/sessions/{session.pk}/observations/",
        "/api/v1/board/",
    ):
        text = client.get(url).content.decode().lower()
        assert not any(word in text for word in ("placebo", "esketamine", '"arm'))


def test_two_chairs_do_not_mix(cast: Cast, nurse: Nurse, moment: datetime, at: datetime) -> None:
    other = Nurse(seat(cast, at=at, chair=2, number="DE01-0002"), cast.nurse)
    nurse.records(moment, **CALM, cadss_items=NO_DISSOCIATION)
    other.records(moment, spo2=99)
    listed = client_of(cast.nurse).get(f"/api/v1/sessions/{other.session.pk}/observations/").json()
    assert [entry["spo2"] for entry in listed] == [99]
