"""Reports: asked for by those who may, made once, pooled without an arm, sealed with one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import time_machine
from csp.constants import NONE
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.selectors import system_user
from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, NotAllowed, NotFound
from apps.endpoints import selectors, services, tasks
from apps.endpoints.models import ReportFile, ReportJob
from apps.endpoints.views import DOCUMENT_POLICY
from apps.studies.models import UnblindedPerson
from tests.factories.cast import PASSWORD, Cast

LATER = timedelta(days=40)


@contextmanager
def as_login(name: str) -> Iterator[None]:
    """Act with another database login's rights."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"SET ROLE {name}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET ROLE vigil_app")


def request(cast: Cast, at: datetime, *, by_arm: bool = False, by: object = None) -> ReportJob:
    person = by or (cast.statistician if by_arm else cast.coordinator)
    return services.report_request(study=cast.study, by_arm=by_arm, by=person, at=at)


def make(at: datetime, *, by_arm: bool) -> ReportJob:
    by = system_user()
    job = services.job_claim(by_arm=by_arm, by=by, at=at)
    assert job is not None
    services.report_make(job=job, by=by, at=at)
    job.refresh_from_db()
    return job


@pytest.mark.parametrize(
    ("role", "pooled", "by_arm"),
    [
        ("COORDINATOR", True, False),
        ("INVESTIGATOR", True, False),
        ("MONITOR", True, False),
        ("SPONSOR", True, False),
        ("UNBLINDED_STATISTICIAN", True, True),
        ("SESSION_NURSE", False, False),
        ("EFFICACY_RATER", False, False),
        ("PHARMACIST", False, False),
        ("SAFETY_PHYSICIAN", False, False),
        ("ADMINISTRATOR", False, False),
        ("OUTSIDER", False, False),
    ],
)
def test_who_may_ask(cast: Cast, at: datetime, role: str, pooled: bool, by_arm: bool) -> None:
    for wanted, allowed in ((False, pooled), (True, by_arm)):
        if allowed:
            assert request(cast, at, by_arm=wanted, by=cast.by_role[role]).state == "QUEUED"
        else:
            with pytest.raises(NotAllowed):
                request(cast, at, by_arm=wanted, by=cast.by_role[role])


def test_asking_twice_makes_one_job(cast: Cast, at: datetime) -> None:
    request(cast, at)
    with pytest.raises(Conflict):
        request(cast, at)


def test_a_job_is_taken_once(cast: Cast, at: datetime) -> None:
    request(cast, at)
    by = system_user()
    assert services.job_claim(by_arm=False, by=by, at=at) is not None
    assert services.job_claim(by_arm=False, by=by, at=at) is None


def test_a_worker_that_died_loses_no_job_and_three_deaths_fail_it(cast: Cast, at: datetime) -> None:
    job, by = request(cast, at), system_user()
    for attempt in range(1, 4):
        moment = at + timedelta(hours=attempt)
        assert services.job_claim(by_arm=False, by=by, at=moment).attempts == attempt
        assert services.jobs_revive(by_arm=False, by=by, at=moment + timedelta(minutes=2)) == 0
        assert services.jobs_revive(by_arm=False, by=by, at=moment + timedelta(minutes=4)) == 1
    job.refresh_from_db()
    assert job.state == "FAILED"


def test_a_cancelled_report_stores_nothing(reported: Cast, at: datetime) -> None:
    job, by = request(reported, at + LATER), system_user()
    claimed = services.job_claim(by_arm=False, by=by, at=at)
    services.report_cancel(job_id=job.pk, by=reported.coordinator, at=at + LATER)
    with pytest.raises(services.making.Cancelled):
        services.report_make(job=claimed, by=by, at=at + LATER)
    assert not ReportFile.objects.exists()
    with pytest.raises(Conflict):
        services.report_cancel(job_id=job.pk, by=reported.coordinator, at=at + LATER)


def test_a_pooled_report_counts_everybody_and_names_no_arm(reported: Cast, at: datetime) -> None:
    request(reported, at + LATER)
    job = make(at + LATER, by_arm=False)
    assert (job.state, job.progress) == ("DONE", 100)
    body = bytes(ReportFile.objects.get(job=job, name="report.json").content).decode()
    assert "12 randomized" in body
    assert not [arm for arm in ("Placebo spray", "Esketamine 56", '"PBO"', '"ESK"') if arm in body]


def test_the_same_data_give_the_same_bytes(reported: Cast, at: datetime) -> None:
    cut = at + LATER
    digests = []
    for person in (reported.coordinator, reported.investigator):
        request(reported, cut, by=person)
        job = make(cut, by_arm=False)
        digests.append({f.name: f.digest for f in ReportFile.objects.filter(job=job)})
    assert digests[0] == digests[1]


def test_what_was_recorded_after_the_cut_is_not_in_the_report(reported: Cast, at: datetime) -> None:
    request(reported, at + timedelta(days=3))
    job = make(at + LATER, by_arm=False)
    early = json.loads(bytes(ReportFile.objects.get(job=job, name="report.json").content))
    table = next(
        b
        for s in early["sections"]
        for b in s["blocks"]
        if b["kind"] == "table" and b["title"].startswith("MADRS by visit")
    )
    assert "26" not in json.dumps(table["rows"][-1])  # nobody has a Day 28 yet


