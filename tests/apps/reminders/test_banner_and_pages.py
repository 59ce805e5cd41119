"""The banner on every page, the list of what was told, and the pages and endpoints of webhooks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.monitoring.models import Finding
from apps.reminders import services, tasks
from apps.reminders.models import Telling, Webhook
from tests.apps.monitoring.scene import Nurse, seat
from tests.factories.cast import Cast

MINUTE = timedelta(minutes=1)
TOLD_NOTHING = ("EFFICACY_RATER", "MONITOR", "SPONSOR", "UNBLINDED_STATISTICIAN", "OUTSIDER")
BANNER = re.compile(r'<vigil-poll class="alerts".*?</vigil-poll>', re.S)


@pytest.fixture
def moment(at: datetime) -> Iterator[datetime]:
    """Three minutes after a low saturation was read at chair 3 in Berlin."""
    with time_machine.travel(at + 3 * MINUTE, tick=False):
        yield at + 3 * MINUTE


@pytest.fixture
def finding(cast: Cast, at: datetime, moment: datetime) -> Finding:
    Nurse(seat(cast, at=at, minutes=20, chair=3), cast.nurse).records(at, spo2=88, confirmed=["spo2"])
    return Finding.objects.get(rule="E8")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def banner_of(client: Client, path: str = "/participants/") -> str:
    answer = client.get(path, follow=True)
    assert answer.status_code == 200, path
    found = BANNER.search(answer.content.decode())
    assert found, path
    return found.group(0)


@pytest.mark.parametrize("path", ["/", "/participants/", "/sessions/", "/reminders/", "/supply/"])
def test_every_page_tells_the_investigator_without_script(cast: Cast, finding: Finding, path: str) -> None:
    client = client_of(cast.investigator)
    said = banner_of(client, path)
    for expected in (
        "Urgent: DE01-0001, chair 3 at DE01",
        "SpO₂ 88%",
        "Check the probe",
        "3 minutes ago",
        'role="alert"',
    ):
        assert expected in said


@pytest.mark.parametrize("role", sorted({*TOLD_NOTHING, "COORDINATOR", "ADMINISTRATOR", "PHARMACIST"}))
def test_who_is_not_to_be_told_is_not(cast: Cast, finding: Finding, role: str) -> None:
    client = client_of(cast.by_role[role])
    answer = client.get("/reminders/alerts/")
    assert (answer.status_code, answer.content.strip()) == (200, b"")
    page = BANNER.search(client.get("/", follow=True).content.decode())
    assert page
    assert "<li" not in page.group(0)
    assert not Telling.objects.filter(channel="PAGE").exists()


def test_another_site_is_told_nothing(cast: Cast, finding: Finding) -> None:
    assert "DE01-0001" not in banner_of(client_of(cast.other_nurse), "/sessions/")


def test_the_physician_is_told_when_nobody_took_note_and_can_not_take_it(
    cast: Cast, finding: Finding, at: datetime
) -> None:
    client = client_of(cast.physician)
    assert client.get("/reminders/alerts/").content.strip() == b""
    with time_machine.travel(at + 15 * MINUTE, tick=False):
        client.force_login(cast.physician)
        said = client.get("/reminders/alerts/").content.decode()
    assert "DE01-0001" in said
    assert "Noted" not in said
    assert client.post(f"/reminders/alerts/{finding.pk}/noted/").status_code == 403


def test_the_fragment_changes_only_with_what_it_tells(cast: Cast, finding: Finding, at: datetime) -> None:
    client = client_of(cast.nurse)
    first = client.get("/reminders/alerts/")
    with time_machine.travel(at + 4 * MINUTE, tick=False):
        client.force_login(cast.nurse)
        again = client.get("/reminders/alerts/", headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        client.post(f"/reminders/alerts/{finding.pk}/noted/", headers={"HX-Request": "true"})
        gone = client.get("/reminders/alerts/", headers={"If-None-Match": first["ETag"]})
    assert (gone.status_code, gone.content.strip()) == (200, b"")
    assert first["Cache-Control"] == "private, no-cache"


def test_that_a_page_told_it_is_on_record_once(cast: Cast, finding: Finding, moment: datetime) -> None:
    client = client_of(cast.nurse)
    for _ in range(2):
        client.get("/reminders/alerts/")
    row = Telling.objects.get(channel="PAGE")
    assert (row.recipient, row.state, row.told_at, row.role) == (cast.nurse, "TOLD", moment, "SESSION_NURSE")


def test_one_tap_takes_note_and_stays_on_the_page(cast: Cast, finding: Finding) -> None:
    client = client_of(cast.nurse)
    answer = client.post(f"/reminders/alerts/{finding.pk}/noted/", {"next": "/participants/?search=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/participants/?search=1")
    finding.refresh_from_db()
    assert finding.acknowledged_by == cast.nurse
    away = client.post(f"/reminders/alerts/{finding.pk}/noted/", {"next": "https://elsewhere.example.org/"})
    assert away["Location"] == "/"


def test_a_session_tells_of_its_own_findings_by_itself(cast: Cast, finding: Finding) -> None:
    client = client_of(cast.nurse)
    assert "DE01-0001" not in banner_of(client, f"/sessions/{finding.session_id}/watch/")
    assert client.get(f"/reminders/alerts/?besides={finding.session_id}").content.strip() == b""
    assert b"DE01-0001" in client.get("/reminders/alerts/?besides=nonsense%00").content


def test_many_findings_are_a_few_and_a_number(cast: Cast, finding: Finding, at: datetime) -> None:
    for chair in range(4, 9):
        session = seat(cast, at=at, minutes=20, chair=chair, number=f"DE01-000{chair}")
        Nurse(session, cast.nurse).records(at, moaas=1 if chair == 8 else 3)
    said = client_of(cast.investigator).get("/reminders/alerts/").content.decode()
    assert said.count("<li") == 3
    assert said.index("Emergency: DE01-0008") < said.index("Urgent")
    assert "more on the board" in said


def test_beside_a_form_stand_the_emergencies_or_the_gravest_and_only_they_are_told(
    cast: Cast, finding: Finding, at: datetime
) -> None:
    own = seat(cast, at=at, minutes=20, chair=9, number="DE01-0009")
    for chair in (4, 5, 6):
        session = seat(cast, at=at, minutes=20, chair=chair, number=f"DE01-000{chair}")
        Nurse(session, cast.nurse).records(at, moaas=2)
    url, client = f"/reminders/alerts/?besides={own.pk}", client_of(cast.investigator)
    said = client.get(url).content.decode()
    assert (said.count("<li"), "more on the board" in said) == (1, True)
    assert Telling.objects.filter(channel="PAGE", recipient=cast.investigator).count() == 1
    for chair in (7, 8):
        session = seat(cast, at=at, minutes=20, chair=chair, number=f"DE01-000{chair}")
        Nurse(session, cast.nurse).records(at, moaas=1)
    said = client.get(url).content.decode()
    assert said.count("<li") == 2
    assert "DE01-0007" in said
    assert "DE01-0008" in said


def test_the_banner_asks_the_database_the_same_number_of_times_for_any_number_of_chairs(
    cast: Cast, finding: Finding, at: datetime, django_assert_max_num_queries: Any
) -> None:
    for chair in range(4, 9):
        session = seat(cast, at=at, minutes=20, chair=chair, number=f"DE01-000{chair}")
        Nurse(session, cast.nurse).records(at, moaas=3)
    client = client_of(cast.nurse)
    mark = client.get("/reminders/alerts/")["ETag"]
    with django_assert_max_num_queries(16):
        assert client.get("/reminders/alerts/", headers={"If-None-Match": mark}).status_code == 304


def test_the_list_says_who_was_told_how_soon_and_what_failed(
    cast: Cast, finding: Finding, at: datetime
) -> None:
    with time_machine.travel(at + timedelta(seconds=7), tick=False):
        tasks.findings_tell()
    Telling.objects.filter(channel="EMAIL", recipient=cast.nurse).update(
        state="FAILED", told_at=None, problem="No address to send to."
    )
    client = client_of(cast.coordinator)
    page = client.get("/reminders/findings/").content.decode()
    for expected in (
        "DE01-0001, chair 3: urgent",
        "Ivo Brandt, investigator",
        "7 s",
        "Told within 30 s",
        "No address to send to.",
    ):
        assert expected in page
    assert "SpO₂" not in page
    failed = client.get("/reminders/findings/?state=failed").content.decode()
    assert "No address" in failed
    assert "Ivo Brandt" not in failed
    assert (
        client_of(cast.other_coordinator).get("/reminders/findings/").content.decode().count("DE01-0001") == 0
    )
    for role in ("SPONSOR", "EFFICACY_RATER", "PHARMACIST", "ADMINISTRATOR"):
        assert client_of(cast.by_role[role]).get("/reminders/findings/").status_code in (403, 404)


# --- webhooks ---------------------------------------------------------------------------------------------------

URL = "https://alarm.example.org/in"


def test_the_secret_is_shown_once_and_kept_nowhere(cast: Cast, moment: datetime) -> None:
    client = client_of(cast.administrator)
    answer = client.post("/reminders/webhooks/", {"url": URL, "site": "DE01"})
    found = re.search(r"vwh_[0-9a-f]{64}", answer.content.decode())
    assert answer.status_code == 201
    assert found
    assert "no-store" in answer["Cache-Control"]
    hook = Webhook.objects.get()
    assert (hook.url, hook.site) == (URL, cast.site)
    assert found.group(0) not in client.get(f"/reminders/webhooks/{hook.pk}/").content.decode()
    assert found.group(0) not in str(Webhook.objects.values().get())
    again = client.post(f"/reminders/webhooks/{hook.pk}/secret/")
    renewed = re.search(r"vwh_[0-9a-f]{64}", again.content.decode())
    assert renewed
    assert renewed.group(0) != found.group(0)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"url": "", "site": ""}, 422, "This field is required"),
        ({"url": "http://alarm.example.org/", "site": ""}, 422, "Use https"),
        ({"url": "https://me:x@alarm.example.org/", "site": ""}, 422, "No name and password"),
        ({"url": URL, "site": "NOWHERE"}, 422, "Select a valid choice"),
        ({"url": "https://alarm.example.org/\x00", "site": ""}, 422, "Null characters"),
    ],
)
def test_a_wrong_address_is_refused_beside_its_field(
    cast: Cast, moment: datetime, body: dict[str, str], status: int, words: str
) -> None:
    answer = client_of(cast.administrator).post("/reminders/webhooks/", body)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert not Webhook.objects.exists()


def test_one_address_once_and_an_ended_one_is_left_alone(cast: Cast, moment: datetime) -> None:
    client = client_of(cast.administrator)
    client.post("/reminders/webhooks/", {"url": URL, "site": ""})
    assert client.post("/reminders/webhooks/", {"url": URL, "site": ""}).status_code == 409
    hook = Webhook.objects.get()
    assert client.post(f"/reminders/webhooks/{hook.pk}/test/").status_code == 302
    assert client.post(f"/reminders/webhooks/{hook.pk}/test/").status_code == 409
    assert client.post(f"/reminders/webhooks/{hook.pk}/end/").status_code == 302
    for act in ("test", "secret", "end"):
        assert client.post(f"/reminders/webhooks/{hook.pk}/{act}/").status_code == 409
    assert "Ended" in client.get("/reminders/webhooks/").content.decode()


@pytest.mark.parametrize("role", sorted({*TOLD_NOTHING, "COORDINATOR", "INVESTIGATOR", "SESSION_NURSE"}))
def test_webhooks_are_the_administrators(cast: Cast, moment: datetime, role: str) -> None:
    hook, _ = services.webhook_add(
        study=cast.study, site_code="", url=URL, salt="s", by=cast.administrator, at=moment
    )
    client, api = client_of(cast.by_role[role]), APIClient()
    api.force_authenticate(cast.by_role[role])
    assert client.get("/reminders/webhooks/").status_code in (403, 404)
    assert client.get(f"/reminders/webhooks/{hook.pk}/").status_code == 404
    for act in ("test", "secret", "end"):
        assert client.post(f"/reminders/webhooks/{hook.pk}/{act}/").status_code == 404
        assert api.post(f"/api/v1/webhooks/{hook.pk}/{act}/").status_code == 404
    assert api.get("/api/v1/webhooks/").json()["results"] == []
    assert api.post("/api/v1/webhooks/", {"study": cast.study.code, "url": URL}).status_code in (403, 404)
    assert Webhook.objects.count() == 1


def test_webhooks_by_program(cast: Cast, moment: datetime) -> None:
    api = APIClient()
    api.force_authenticate(cast.administrator)
    made = api.post("/api/v1/webhooks/", {"study": cast.study.code, "site": "DE01", "url": URL})
    assert made.status_code == 201
    assert made.json()["secret"].startswith("vwh_")
    assert "no-store" in made["Cache-Control"]
    path = f"/api/v1/webhooks/{made.json()['id']}/"
    assert "secret" not in api.get(path).json()
    assert api.post(f"{path}test/").status_code == 202
    assert [row["state"] for row in api.get(f"{path}deliveries/").json()["results"]] == ["DUE"]
    assert api.post(f"{path}secret/").json()["secret"] != made.json()["secret"]
    assert api.post(f"{path}end/").json()["ended_at"] is not None
    wrong = api.post("/api/v1/webhooks/", {"study": cast.study.code, "url": "ftp://x"})
    assert (wrong.status_code, wrong.json()["reasons"][0]["field"]) == (422, "url")


def test_alerts_and_tellings_by_program(cast: Cast, finding: Finding, at: datetime) -> None:
    tasks.findings_tell()
    api = APIClient()
    api.force_authenticate(cast.nurse)
    (alert,) = api.get("/api/v1/alerts/").json()
    assert (alert["participant"], alert["chair"], alert["may_note"]) == ("DE01-0001", 3, True)
    rows = api.get("/api/v1/tellings/").json()["results"]
    assert {row["channel"] for row in rows} == {"EMAIL", "PAGE"}
    api.force_authenticate(cast.rater)
    assert api.get("/api/v1/alerts/").json() == []
    assert api.get("/api/v1/tellings/").json()["results"] == []
