from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import User
from apps.dosing.models import DosingSession
from apps.monitoring import services
from apps.monitoring.models import Finding, Observation
from tests.apps.monitoring.scene import CALM, Nurse, participant_make, seat, two_hours, visit_make
from tests.factories.cast import PASSWORD, Cast

MINUTE = timedelta(minutes=1)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def moment(at: datetime) -> Iterator[datetime]:
    """Forty minutes after the first spray; the server's clock stands there."""
    with time_machine.travel(at + 40 * MINUTE, tick=False):
        yield at + 40 * MINUTE


def watch_url(session: DosingSession) -> str:
    return f"/sessions/{session.pk}/watch/"


def facts_of(html: str) -> dict:
    found = re.search(r'<script id="watch-facts" type="application/json">(.*?)</script>', html)
    assert found
    return json.loads(found.group(1))


def test_the_board_shows_every_chair_in_its_place(
    cast: Cast, nurse: Nurse, moment: datetime, at: datetime
) -> None:
    seat(cast, at=at, chair=3, number="DE01-0003", minutes=None)
    visit_make(participant_make(cast, at=at, number="DE01-0009"), at=at, by=cast.coordinator)
    nurse.records(moment, slot=40, **CALM)
    html = signed_in(cast.nurse).get("/sessions/").content.decode()
    places = [html.index(f'aria-label="Chair {chair}"') for chair in (1, 2, 3, 4)]
    assert places == sorted(places)
    for expected in ("DE01-0001", "122/78", "DE01-0003", "Chair 4", "Expected today", "DE01-0009"):
        assert expected in html


