from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.dosing.models import DosingSession
from apps.monitoring import services
from apps.monitoring.models import WatchChange
from apps.studies.domain.permissions import Role
from tests.apps.monitoring.scene import participant_make, seat, visit_make
from tests.factories.cast import PASSWORD, Cast, delegate, person_make

MINUTE = timedelta(minutes=1)
REPORT = "/sessions/attendance/?starts_on=2026-03-10&ends_on=2026-03-10"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def moment(at: datetime) -> Iterator[datetime]:
    """Forty minutes after the first spray; the server's clock stands there."""
    with time_machine.travel(at + 40 * MINUTE, tick=False):
        yield at + 40 * MINUTE


@pytest.fixture
def second(cast: Cast, at: datetime) -> User:
    nurse = person_make("Nils Berg")
    delegate(nurse, Role.SESSION_NURSE, study=cast.study, site=cast.site, at=at)
    return nurse


def take(session: DosingSession, by: User, at: datetime, version: int = 0) -> None:
    services.watch_take_over(expected={session.pk: version}, by=by, at=at)


def posted(*sessions: DosingSession, version: int = 0, **given: Any) -> dict[str, Any]:
    return {"session": [f"{row.pk}:{version}" for row in sessions], "password": PASSWORD, **given}


def watchers() -> list[tuple[int, str]]:
    rows = WatchChange.objects.order_by("session__chair", "ordinal")
    return [(row.session.chair, str(row.to_person)) for row in rows.select_related("session", "to_person")]


# --- the board and the chair


def test_the_board_says_who_watches_and_that_nobody_does_and_moves_no_tile(
    cast: Cast, second: User, session: DosingSession, moment: datetime, at: datetime
) -> None:
    for chair in (2, 3):
        seat(cast, at=at, chair=chair, number=f"DE01-000{chair}")
    take(DosingSession.objects.get(chair=2), cast.nurse, at)
    take(DosingSession.objects.get(chair=3), second, at)
    for address in ("/sessions/", "/sessions/?mine=1", "/sessions/now/?mine=1"):
        html = signed_in(cast.nurse).get(address).content.decode()
        one, two, three = (html.index(f'aria-label="Chair {chair}"') for chair in (1, 2, 3))
        assert one < two < three
        assert "Nobody is watching" in html[one:two]
        assert "for 40 min" in html[one:two]
        assert "Nadia Klein" in html[two:three]
        assert "You watch" in html[two:three]
        assert "Nils Berg" in html[three:]
        assert ">NB<" in html[three:]
        assert "You watch" not in html[three:]
    assert "chairs--mine" not in signed_in(cast.nurse).get("/sessions/").content.decode()


