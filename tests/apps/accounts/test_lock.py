"""A locked screen: what opens it, what passes it, and what it leaves in the record."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from apps.accounts import services
from apps.audit.models import AuditEvent
from apps.core.exceptions import Invalid, NotAllowed
from apps.monitoring.models import Finding, Observation
from apps.monitoring.services import overdue_findings_raise
from tests.apps.monitoring.scene import seat
from tests.factories.cast import PASSWORD, Cast

pytestmark = pytest.mark.usefixtures("time_machine_at")
SCRIPT = {"HTTP_X_REQUESTED_WITH": "vigil-lock"}


@pytest.fixture
def locked(cast: Cast, client: Client, at: datetime) -> Client:
    """Nadia's browser, locked, with a PIN of hers."""
    services.pin_set(user_id=cast.nurse.pk, pin="2580", by=cast.nurse, at=at)
    client.force_login(cast.nurse)
    assert client.post("/lock/", {"cause": "idle"}, **SCRIPT).status_code == 204
    return client


def opens(client: Client, secret: str) -> int:
    return client.post("/locked/", {"secret": secret}, **SCRIPT).status_code


def kinds() -> list[str]:
    return list(
        AuditEvent.objects.filter(kind__startswith="screen.").order_by("id").values_list("kind", flat=True)
    )


def put(client: Client, session: Any, entered: datetime) -> int:
    body = {
        "session": str(session.pk), "slot_minute": None, "spo2": 97,
        "observed_at": entered.isoformat(), "entered_at": entered.isoformat(),
        "device_now": entered.isoformat(), "device_skew_ms": 0,
    }  # fmt: skip
    return client.put(f"/api/v1/observations/{uuid4()}", body, content_type="application/json").status_code


def test_a_locked_screen_gives_out_nothing_and_opens_by_pin(locked: Client) -> None:
    page = locked.get("/participants/")
    assert page.status_code == 302
    assert page["Location"] == "/locked/?next=%2Fparticipants%2F"
    assert locked.get("/sessions/now/", HTTP_HX_REQUEST="true").status_code == 423
    assert locked.get("/api/v1/me/").json()["reasons"] == []
    assert locked.get("/api/v1/me/").status_code == 423
    assert locked.post("/sign-out/").status_code == 302
    assert locked.get("/locked/").status_code == 200
    assert opens(locked, "2580") == 204
    assert locked.get("/participants/").status_code == 200
    assert kinds() == ["screen.locked", "screen.unlocked"]


def test_the_password_opens_as_well_without_script_and_leads_back(locked: Client) -> None:
    assert locked.post("/locked/", {"secret": "wrong-password-1"}).status_code == 403
    answer = locked.post("/locked/", {"secret": PASSWORD, "next": "/sessions/"})
    assert (answer.status_code, answer["Location"]) == (302, "/sessions/")
    assert kinds() == ["screen.locked", "screen.password_failed", "screen.unlocked"]


def test_it_leads_nowhere_else(locked: Client) -> None:
    assert locked.post("/locked/", {"secret": "2580", "next": "https://example.com/"})["Location"] == "/"


def test_after_five_wrong_pins_only_the_password_opens(locked: Client, cast: Cast) -> None:
    assert [opens(locked, "0000") for _ in range(5)] == [403] * 5
    assert opens(locked, "2580") == 403
    cast.nurse.refresh_from_db()
    assert cast.nurse.pin_failures == 6
    assert opens(locked, PASSWORD) == 204
    locked.post("/lock/", **SCRIPT)
    assert opens(locked, "2580") == 204, "the password made the PIN good again"


def test_passwords_are_not_guessed_without_end(locked: Client, at: datetime) -> None:
    for _ in range(5):
        assert opens(locked, "not-the-password") == 403
    assert opens(locked, PASSWORD) == 403
    with time_machine.travel(at + timedelta(minutes=16), tick=False):
        assert opens(locked, PASSWORD) == 204


def test_a_pin_is_kept_as_a_hash_and_opens_nobody_elses_screen(
    cast: Cast, locked: Client, at: datetime
) -> None:
    cast.nurse.refresh_from_db()
    assert "2580" not in cast.nurse.pin
    with pytest.raises(NotAllowed):
        services.pin_set(user_id=cast.nurse.pk, pin="1379", by=cast.coordinator, at=at)
    with pytest.raises(NotAllowed):
        services.screen_unlock(user=cast.coordinator, secret="2580", by=cast.coordinator, at=at)
    with pytest.raises(Invalid):
        services.pin_set(user_id=cast.nurse.pk, pin="1111", by=cast.nurse, at=at)


def test_a_pin_is_chosen_with_the_password(cast: Cast, client: Client) -> None:
    client.force_login(cast.nurse)
    given = {"pin": "2580", "again": "2580", "password": "wrong"}
    assert client.post("/account/pin/", given).status_code == 403
    assert client.post("/account/pin/", {**given, "again": "2581", "password": PASSWORD}).status_code == 422
    assert (
        client.post(
            "/account/pin/", {**given, "pin": "1111", "again": "1111", "password": PASSWORD}
        ).status_code
        == 422
    )
    cast.nurse.refresh_from_db()
    assert cast.nurse.pin == ""
    assert client.post("/account/pin/", {**given, "password": PASSWORD}).status_code == 302
    cast.nurse.refresh_from_db()
    assert cast.nurse.pin.startswith("md5$")


