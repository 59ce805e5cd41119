"""The screens that gather: today at a site, enrolment for the sponsor, the audit trail."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.board import selectors
from apps.core.exceptions import NotAllowed
from apps.participants.models import Participant, StatusChange
from apps.schedule.models import Visit
from apps.screening.models import Screening
from tests.factories.cast import Cast

pytestmark = pytest.mark.usefixtures("time_machine_at")
DAY = timedelta(days=1)


def participant_make(
    cast: Cast, at: datetime, number: str, *, status: str = "RANDOMIZED", other: bool = False
) -> Participant:
    made = Participant.objects.create(
        study=cast.study, site=cast.other_site if other else cast.site, protocol_version=cast.version, number=number,
        status=status, sex="F", age_years=40, recorded_at=at, recorded_by=cast.coordinator,
    )  # fmt: skip
    if status in {"RANDOMIZED", "COMPLETED", "DISCONTINUED"}:
        StatusChange.objects.create(
            participant=made,
            from_status="ELIGIBLE",
            to_status="RANDOMIZED",
            at=at,
            recorded_at=at,
            recorded_by=cast.coordinator,
        )
    return made


def visit_make(cast: Cast, one: Participant, *, code: str, opens_at: datetime, **more: object) -> Visit:
    return Visit.objects.create(
        participant=one, code=code, label=code, day=4, is_dose=True, opens_at=opens_at, target_date=opens_at.date(),
        closes_at=opens_at + DAY, recorded_at=opens_at, recorded_by=cast.coordinator, **more,
    )  # fmt: skip


def sign_in(client: Client, person: User) -> Client:
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_today_tells_due_from_overdue(cast: Cast, at: datetime) -> None:
    midnight = at.replace(hour=0)
    one = participant_make(cast, at - 20 * DAY, "DE01-0001")
    visit_make(cast, one, code="D8", opens_at=midnight, planned_at=at + timedelta(hours=2))
    visit_make(cast, one, code="D4", opens_at=midnight - 4 * DAY)
    visit_make(cast, one, code="D11", opens_at=midnight + 2 * DAY)
    visit_make(cast, one, code="D1", opens_at=midnight - 8 * DAY, held_at=at - 8 * DAY, held_by=cast.nurse)
    day = selectors.today_at(viewer=cast.coordinator, site=cast.site, now=at)
    assert [v.code for v in day.due] == ["D8"]
    assert [v.code for v in day.overdue] == ["D4"]
    assert [v.code for v in day.coming] == ["D11"]
    assert day.needs_you == 1


def test_today_shows_no_other_site(cast: Cast, at: datetime) -> None:
    other = participant_make(cast, at, "US01-0001", other=True)
    visit_make(cast, other, code="D8", opens_at=at.replace(hour=0))
    day = selectors.today_at(viewer=cast.coordinator, site=cast.site, now=at)
    assert (day.due, day.overdue) == ((), ())
    with pytest.raises(NotAllowed):
        selectors.today_at(viewer=cast.coordinator, site=cast.other_site, now=at)


def test_who_left_the_trial_is_not_expected(cast: Cast, at: datetime) -> None:
    gone = participant_make(cast, at, "DE01-0001", status="DISCONTINUED")
    visit_make(cast, gone, code="D8", opens_at=at.replace(hour=0))
    assert selectors.today_at(viewer=cast.coordinator, site=cast.site, now=at).due == ()


def enrolled(cast: Cast, at: datetime) -> None:
    for number in range(1, 12):
        participant_make(cast, at - number * DAY, f"DE01-{number:04d}")
    for number in range(12, 15):
        one = participant_make(cast, at, f"DE01-{number:04d}", status="SCREEN_FAILED")
        Screening.objects.create(
            participant=one, protocol_version=cast.version, state="FAILED", opened_at=at, decided_at=at,
            decided_by=cast.investigator, fail_reasons=["I04"], recorded_at=at, recorded_by=cast.coordinator,
        )  # fmt: skip
    for number in range(1, 8):
        participant_make(cast, at - number * DAY, f"US01-{number:04d}", other=True)


def test_the_sponsor_sees_totals_and_no_small_number(cast: Cast, at: datetime) -> None:
    enrolled(cast, at)
    body = APIClient()
    body.force_authenticate(cast.sponsor)
    found = body.get("/api/v1/dashboards/sponsor/t2/").json()
    assert (found["screened"], found["randomized"]) == (21, 18)
    assert found["screen_failed"] is None  # three: hidden
    assert [reason["n"] for reason in found["reasons"]] == [None]
    small = [
        n
        for site in found["sites"]
        for n in (site["screened"], site["randomized"])
        if n is not None and 0 < n < 5
    ]
    assert not small


def test_the_sponsor_s_page_csv_and_api_say_the_same(cast: Cast, client: Client, at: datetime) -> None:
    enrolled(cast, at)
    sign_in(client, cast.sponsor)
    page = client.get("/dashboard/")
    assert page.status_code == 200
    assert b"18" in page.content
    rows = list(csv.DictReader(io.StringIO(client.get("/dashboard/sites.csv").content.decode())))
    assert {row["Site"] for row in rows} == {"DE01", "US01"}
    assert client.get("/dashboard/passwords.csv").status_code == 404


def test_no_dashboard_depends_on_an_arm(cast: Cast, client: Client, at: datetime) -> None:
    enrolled(cast, at)
    sign_in(client, cast.sponsor)
    text = client.get("/dashboard/").content.decode() + json.dumps(
        client.get("/api/v1/dashboards/sponsor/t2/").json()
    )
    assert not [word for word in ("Placebo", "PBO", "ESK", "placebo") if word in text]


@pytest.mark.parametrize(
    ("role", "home", "dashboard", "audit"),
    [
        ("COORDINATOR", 200, 403, 403),
        ("INVESTIGATOR", 200, 403, 403),
        ("SESSION_NURSE", 200, 403, 403),
        ("EFFICACY_RATER", 302, 403, 403),
        ("PHARMACIST", 302, 403, 403),
        ("MONITOR", 302, 403, 200),
        ("SPONSOR", 302, 200, 403),
        ("UNBLINDED_STATISTICIAN", 302, 200, 403),
        ("SAFETY_PHYSICIAN", 302, 403, 403),
        ("ADMINISTRATOR", 302, 403, 200),
        ("OUTSIDER", 200, 404, 404),
    ],
)
def test_pages_open_by_role(
    cast: Cast, client: Client, role: str, home: int, dashboard: int, audit: int
) -> None:
    sign_in(client, cast.by_role[role])
    assert client.get("/").status_code == home
    assert client.get("/dashboard/").status_code == dashboard
    assert client.get("/audit/").status_code == audit


def test_a_monitor_of_one_site_reads_the_acts_of_that_site(cast: Cast, at: datetime) -> None:
    for site in ("DE01", "US01"):
        event_record(kind="participant.enrolled", by=cast.coordinator, at=at, study="t2", site=site)
    api = APIClient()
    api.force_authenticate(cast.monitor)
    sites = {row["site"] for row in api.get("/api/v1/studies/t2/audit-events/").json()["results"]}
    assert sites == {"DE01"}
    api.force_authenticate(cast.administrator)
    assert {row["site"] for row in api.get("/api/v1/studies/t2/audit-events/").json()["results"]} == {
        "DE01",
        "US01",
    }


def test_the_audit_page_filters_and_stands_odd_input(cast: Cast, client: Client, at: datetime) -> None:
    event_record(
        kind="session.discharged", by=cast.nurse, at=at, study="t2", site="DE01", participant="DE01-0001"
    )
    sign_in(client, cast.monitor)
    assert b"session.discharged" in client.get("/audit/?kind=session&participant=de01-0001").content
    assert b"session.discharged" not in client.get("/audit/?kind=user").content
    for odd in (
        "?page=999999999999",
        "?page=x",
        "?kind=%00",
        "?person=%25%27--",
        "?participant=" + "a" * 500,
    ):
        assert client.get(f"/audit/{odd}").status_code == 200