def test_the_board_changes_its_mark_when_the_watch_or_the_presence_does(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    client = signed_in(cast.nurse)

    def mark() -> str:
        return client.get("/sessions/now/").headers["ETag"]

    marks = [mark()]
    take(session, cast.nurse, moment)
    marks.append(mark())
    services.prescriber_mark(site_id=cast.site.pk, on_site=True, by=cast.investigator, at=moment)
    marks.append(mark())
    assert len(set(marks)) == 3


def test_the_chair_says_loudly_that_nobody_watches_and_offers_to_take_over(
    cast: Cast, session: DosingSession, moment: datetime, at: datetime
) -> None:
    page = f"/sessions/{session.pk}/watch/"
    html = signed_in(cast.nurse).get(page).content.decode()
    assert "Nobody is watching" in html
    assert f"/sessions/handover/?session={session.pk}" in html
    take(session, cast.nurse, at + MINUTE)
    html = signed_in(cast.nurse).get(page).content.decode()
    assert "You watch" in html
    assert "Leave without a successor" in html
    assert "Nobody is watching" not in html
    html = signed_in(cast.monitor).get(page).content.decode()
    assert "Nadia Klein watches" in html
    assert "/sessions/handover/" not in html


def test_before_the_first_spray_the_page_of_the_devices_says_who_will_watch(
    cast: Cast, second: User, at: datetime, time_machine_at: datetime
) -> None:
    session = seat(cast, at=at, minutes=None, state="CLEARED")
    note = f"/sessions/{session.pk}/watch/spray-note/"
    html = signed_in(cast.nurse).get(note).content.decode()
    assert "you</strong> become the watcher" in html
    assert "No prescriber is marked on site" in html
    assert "noted as a finding" in html
    take(session, second, at)
    services.prescriber_mark(site_id=cast.site.pk, on_site=True, by=cast.investigator, at=at)
    html = signed_in(cast.nurse).get(note).content.decode()
    assert "Nils Berg watches this participant from the first spray on" in html
    assert "Prescriber on site: Ivo Brandt" in html


# --- handing over


def test_a_shift_is_handed_over_at_the_givers_screen_with_the_takers_password(
    cast: Cast, second: User, session: DosingSession, moment: datetime, at: datetime
) -> None:
    other = seat(cast, at=at, chair=2, number="DE01-0002")
    for row in (session, other):
        take(row, cast.nurse, at)
    second.set_password("quite another horse")
    second.save()
    client = signed_in(cast.nurse)
    html = client.get(f"/sessions/handover/?of={cast.nurse.pk}").content.decode()
    assert html.count(" checked") == 2
    body = posted(session, other, version=1, person=str(second.pk))
    refused = client.post("/sessions/handover/", body)
    assert refused.status_code == 403
    assert "The password is not right" in refused.content.decode()
    assert refused.content.decode().count(" checked") == 2
    answer = client.post("/sessions/handover/", {**body, "password": "quite another horse"})
    assert answer.status_code == 302
    assert watchers() == [(1, "Nadia Klein"), (1, "Nils Berg"), (2, "Nadia Klein"), (2, "Nils Berg")]
    told = AuditEvent.objects.filter(kind="watch.taken", actor_id=second.pk)
    assert {event.detail["signed_in"] for event in told} == {cast.nurse.email}


def test_an_old_page_is_answered_with_who_watches_now(
    cast: Cast, second: User, session: DosingSession, moment: datetime, at: datetime
) -> None:
    take(session, second, at)
    answer = signed_in(cast.nurse).post("/sessions/handover/", posted(session, person=str(cast.nurse.pk)))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "is watched by Nils Berg (version 1)" in html
    assert f'value="{session.pk}:1"' in html


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"session": ["x"], "person": "y", "password": "z"},
        {"session": ["\x00:1"], "person": "", "password": "\x00"},
        {"session": ["00000000-0000-4000-8000-000000000000:99999999999999999999"]},
    ],
)
@pytest.mark.parametrize("page", ["/sessions/handover/", "/sessions/handover/leave/"])
def test_no_post_makes_the_server_fall(
    cast: Cast, session: DosingSession, moment: datetime, page: str, body: dict[str, Any]
) -> None:
    given = {"person": str(cast.nurse.pk), "reason": "x", "password": PASSWORD, **body}
    for sent in (body, given):
        assert 400 <= signed_in(cast.nurse).post(page, sent).status_code < 500
    assert not WatchChange.objects.exists()


def test_who_leaves_signs_with_a_reason(
    cast: Cast, second: User, session: DosingSession, moment: datetime, at: datetime
) -> None:
    take(session, cast.nurse, at)
    other = seat(cast, at=at, chair=2, number="DE01-0002")
    take(other, second, at)
    client = signed_in(cast.nurse)
    html = client.get(f"/sessions/handover/leave/?session={session.pk}").content.decode()
    assert "DE01-0001" in html
    assert "DE01-0002" not in html
    page = "/sessions/handover/leave/"
    assert client.post(page, posted(session, version=1, reason="")).status_code == 422
    assert client.post(page, posted(session, version=1, reason="Ill", password="no")).status_code == 403
    assert client.post(page, posted(other, version=1, reason="Ill")).status_code == 409
    assert client.post(page, posted(session, version=1, reason="Ill")).status_code == 302
    assert watchers()[1] == (1, "None")
    assert "Nobody is watching" in client.get("/sessions/").content.decode()


@pytest.mark.parametrize(
    ("role", "status"),
    [("COORDINATOR", 403), ("MONITOR", 403), ("SPONSOR", 404), ("EFFICACY_RATER", 404)],
)
def test_who_may_not_watch_has_no_page_of_it(
    cast: Cast, session: DosingSession, moment: datetime, role: str, status: int
) -> None:
    for page in ("/sessions/handover/", "/sessions/handover/leave/"):
        assert signed_in(cast.by_role[role]).get(page).status_code == status


# --- the prescriber