def test_the_board_shows_no_chair_of_another_site(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    html = signed_in(cast.other_nurse).get("/sessions/").content.decode()
    assert "Boston" in html
    assert "DE01" not in html.replace("DE01 Berlin", "")


def test_nothing_new_is_answered_without_a_page(cast: Cast, nurse: Nurse, moment: datetime) -> None:
    client = signed_in(cast.nurse)
    for url in (
        "/sessions/now/",
        watch_url(nurse.session) + "now/",
        watch_url(nurse.session) + "readings/",
        watch_url(nurse.session) + "side/",
    ):
        first = client.get(url)
        assert first.status_code == 200
        again = client.get(url, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    nurse.records(moment, slot=40, **CALM)
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_the_mark_of_one_person_is_not_anothers(cast: Cast, session: DosingSession, moment: datetime) -> None:
    first = signed_in(cast.nurse).get("/sessions/now/")["ETag"]
    assert signed_in(cast.monitor).get("/sessions/now/", headers={"If-None-Match": first}).status_code == 200


def test_no_value_is_filled_in_from_an_earlier_reading(cast: Cast, nurse: Nurse, moment: datetime) -> None:
    nurse.records(moment - 25 * MINUTE, slot=15, sbp=131, dbp=83, spo2=97, moaas=4, ready=False)
    html = signed_in(cast.nurse).get(watch_url(nurse.session)).content.decode()
    form = html[html.index("data-watch-form") : html.index("Save reading")]
    for name in ("sbp", "dbp", "hr", "rr", "spo2", "temp_c"):
        field = re.search(rf'<input id="{name}"[^>]*>', form)
        assert field
        assert " value=" not in field.group(0)
    assert not re.search(r'<input type="radio"[^>]* checked', form)
    assert "Last 131/83, 25 minutes ago" in form


def test_the_slot_that_is_due_is_preselected(cast: Cast, session: DosingSession, moment: datetime) -> None:
    html = signed_in(cast.nurse).get(watch_url(session)).content.decode()
    assert '<option value="40" data-slot-label="40 min" selected>' in html
    facts = facts_of(html)
    assert {slot["minute"]: slot["state"] for slot in facts["slots"]}[40] == "DUE"


def test_the_form_asks_with_the_limits_of_the_protocol(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    html = signed_in(cast.nurse).get(watch_url(session)).content.decode()
    spo2 = re.search(r'<input id="spo2"[^>]*>', html)
    assert spo2
    assert 'data-min="30"' in spo2.group(0)
    assert 'data-soft-min="93"' in spo2.group(0)


def test_without_script_a_reading_is_posted_once_however_often(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    client = signed_in(cast.nurse)
    given = {
        "observation_id": str(uuid4()),
        "slot_minute": "40",
        "sbp": "122",
        "dbp": "78",
        "spo2": "98",
        "temp_c": "36,6",
    }
    for _ in range(2):
        answer = client.post(watch_url(session), given)
        assert (answer.status_code, answer["Location"]) == (302, watch_url(session))
    row = Observation.objects.get()
    assert (row.sbp, row.slot_minute, str(row.temp_c)) == (122, 40, "36.6")


def test_what_cannot_be_saved_comes_back_as_typed_with_every_reason(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    answer = signed_in(cast.nurse).post(
        watch_url(session), {"slot_minute": "40", "sbp": "522", "dbp": "78", "spo2": "91", "hr": "abc"}
    )
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="522"' in html
    assert "must be between 40 and 300" in html
    assert 'name="confirm_spo2"' in html
    assert "Heart rate must be a number" in html
    assert not Observation.objects.exists()


def test_an_unusual_value_is_saved_once_confirmed(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    answer = signed_in(cast.nurse).post(
        watch_url(session), {"slot_minute": "40", "spo2": "91", "confirm_spo2": "on"}
    )
    assert answer.status_code == 302
    assert Observation.objects.get().confirmed == ["spo2"]
    assert Finding.objects.filter(rule="E8").exists()


def test_a_reading_of_earlier_is_put_on_the_sites_clock(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    answer = signed_in(cast.nurse).post(
        watch_url(session),
        {
            "slot_minute": "30",
            "spo2": "97",
            "moaas": "5",
            "observed_time": "10:30",
            "late_reason_earlier": "Paper first",
        },
    )
    assert answer.status_code == 302  # 10:30 in Berlin is 09:30 UTC, half an hour after the spray
    row = Observation.objects.get()
    assert (row.observed_at.hour, row.observed_at.minute, row.late_reason) == (9, 30, "Paper first")


@pytest.mark.parametrize(
    "given",
    [
        {"slot_minute": "x"}, {"slot_minute": "99999999999999999999"}, {"spo2": "9" * 400}, {"spo2": "\x00"},
        {"note": "\x00", "spo2": "97"}, {"observed_time": "25:99", "spo2": "97"}, {"observation_id": "no"},
        {"cadss_items_1": "9"}, {"bprs_items_1": "NaN"}, {"temp_c": "1e999"}, {"ready": "perhaps"}, {},
        {"not_done_bp": "x" * 300},
    ],
)  # fmt: skip
def test_no_post_makes_the_server_fall(
    cast: Cast, session: DosingSession, moment: datetime, given: dict[str, str]
) -> None:
    answer = signed_in(cast.nurse).post(watch_url(session), given)
    assert answer.status_code == 422
    assert not Observation.objects.exists()


def test_a_finding_is_noted_in_place(cast: Cast, nurse: Nurse, moment: datetime) -> None:
    nurse.records(moment, slot=40, sbp=184, dbp=112, confirmed=["sbp", "dbp"])
    client = signed_in(cast.nurse)
    finding = Finding.objects.get(rule="E1")
    assert (
        "Very high blood pressure: 184/112 mmHg at 40 min"
        in client.get(watch_url(nurse.session)).content.decode()
    )
    answer = client.post(f"/sessions/findings/{finding.pk}/acknowledge/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert f"finding-{finding.pk}" not in answer.content.decode()
    finding.refresh_from_db()
    assert finding.acknowledged_by == cast.nurse


def test_noting_one_notes_the_earlier_ones_of_its_rule(cast: Cast, nurse: Nurse, moment: datetime) -> None:
    nurse.records(moment - 10 * MINUTE, moaas=3)
    nurse.records(moment - 5 * MINUTE, moaas=2)
    latest = Finding.objects.filter(rule="E6").latest("raised_at")
    signed_in(cast.nurse).post(f"/sessions/findings/{latest.pk}/acknowledge/")
    assert not Finding.objects.filter(rule="E6", acknowledged_at__isnull=True).exists()


def test_the_charts_speak_and_need_no_style(cast: Cast, nurse: Nurse, moment: datetime) -> None:
    nurse.records(moment, slot=40, sbp=184, dbp=96, spo2=91, confirmed=["sbp", "spo2"])
    html = signed_in(cast.nurse).get(watch_url(nurse.session)).content.decode()
    assert "<title>40 min: 184/96 mmHg, a limit was passed</title>" in html
    assert "<desc id=" in html
    assert not re.search(r"\sstyle=", html)
    assert not re.search(r"\son[a-z]+=", html)
    assert "Readings, the latest first" in html


def test_a_reader_without_the_right_sees_no_form(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    html = signed_in(cast.monitor).get(watch_url(session)).content.decode()
    assert "Save reading" not in html
    assert "You are reading along" in html
    assert signed_in(cast.monitor).post(watch_url(session), {"spo2": "97"}).status_code == 403


def test_before_the_end_the_page_names_what_is_missing_and_has_no_button(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    html = signed_in(cast.nurse).get(f"/sessions/{session.pk}/discharge/").content.decode()
    assert "Sign and release" not in html
    for words in ("80 more minutes", "MOAA/S 5, in a new reading", "Escort present", "Not ready to leave"):
        assert words in html


def test_signing_releases_and_a_wrong_password_does_not(cast: Cast, nurse: Nurse, at: datetime) -> None:
    two_hours(nurse, t0=at)
    url = f"/sessions/{nurse.session.pk}/discharge/"
    client = signed_in(cast.nurse)
    given = {"confirm_EVENTS": "on", "confirm_ESCORT": "on", "confirm_TOLD": "on", "password": "wrong"}
    with time_machine.travel(at + 121 * MINUTE, tick=False):
        assert "Sign and release" in client.get(url).content.decode()
        assert client.post(url, given).status_code == 403
        assert client.post(url, {"password": PASSWORD}).status_code == 409
        assert DosingSession.objects.get().state == "OBSERVING"
        assert client.post(url, {**given, "password": PASSWORD}).status_code == 302
        assert DosingSession.objects.get().state == "DISCHARGED"
        assert client.get(watch_url(nurse.session)).status_code == 200
        assert client.get(url).status_code == 200


def test_only_an_investigator_is_offered_judgement(cast: Cast, nurse: Nurse, at: datetime) -> None:
    two_hours(nurse, t0=at)
    nurse.records(at + 120 * MINUTE, sbp=164, dbp=90, confirmed=["sbp"])
    url = f"/sessions/{nurse.session.pk}/discharge/"
    with time_machine.travel(at + 121 * MINUTE, tick=False):
        assert "accept_BP" not in signed_in(cast.nurse).get(url).content.decode()
        client = signed_in(cast.investigator)
        assert "accept_BP" in client.get(url).content.decode()
        given = {"confirm_EVENTS": "on", "confirm_ESCORT": "on", "confirm_TOLD": "on", "password": PASSWORD}
        assert client.post(url, given).status_code == 409
        assert client.post(url, {**given, "accept_BP": "As at every visit"}).status_code == 302


@pytest.mark.parametrize(
    "role",
    [
        "EFFICACY_RATER",
        "PHARMACIST",
        "SPONSOR",
        "UNBLINDED_STATISTICIAN",
        "ADMINISTRATOR",
        "OUTSIDER",
        "OTHER",
    ],
)
def test_who_must_not_see_a_session_finds_no_page_of_it(
    cast: Cast, nurse: Nurse, moment: datetime, role: str
) -> None:
    nurse.records(moment, moaas=2)
    finding = Finding.objects.get(rule="E6")
    client = signed_in({**cast.by_role, "OTHER": cast.other_nurse}[role])
    session = nurse.session
    for url in (watch_url(session), watch_url(session) + "now/", watch_url(session) + "side/",
        watch_url(session) + "readings/",
                f"/sessions/{session.pk}/discharge/", f"/sessions/{session.pk}/discharge/now/"):  # fmt: skip
        assert client.get(url).status_code in (403, 404)
    assert client.post(watch_url(session), {"spo2": "97"}).status_code in (403, 404)
    assert client.post(f"/sessions/findings/{finding.pk}/acknowledge/").status_code in (403, 404)
    board = client.get("/sessions/")
    assert "DE01-0001" not in board.content.decode()
    if role != "OTHER":
        assert board.status_code == 404
        assert client.get("/sessions/now/").status_code == 404


def test_pages_need_a_sign_in(session: DosingSession, moment: datetime) -> None:
    for url in ("/sessions/", watch_url(session), f"/sessions/{session.pk}/discharge/"):
        assert Client().get(url)["Location"].startswith("/sign-in/")


def test_the_board_asks_the_database_the_same_number_of_times_for_any_number_of_chairs(
    cast: Cast, nurse: Nurse, moment: datetime, at: datetime, django_assert_max_num_queries: object
) -> None:
    from apps.monitoring.selectors import board

    for chair in (2, 3, 4):
        other = Nurse(seat(cast, at=at, chair=chair, number=f"DE01-000{chair}"), cast.nurse)
        other.records(moment, slot=40, **CALM)
    with django_assert_max_num_queries(12):
        seen = board(viewer=cast.nurse, now=moment, site=cast.site)
        assert len(seen.watches) == 4


def test_nothing_new_on_the_board_costs_five_looks(
    cast: Cast, nurse: Nurse, moment: datetime, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(cast.nurse)
    mark = client.get("/sessions/now/")["ETag"]
    with django_assert_max_num_queries(5):
        assert client.get("/sessions/now/", headers={"If-None-Match": mark}).status_code == 304
    for act in (
        lambda: nurse.records(moment, moaas=3, spo2=97),
        lambda: services.finding_acknowledge(finding_id=Finding.objects.get().pk, by=cast.nurse, at=moment),
    ):
        act()
        again = client.get("/sessions/now/", headers={"If-None-Match": mark})
        assert again.status_code == 200
        mark = again["ETag"]