def test_the_ordinary_worker_can_not_make_a_report_by_arm(reported: Cast, at: datetime) -> None:
    request(reported, at + LATER, by_arm=True)
    with pytest.raises(NotAllowed), transaction.atomic():
        make(at + LATER, by_arm=True)


def test_a_report_by_arm_is_sealed_and_every_opening_is_written_down(reported: Cast, at: datetime) -> None:
    request(reported, at + LATER, by_arm=True)
    with as_login("vigil_unblinded"):
        job = make(at + LATER, by_arm=True)
    assert job.state == "DONE"
    assert job.digest == ""
    assert not ReportFile.objects.exists()
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM sealed.report_file")

    opened = services.report_file_open(
        job_id=job.pk, name="report.json", by=reported.statistician, at=at + LATER
    )
    text = opened.content.decode()
    assert "Placebo spray" in text
    assert AuditEvent.objects.filter(kind="report.opened", actor_id=reported.statistician.pk).count() == 1
    assert [entry.user for entry in UnblindedPerson.objects.all()] == [reported.statistician]
    for person in (reported.sponsor, reported.coordinator, reported.investigator, reported.outsider):
        with pytest.raises(NotFound):
            services.report_file_open(job_id=job.pk, name="report.json", by=person, at=at + LATER)


def test_that_a_sealed_report_exists_is_known_to_the_unblinded_only(cast: Cast, at: datetime) -> None:
    request(cast, at, by_arm=True)
    assert selectors.jobs_of(viewer=cast.statistician, now=at).count() == 1
    assert selectors.jobs_of(viewer=cast.sponsor, now=at).count() == 0


def test_the_tick_makes_what_waits_and_says_what_failed(
    cast: Cast, at: datetime, time_machine_at: datetime
) -> None:
    job = request(cast, at)
    assert tasks.pooled_reports_run() in (0, 1)
    job.refresh_from_db()
    assert job.state in {"DONE", "FAILED"}
    assert job.state == "DONE" or job.problem


@pytest.mark.usefixtures("time_machine_at")
def test_the_page_asks_for_a_signature_before_it_unblinds(cast: Cast, client: Client) -> None:
    client.force_login(cast.statistician, backend="django.contrib.auth.backends.ModelBackend")
    refused = client.post("/reports/", {"kind": "by_arm", "password": "wrong"})
    assert refused.status_code == 422
    assert not ReportJob.objects.exists()
    assert AuditEvent.objects.filter(kind="signature.failed").exists()
    taken = client.post("/reports/", {"kind": "by_arm", "password": PASSWORD})
    assert taken.status_code == 302
    assert client.get(taken.url).status_code == 200


@pytest.mark.usefixtures("time_machine_at")
def test_a_coordinator_can_not_even_choose_by_arm(cast: Cast, client: Client) -> None:
    client.force_login(cast.coordinator, backend="django.contrib.auth.backends.ModelBackend")
    assert b"by_arm" not in client.get("/reports/").content
    assert client.post("/reports/", {"kind": "by_arm", "password": PASSWORD}).status_code == 422


@pytest.mark.usefixtures("time_machine_at")
def test_the_api_asks_watches_and_refuses(cast: Cast) -> None:
    api = APIClient()
    api.force_authenticate(cast.statistician)
    assert api.post("/api/v1/studies/t2/reports/", {"by_arm": True}).status_code == 403
    made = api.post("/api/v1/studies/t2/reports/", {"by_arm": True, "password": PASSWORD})
    assert made.status_code == 202
    assert api.get(made["Location"]).json()["state"] == "QUEUED"
    other = APIClient()
    other.force_authenticate(cast.sponsor)
    assert other.get(made["Location"]).status_code == 404
    assert other.post("/api/v1/studies/t2/reports/", {"by_arm": "perhaps"}).status_code == 400
    assert api.post(f"{made['Location']}cancel/").json()["state"] == "CANCELLED"


def test_the_page_shown_here_runs_our_script_alone_and_the_kept_file_none(
    reported: Cast, at: datetime, client: Client
) -> None:
    request(reported, at + LATER)
    job = make(at + LATER, by_arm=False)
    kept = bytes(ReportFile.objects.get(job=job, name="report.html").content)
    client.force_login(reported.coordinator, backend="django.contrib.auth.backends.ModelBackend")
    with time_machine.travel(at + LATER, tick=False):
        path = f"/reports/{job.pk}/files/report.html"
        shown, downloaded = client.get(path), client.get(path, {"download": ""})
        figure = client.get(f"/reports/{job.pk}/files/flow.svg")
    assert downloaded.content == kept
    assert b"<script" not in kept
    script = b'<script src="/static/build/report.js" defer></script>'
    assert shown.content == kept.replace(b"</body>", script + b"</body>")
    kept_apart = {"default-src 'none'", "connect-src 'none'", "form-action 'none'", "frame-ancestors 'none'"}
    for answer, script_from, box in (
        (shown, "'self'", "sandbox allow-scripts"),
        (downloaded, "'none'", "sandbox"),
        (figure, "'none'", "sandbox"),
    ):
        policy = {part.strip() for part in answer["Content-Security-Policy"].split(";")}
        assert policy >= {*kept_apart, f"script-src {script_from}", box}
    # Nothing that the house allows its pages reaches a report by being forgotten.
    allowed = {
        name
        for name, sources in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items()
        if NONE not in sources
    }
    assert allowed <= set(DOCUMENT_POLICY)