def test_a_prescriber_marks_themselves_on_the_board(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    client, mark = signed_in(cast.investigator), f"/sessions/sites/{cast.site.pk}/presence/"
    html = client.get("/sessions/").content.decode()
    assert "No prescriber on site" in html
    assert "although somebody is being monitored" in html
    assert "I am on site" in html
    assert client.post(mark, {"on_site": "yes"}).status_code == 302
    html = client.get("/sessions/").content.decode()
    assert "Ivo Brandt" in html
    assert "I leave the site" in html
    assert "No prescriber on site" not in html
    with time_machine.travel(moment + MINUTE, tick=False):
        client.post(mark, {"on_site": "no"})
        assert "No prescriber on site" in client.get("/sessions/").content.decode()
    assert "I am on site" not in signed_in(cast.nurse).get("/sessions/").content.decode()
    assert signed_in(cast.nurse).post(mark, {"on_site": "yes"}).status_code == 403
    assert signed_in(cast.other_investigator).post(mark, {"on_site": "yes"}).status_code == 404


# --- the report


@pytest.fixture
def attended(cast: Cast, second: User, at: datetime) -> Iterator[DosingSession]:
    """Two hours: Nadia, after 50 minutes nobody for 8, then Nils; a prescriber from minute 10 on."""
    session = seat(cast, at=at, number="DE01-0001")
    take(session, cast.nurse, at)
    services.prescriber_mark(site_id=cast.site.pk, on_site=True, by=cast.investigator, at=at + 10 * MINUTE)
    services.watch_leave(expected={session.pk: 1}, reason="Alarm", by=cast.nurse, at=at + 50 * MINUTE)
    take(session, second, at + 58 * MINUTE, version=2)
    DosingSession.objects.filter(pk=session.pk).update(state="DISCHARGED", ended_at=at + 125 * MINUTE)
    with time_machine.travel(at + 180 * MINUTE, tick=False):
        yield session


def test_the_report_gives_every_minute_to_somebody_or_nobody(cast: Cast, attended: DosingSession) -> None:
    html = signed_in(cast.investigator).get(REPORT).content.decode()
    for words in ("2 h 05 min", "8 min", "10 min", "Nadia Klein", "50 min", "Nils Berg", "1 h 07 min"):
        assert words in html
    assert "10:50" in html  # the gap begins, on the site's clock


def test_without_days_the_report_shows_the_last_week(cast: Cast, attended: DosingSession) -> None:
    assert "DE01-0001" in signed_in(cast.coordinator).get("/sessions/attendance/").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "starts_on=2026-03-11&ends_on=2026-03-10",
        "starts_on=2026-01-01&ends_on=2026-12-31",
        "starts_on=soon&ends_on=2026-03-10",
        "starts_on=2026-03-10",
        "starts_on=%00&ends_on=0001-01-01",
        "starts_on=0001-01-01&ends_on=0001-01-02",
        "starts_on=9999-12-31&ends_on=9999-12-31",
    ],
)
def test_strange_days_are_told_so(cast: Cast, attended: DosingSession, query: str) -> None:
    client = signed_in(cast.monitor)
    assert client.get(f"/sessions/attendance/?{query}").status_code in (200, 422)
    assert client.get(f"/sessions/attendance.csv?{query}").status_code in (200, 422)
    assert client.get(f"/api/v1/watch/attendance/?{query}").status_code in (200, 400, 422)


def test_the_file_holds_the_same_and_no_formula(cast: Cast, attended: DosingSession) -> None:
    cast.nurse.full_name = '=HYPERLINK("http://example.org")'
    cast.nurse.save()
    answer = signed_in(cast.monitor).get("/sessions/attendance.csv?" + REPORT.partition("?")[2])
    (line,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert (line["observed_minutes"], line["unwatched_minutes"], line["without_prescriber_minutes"]) == (
        "125.00", "8.00", "10.00",
    )  # fmt: skip
    assert line["watched_by"] == '\'=HYPERLINK("http://example.org") 50.00; Nils Berg 67.00'
    assert line["unwatched_from_to"] == "2026-03-10T10:50:00+01:00/2026-03-10T10:58:00+01:00"
    assert line["handovers"] == "1"
    assert AuditEvent.objects.get(kind="attendance.exported").site_code == "DE01"


@pytest.mark.parametrize(
    "role",
    ["SESSION_NURSE", "EFFICACY_RATER", "PHARMACIST", "SPONSOR", "UNBLINDED_STATISTICIAN", "SAFETY_PHYSICIAN",
     "ADMINISTRATOR", "OUTSIDER"],
)  # fmt: skip
def test_the_report_is_not_for_others(cast: Cast, attended: DosingSession, role: str) -> None:
    client = signed_in(cast.by_role[role])
    for address in (REPORT, REPORT.replace("/?", ".csv?"), REPORT.replace("/sessions/", "/api/v1/watch/")):
        assert client.get(address).status_code == 404, address


def test_another_site_sees_none_of_it(cast: Cast, attended: DosingSession) -> None:
    html = signed_in(cast.other_investigator).get(REPORT).content.decode()
    assert "DE01-0001" not in html
    mine = f"/api/v1/watch/attendance/?starts_on=2026-03-10&ends_on=2026-03-10&site={cast.site.pk}"
    assert signed_in(cast.other_investigator).get(mine).status_code == 404


def test_the_report_asks_the_database_the_same_number_of_times_for_any_number_of_sessions(
    cast: Cast, attended: DosingSession, at: datetime, django_assert_max_num_queries: Any
) -> None:
    for chair in range(2, 6):
        take(seat(cast, at=at, chair=chair, number=f"DE01-000{chair}"), cast.nurse, at)
    client = signed_in(cast.investigator)
    client.get(REPORT)
    with django_assert_max_num_queries(24):
        client.get(REPORT)


# --- over HTTP


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
