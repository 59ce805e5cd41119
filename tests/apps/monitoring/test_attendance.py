"""The report of who was there, as a page and as a file."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.dosing.models import DosingSession
from tests.apps.monitoring.scene import seat
from tests.apps.monitoring.watch import take
from tests.apps.monitoring.watch_pages import REPORT, signed_in
from tests.factories.cast import Cast


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