def test_what_was_entered_before_the_lock_arrives_and_what_is_entered_behind_it_does_not(
    cast: Cast, locked: Client, at: datetime
) -> None:
    session = seat(cast, at=at, minutes=30, chair=1, number="DE01-0001")
    before = Observation.objects.count()
    with time_machine.travel(at + timedelta(minutes=5), tick=False):
        assert put(locked, session, at - timedelta(minutes=1)) == 201
        assert put(locked, session, at + timedelta(minutes=4)) == 423
        assert (
            locked.put(f"/api/v1/observations/{uuid4()}", "[", content_type="application/json").status_code
            == 423
        )
    assert Observation.objects.count() == before + 1


def test_a_locked_screen_names_chairs_and_minutes_and_no_participant(
    cast: Cast, locked: Client, at: datetime
) -> None:
    session = seat(cast, at=at, minutes=30, chair=3, number="DE01-0001")
    page = locked.get("/sessions/due/", HTTP_X_REQUESTED_WITH="vigil-poll").content.decode()
    assert "Chair 3" in page
    assert "vigil-due" in page
    assert session.participant.number not in page
    assert str(session.pk) not in page


def test_another_person_takes_the_tablet_over_by_signing_in_as_themselves(cast: Cast, locked: Client) -> None:
    answer = locked.post("/locked/hand-over/", {"next": "/sessions/"})
    assert answer["Location"] == "/sign-in/?next=%2Fsessions%2F"
    assert answer["Clear-Site-Data"] == '"cache"'
    assert locked.get("/sessions/").status_code == 302
    locked.post("/sign-in/", {"username": cast.investigator.email, "password": PASSWORD})
    assert locked.get("/sessions/").status_code == 200, "the lock was the first person's"


def test_nobody_is_signed_out_in_the_middle_of_a_session_that_is_charted(
    cast: Cast, client: Client, at: datetime
) -> None:
    """A sign-in lasts from the last act on; fragments that ask by themselves do not prolong it."""
    session = seat(cast, at=at, minutes=0, chair=1, number="DE01-0001")
    client.force_login(cast.nurse)
    with time_machine.travel(at + timedelta(hours=7, minutes=50), tick=False):
        assert client.get(f"/sessions/{session.pk}/watch/").status_code == 200
    with time_machine.travel(at + timedelta(hours=15), tick=False):
        assert client.get("/sessions/due/", HTTP_X_REQUESTED_WITH="vigil-poll").status_code == 200
    with time_machine.travel(at + timedelta(hours=16), tick=False):
        assert client.get("/sessions/").status_code == 302


def test_an_unlocked_browser_is_led_on_from_the_locked_page(cast: Cast, client: Client) -> None:
    client.force_login(cast.nurse)
    assert client.get("/locked/?next=/sessions/")["Location"] == "/sessions/"


def test_a_screen_on_the_wall_shows_the_ward_and_is_locked_for_everything_else(
    cast: Cast, client: Client, at: datetime
) -> None:
    session = seat(cast, at=at, minutes=30, chair=2, number="DE01-0001")
    client.force_login(cast.nurse)
    page = client.get("/sessions/ward/").content.decode()
    assert session.participant.number in page
    assert 'id="alerts"' not in page, "no values, and nothing to press, where anybody reads it"
    assert client.post("/lock/", {"cause": "ward"}, **SCRIPT).status_code == 204
    assert client.get("/sessions/ward/").status_code == 200
    assert client.get("/sessions/ward/now/", HTTP_X_REQUESTED_WITH="vigil-poll").status_code == 200
    assert client.get(f"/sessions/{session.pk}/watch/").status_code == 302
    assert opens(client, PASSWORD) == 204
    client.post("/lock/", {"cause": "idle"}, **SCRIPT)
    assert client.get("/sessions/ward/").status_code == 302, "only a screen that hangs there shows it locked"


def test_the_short_way_of_an_observation_knows_the_lock_as_well(
    cast: Cast, client: Client, at: datetime
) -> None:
    session = seat(cast, at=at, minutes=30, chair=1, number="DE01-0001")
    client.force_login(cast.nurse)
    assert put(client, session, at) == 201, "unlocked, by the short way"
    client.post("/lock/", **SCRIPT)
    with time_machine.travel(at + timedelta(minutes=5), tick=False):
        assert put(client, session, at + timedelta(minutes=4)) == 423
        assert put(client, session, at - timedelta(minutes=1)) == 201


def test_a_locked_screen_names_nobody_whatever_is_found_meanwhile(
    cast: Cast, locked: Client, at: datetime
) -> None:
    seat(cast, at=at, minutes=50)
    overdue_findings_raise(by=cast.nurse, at=at)
    assert Finding.objects.exists()
    for path in ("/locked/", "/no-such-page/"):  # an address that is not there is answered before the lock
        page = locked.get(path).content.decode()
        assert "DE01-" not in page, path
        assert 'id="alerts"' not in page, path
    assert opens(locked, "2580") == 204
    assert "DE01-0001" in locked.get("/").content.decode()
