"""Watchers and presence over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.dosing.models import DosingSession
from tests.apps.monitoring.scene import participant_make, seat, visit_make
from tests.apps.monitoring.watch_pages import REPORT, signed_in
from tests.factories.cast import PASSWORD, Cast


def send(user: User, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    return getattr(signed_in(user), method)(f"/api/v1/{path}", body or {}, content_type="application/json")


def test_the_watch_over_http(
    cast: Cast, second: User, session: DosingSession, moment: datetime, at: datetime
) -> None:
    one = {"session": str(session.pk), "version": 0}
    assert (
        send(cast.nurse, "post", "watch/take-over/", {"sessions": [one], "password": "no"}).status_code == 403
    )
    answer = send(cast.nurse, "post", "watch/take-over/", {"sessions": [one], "password": PASSWORD})
    assert answer.status_code == 200
    (told,) = answer.json()
    assert (told["watcher"], told["version"], told["unwatched_since"]) == ("Nadia Klein", 1, None)
    late = send(second, "post", "watch/take-over/", {"sessions": [one], "password": PASSWORD})
    assert late.status_code == 409
    (reason,) = late.json()["reasons"]
    assert (reason["code"], reason["field"]) == ("watch_changed", str(session.pk))
    assert "Nadia Klein (version 1)" in reason["message"]
    gone = {"sessions": [{**one, "version": 1}], "password": PASSWORD, "reason": "Alarm"}
    assert send(cast.nurse, "post", "watch/leave/", gone).json()[0]["unwatched_since"] is not None
    seen = send(cast.monitor, "get", f"sessions/{session.pk}/watcher/").json()
    assert [(change["act"], change["to_person"]) for change in seen["changes"]] == [
        ("TAKEN", "Nadia Klein"), ("LEFT", None),
    ]  # fmt: skip
    board = send(cast.nurse, "get", "board/").json()
    assert board["chairs"][0]["watching"]["watcher"] is None
    assert board["prescribers_on_site"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sessions": [], "password": PASSWORD},
        {"sessions": [{"session": "x", "version": 0}], "password": PASSWORD},
        {
            "sessions": [{"session": "00000000-0000-4000-8000-000000000000", "version": -1}],
            "password": PASSWORD,
        },
        {
            "sessions": [{"session": "00000000-0000-4000-8000-000000000000", "version": 0}],
            "password": PASSWORD,
        },
        {"sessions": "x", "password": ["y"]},
    ],
)
def test_no_body_makes_the_server_fall(
    cast: Cast, session: DosingSession, moment: datetime, body: dict[str, Any]
) -> None:
    assert send(cast.nurse, "post", "watch/take-over/", body).status_code in (400, 404, 422)
    assert send(cast.nurse, "post", "watch/leave/", {"reason": "x", **body}).status_code in (400, 404, 422)


def test_presence_over_http(cast: Cast, moment: datetime) -> None:
    path = f"sites/{cast.site.pk}/prescribers/"
    for _ in range(2):
        answer = send(cast.investigator, "put", path, {"on_site": True})
        assert [entry["person"] for entry in answer.json()["prescribers"]] == ["Ivo Brandt"]
    assert send(cast.nurse, "get", path).json()["prescribers"]
    assert send(cast.nurse, "put", path, {"on_site": True}).status_code == 403
    assert send(cast.rater, "get", path).status_code == 404
    assert send(cast.investigator, "put", path, {"on_site": "x"}).status_code == 400


def test_the_report_over_http(cast: Cast, attended: DosingSession) -> None:
    found = send(cast.monitor, "get", "watch/attendance/?starts_on=2026-03-10&ends_on=2026-03-10").json()
    (session,) = found["sessions"]
    assert [part["watcher"] for part in session["stretches"]] == ["Nadia Klein", None, "Nils Berg"]
    assert session["stretches"][0]["ends_at"] == session["stretches"][1]["starts_at"]
    assert (found["unwatched_minutes"], found["without_prescriber_minutes"]) == (8.0, 10.0)
    assert {(line["person"], line["minutes"]) for line in found["watchers"]} == {
        ("Nadia Klein", 50.0), ("Nils Berg", 67.0),
    }  # fmt: skip
    answer = send(cast.monitor, "get", "watch/attendance.csv?starts_on=2026-03-10&ends_on=2026-03-10")
    assert answer.content.startswith(b"study,site,participant")


def test_a_visit_without_a_spray_is_not_in_the_report(
    cast: Cast, attended: DosingSession, at: datetime
) -> None:
    seat(cast, at=at, chair=2, number="DE01-0002", minutes=None)
    visit_make(participant_make(cast, at=at, number="DE01-0003"), at=at, by=cast.coordinator)
    html = signed_in(cast.coordinator).get(REPORT).content.decode()
    assert "DE01-0002" not in html
    assert "DE01-0003" not in html


def test_pages_need_a_sign_in(cast: Cast, session: DosingSession, moment: datetime) -> None:
    for page in ("/sessions/handover/", "/sessions/handover/leave/", REPORT, "/sessions/attendance.csv"):
        assert Client().get(page).status_code == 302
