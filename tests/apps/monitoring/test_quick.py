"""The short way of an observation says what the endpoint would have said, and steps aside where it does not know."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings as house_settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from knox.models import AuthToken
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.dosing.models import DosingSession
from apps.monitoring.api import quick
from apps.monitoring.models import Finding, Observation
from apps.studies.models import Delegation
from tests.apps.monitoring.scene import NO_DISSOCIATION
from tests.apps.monitoring.test_api import URL, body
from tests.factories.cast import Cast

MINUTE = timedelta(minutes=1)
QUICK = "config.middleware.QuickWays"


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the short way answered, request by request."""
    found: list[bool] = []

    def spied(request: HttpRequest, observation_id: UUID) -> HttpResponse | None:
        answer = quick.observation_put(request, observation_id)
        found.append(answer is not None)
        return answer

    monkeypatch.setattr("config.middleware.observation_put", spied)
    return found


def by_token(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {AuthToken.objects.create(user=user)[1]}")
    return client


def by_session(user: User) -> APIClient:
    """A page's sign-in, with the proof against forged requests that the page carries."""
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(user)
    client.cookies[house_settings.CSRF_COOKIE_NAME] = "x" * 32
    client.credentials(HTTP_X_CSRFTOKEN="x" * 32)
    return client


WAYS: dict[str, Callable[[User], APIClient]] = {"token": by_token, "session": by_session}


def told(answer: Any) -> tuple[int, Any, dict[str, str]]:
    """Return everything an answer says, but what is new each time."""
    said = json.loads(answer.content)
    if "id" in said:
        del said["id"]
        for finding in said["findings"]:
            assert UUID(finding.pop("id"))
    headers = {key: value for key, value in answer.headers.items() if key != "Content-Length"}
    if "Content-Security-Policy" in headers:
        headers["Content-Security-Policy"] = ";".join(sorted(headers["Content-Security-Policy"].split("; ")))
    headers["Vary"] = ", ".join(sorted(headers.get("Vary", "").split(", ")))
    return answer.status_code, said, headers


FULL: dict[str, Any] = {
    "sbp": 184, "dbp": 96, "hr": 71, "rr": 14, "spo2": 97, "temp_c": 36.6, "moaas": 4, "ready": False,
    "crisis_symptom": False, "apnoea": None, "cssrs_ideation": 0, "cssrs_behavior": False,
    "cadss_items": NO_DISSOCIATION | {"3": 4, "4": 4}, "bprs_items": {"1": 0, "2": 1, "3": 0, "4": 0},
    "confirmed": ["sbp", "dbp"], "note": "  ruhig, „schläft“\u2028 gut ",
}  # fmt: skip
GOOD: dict[str, dict[str, Any]] = {
    "plain": {},
    "with findings": FULL,
    "extra": {"slot_minute": None},
    "no field that may be left out": {"device_now": ..., "device_skew_ms": ...},
    "not done": {"spo2": ..., "not_done": {"spo2": " the clip was broken "}},
    "in another zone": {"observed_at": "2026-03-10T10:14:00.5+01:00", "entered_at": "2026-03-10T10:15:00+01:00"},
    "with what nobody asked for": {"arm": "x", "id": 7},
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", GOOD)
def test_it_says_and_writes_what_the_endpoint_would(
    cast: Cast,
    session: DosingSession,
    quarter: datetime,
    settings: Any,
    answered: list[bool],
    way: str,
    name: str,
) -> None:
    given = json.dumps(body(session, quarter, **GOOD[name]), ensure_ascii=False).encode()
    first, second = uuid4(), uuid4()
    client = WAYS[way](cast.nurse)
    short = client.put(URL.format(first), given, content_type="application/json")
    settings.MIDDLEWARE = [entry for entry in settings.MIDDLEWARE if entry != QUICK]
    client.handler._middleware_chain = None
    long = client.put(URL.format(second), given, content_type="application/json")
    assert answered == [True]
    assert set(told(short)[2].items()) ^ set(told(long)[2].items()) == set()
    assert told(short) == told(long)
    assert (short.status_code, short.headers["Content-Length"]) == (201, str(len(short.content)))
    assert rows_of(first) == rows_of(second)


def rows_of(observation_id: UUID) -> list[list[dict[str, Any]]]:
    """Return all that recording one left in the database, but identifiers."""
    own = {
        "id",
        "key",
        "observation_id",
        "subject_id",
        "pgh_id",
        "pgh_obj_id",
        "pgh_context_id",
        "pgh_created_at",
    }
    own |= {"place", "link", "chain"}
    findings = Finding.objects.filter(observation_id=observation_id).order_by("rule")
    found = [
        Observation.objects.filter(pk=observation_id).values(),
        findings.values(),
        [event for finding in findings for event in finding.events.values()],
        [
            {key: value for key, value in context.metadata.items() if key != "url"}
            for finding in findings
            for context in [finding.events.get().pgh_context]
        ],
        AuditEvent.objects.filter(subject_id=str(observation_id)).values(),
    ]
    return [[{key: value for key, value in row.items() if key not in own} for row in rows] for rows in found]


@pytest.mark.parametrize("way", WAYS)
def test_two_statements_are_all_it_takes(
    cast: Cast,
    session: DosingSession,
    quarter: datetime,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Any,
    way: str,
) -> None:
    client = WAYS[way](cast.nurse)
    client.put(URL.format(uuid4()), body(session, quarter))
    asked: list[str] = []

    class Counted(psycopg.Cursor[Any]):
        def execute(self, query: Any, *given: Any, **options: Any) -> Counted:
            asked.append(query)
            return super().execute(query, *given, **options)

    monkeypatch.setattr("apps.core.asking.psycopg.Cursor", Counted)
    with django_assert_num_queries(0):
        assert client.put(URL.format(uuid4()), body(session, quarter)).status_code == 201
    assert [one.split("(")[0] for one in asked] == [
        "SELECT monitoring_recording",
        "CALL monitoring_record",
    ]


def test_a_repeat_and_another_content_are_told_by_the_endpoint(
    cast: Cast, session: DosingSession, quarter: datetime, answered: list[bool]
) -> None:
    client, url = by_token(cast.nurse), URL.format(uuid4())
    assert [
        client.put(url, body(session, quarter, **changes)).status_code for changes in ({}, {}, {"spo2": 96})
    ] == [201, 200, 409]
    assert answered == [True, False, False]
    assert Observation.objects.count() == 1
    assert AuditEvent.objects.filter(kind="observation.recorded").count() == 1


ODD: dict[str, dict[str, Any]] = {
    "a word for a number": {"spo2": "97"},
    "a refusal": {"spo2": 91},
    "a slot that is none": {"slot_minute": 17},
    "half a minute": {"slot_minute": 15.5},
    "yes for a minute": {"slot_minute": True},
    "a session that is none": {"session": str(uuid4())},
    "a number for a word": {"note": 7},
    "nothing for a word": {"note": None},
    "a word too long": {"late_reason": "x" * 201},
    "what cannot be stored": {"note": "\u0000"},
    "half a letter": {"note": "\ud800"},
    "an empty reason": {"not_done": {"hr": " "}},
    "a list of reasons": {"not_done": ["hr"]},
    "a code that is none": {"confirmed": [1]},
    "no quarter": {"observed_at": None},
    "a quarter of no zone": {"observed_at": "2026-03-10T09:15:00"},
    "a quarter of another century": {"entered_at": "1999-03-10T09:15:00Z"},
}


@pytest.mark.parametrize("name", ODD)
def test_whatever_is_odd_is_left_to_the_endpoint(
    cast: Cast, session: DosingSession, quarter: datetime, settings: Any, answered: list[bool], name: str
) -> None:
    client, url = by_token(cast.nurse), URL.format(uuid4())
    given = json.dumps({**body(session, quarter), **ODD[name]}).encode()
    short = client.put(url, given, content_type="application/json")
    settings.MIDDLEWARE = [entry for entry in settings.MIDDLEWARE if entry != QUICK]
    client.handler._middleware_chain = None
    if short.status_code == 201:
        url = URL.format(uuid4())
    long = client.put(url, given, content_type="application/json")
    assert answered == [False]
    assert told(short) == told(long)


def _expire_token(cast: Cast) -> None:
    AuthToken.objects.update(expiry=datetime.fromisoformat("2026-03-10T09:14:59Z"))


def _expire_session(cast: Cast) -> None:
    Session.objects.update(expire_date=datetime.fromisoformat("2026-03-10T09:14:59Z"))


def _deactivate(cast: Cast) -> None:
    User.objects.filter(pk=cast.nurse.pk).update(is_active=False)


def _revoke(cast: Cast) -> None:
    Delegation.objects.filter(user=cast.nurse).update(ends_at=datetime.fromisoformat("2026-03-10T09:15:00Z"))


def _sign_out(cast: Cast) -> None:
    Session.objects.all().delete()
    AuthToken.objects.all().delete()


def _password_change(cast: Cast) -> None:
    nurse = User.objects.get(pk=cast.nurse.pk)
    nurse.set_password("another one entirely")
    nurse.save()


@pytest.mark.parametrize(
    ("way", "happens", "status"),
    [
        ("token", _expire_token, 401),
        ("token", _deactivate, 401),
        ("token", _revoke, 404),
        ("token", _sign_out, 401),
        ("session", _expire_session, 401),
        ("session", _deactivate, 401),
        ("session", _revoke, 404),
        ("session", _sign_out, 401),
        ("session", _password_change, 401),
    ],
)
def test_what_was_taken_away_is_refused_at_the_next_request(
    cast: Cast,
    session: DosingSession,
    quarter: datetime,
    answered: list[bool],
    way: str,
    happens: Callable[[Cast], None],
    status: int,
) -> None:
    client = WAYS[way](cast.nurse)
    assert client.put(URL.format(uuid4()), body(session, quarter)).status_code == 201
    happens(cast)
    assert client.put(URL.format(uuid4()), body(session, quarter)).status_code == status
    assert answered == [True, False]
    assert Observation.objects.count() == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("role", "status"), [("COORDINATOR", 403), ("MONITOR", 403), ("SPONSOR", 404), ("OTHER_SITE", 404)]
)
def test_who_may_not_is_refused_as_ever(
    cast: Cast,
    session: DosingSession,
    quarter: datetime,
    answered: list[bool],
    way: str,
    role: str,
    status: int,
) -> None:
    user = cast.other_nurse if role == "OTHER_SITE" else cast.by_role[role]
    assert WAYS[way](user).put(URL.format(uuid4()), body(session, quarter)).status_code == status
    assert answered == [False]
    assert not Observation.objects.exists()


def test_another_s_host_is_refused(
    cast: Cast, session: DosingSession, quarter: datetime, settings: Any, answered: list[bool]
) -> None:
    settings.ALLOWED_HOSTS = ["vigil.example.org"]
    client = by_token(cast.nurse)
    for host, status in (("elsewhere.example", 400), ("vigil.example.org", 201)):
        assert client.put(URL.format(uuid4()), body(session, quarter), HTTP_HOST=host).status_code == status
    assert answered == [False, True]


@pytest.mark.parametrize("fault", ["no proof", "another proof", "another origin"])
def test_a_forged_request_of_a_page_is_refused(
    cast: Cast, session: DosingSession, quarter: datetime, answered: list[bool], fault: str
) -> None:
    client = by_session(cast.nurse)
    extra = {
        "no proof": {"HTTP_X_CSRFTOKEN": ""},
        "another proof": {"HTTP_X_CSRFTOKEN": "y" * 32},
        "another origin": {"HTTP_ORIGIN": "https://elsewhere.example"},
    }[fault]
    client.credentials(**{"HTTP_X_CSRFTOKEN": "x" * 32, **extra})
    answer = client.put(URL.format(uuid4()), body(session, quarter))
    assert (answer.status_code, answered) == (403, [False])
    assert not Observation.objects.exists()


def test_a_session_whose_record_was_swapped_is_nobody_s(
    cast: Cast, session: DosingSession, quarter: datetime, answered: list[bool]
) -> None:
    client = by_session(cast.nurse)
    client.put(URL.format(uuid4()), body(session, quarter))
    Session.objects.update(session_data="forged")
    assert client.put(URL.format(uuid4()), body(session, quarter)).status_code == 401
    assert answered == [True, False]


#: Middleware behind the short way, each with the reason why an observation does without it.
BEHIND = {
    "csp.middleware.CSPMiddleware": "its header is set",
    "django.contrib.sessions.middleware.SessionMiddleware": "the sign-in is read with the chair; nothing is kept in it",
    "django.middleware.common.CommonMiddleware": "both spellings of the address are known, the host is checked",
    "config.middleware.UnchangedProof": "no proof is sent",
    "django.middleware.csrf.CsrfViewMiddleware": "its check is called for a page's session",
    "django.contrib.auth.middleware.AuthenticationMiddleware": "the person is read with the chair",
    "django.contrib.messages.middleware.MessageMiddleware": "no page",
    "django.middleware.clickjacking.XFrameOptionsMiddleware": "its header is set",
    "django_htmx.middleware.HtmxMiddleware": "no page",
    "config.middleware.WholeAddresses": "the address is a UUID",
    "config.middleware.HistoryContext": "the context is given",
    "config.middleware.LockedScreen": "locked and stale sign-ins take the long way: credentials.py",
    "config.middleware.ChairsideCopies": "no page",
    "config.middleware.CurrentStudy": "the API names its objects and speaks UTC",
    "config.middleware.RefusalPages": "refusals are the endpoint's",
    "axes.middleware.AxesMiddleware": "nobody signs in here",
}


def test_nothing_stands_behind_it_that_an_observation_needs() -> None:
    behind = house_settings.MIDDLEWARE[house_settings.MIDDLEWARE.index(QUICK) + 1 :]
    assert set(behind) <= set(BEHIND), "say here why the short way may do without it, or put it before"
