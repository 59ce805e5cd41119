"""Interim packages: an open part for everybody, a closed one that is sealed, of one cut; and reports made again."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.selectors import system_user
from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.endpoints import selectors, services
from apps.endpoints.models import ReportFile, ReportJob
from apps.instruments.models import Rating
from tests.apps.endpoints.test_reports import LATER, as_login, make, request
from tests.factories.cast import PASSWORD, Cast


def package(cast: Cast, at: datetime, *, cut_at: datetime | None = None) -> tuple[ReportJob, ReportJob]:
    return services.interim_request(
        study=cast.study, cut_at=cut_at, purpose="Planned safety look", by=cast.statistician, at=at
    )


@pytest.mark.parametrize(
    "role",
    [
        *(
            "COORDINATOR",
            "INVESTIGATOR",
            "MONITOR",
            "SPONSOR",
            "SESSION_NURSE",
            "EFFICACY_RATER",
            "PHARMACIST",
        ),
        *("SAFETY_PHYSICIAN", "ADMINISTRATOR", "OUTSIDER"),
    ],
)
def test_nobody_else_may_ask_for_a_package(cast: Cast, at: datetime, role: str) -> None:
    with pytest.raises(NotAllowed):
        services.interim_request(
            study=cast.study, cut_at=None, purpose="Curious", by=cast.by_role[role], at=at
        )
    assert not ReportJob.objects.exists()


def test_a_package_needs_a_purpose_and_a_cut_that_has_been(cast: Cast, at: datetime) -> None:
    with pytest.raises(Invalid) as caught:
        services.interim_request(
            study=cast.study, cut_at=at + timedelta(hours=1), purpose="  ", by=cast.statistician, at=at
        )
    assert [reason.field for reason in caught.value.reasons] == ["purpose", "cut_at"]


def test_both_parts_come_from_one_cut_and_are_asked_for_once(cast: Cast, at: datetime) -> None:
    cut = at - timedelta(days=1)
    opened, closed = package(cast, at, cut_at=cut)
    assert (opened.by_arm, closed.by_arm) == (False, True)
    assert opened.package == closed.package is not None
    assert opened.data_cut_at == closed.data_cut_at == cut
    events = AuditEvent.objects.filter(kind="report.requested", reason="Planned safety look")
    assert events.count() == 2
    with pytest.raises(Conflict):
        package(cast, at)


def test_the_open_part_is_everybodys_and_the_closed_part_only_the_unblinded_ones(
    cast: Cast, at: datetime
) -> None:
    opened, closed = package(cast, at)
    for person in (cast.sponsor, cast.coordinator):
        assert selectors.job_get(viewer=person, job_id=opened.pk, now=at) == opened
        assert not selectors.package_of(viewer=person, job=opened, now=at).exists()
        with pytest.raises(NotFound):
            selectors.job_get(viewer=person, job_id=closed.pk, now=at)
    assert selectors.package_of(viewer=cast.statistician, job=opened, now=at).get() == closed


def test_the_open_part_holds_no_efficacy_and_no_arm(reported: Cast, at: datetime) -> None:
    package(reported, at + LATER)
    job = make(at + LATER, by_arm=False)
    body = json.loads(bytes(ReportFile.objects.get(job=job, name="report.json").content))
    keys = {section["key"] for section in body["sections"]}
    assert {"flow", "populations", "baseline", "exposure", "adverse", "vitals"} <= keys
    assert not {"madrs-mmrm", "testing", "subgroups", "over-time"} & keys
    text = json.dumps(body)
    assert not [arm for arm in ("Placebo spray", "Esketamine 56", '"PBO"', '"ESK"') if arm in text]


def test_the_closed_part_is_sealed_in_every_file(reported: Cast, at: datetime) -> None:
    package(reported, at + LATER)
    with as_login("vigil_unblinded"):
        job = make(at + LATER, by_arm=True)
    assert (job.kind, job.state, job.digest) == ("DSMB", "DONE", "")
    assert not ReportFile.objects.exists()
    files = services.report_files(job_id=job.pk, by=reported.statistician, at=at + LATER)
    assert {"report.html", "report.pdf", "report.json", "tables.csv", "tables.rtf"} <= {f.name for f in files}
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM sealed.report_file")
    opened = services.report_file_open(
        job_id=job.pk, name="report.json", by=reported.statistician, at=at + LATER
    )
    assert "Closed part" in opened.content.decode()
    # Nobody else learns so much as the names of the files.
    for person in (reported.sponsor, reported.investigator):
        with pytest.raises(NotFound):
            services.report_files(job_id=job.pk, by=person, at=at + LATER)


def test_an_interim_look_is_no_final_report(reported: Cast, at: datetime) -> None:
    package(reported, at + LATER)
    with as_login("vigil_unblinded"):
        make(at + LATER, by_arm=True)
    assert not selectors.final_reports_of(study=reported.study).exists()


def test_a_correction_after_the_cut_changes_no_report_of_it(reported: Cast, at: datetime) -> None:
    """A report made again of an earlier cut has the same bytes, whatever was corrected since."""
    cut = at + LATER
    request(reported, cut)
    before = {f.name: f.digest for f in ReportFile.objects.filter(job=make(cut, by_arm=False))}
    wrong = Rating.objects.filter(instrument="MADRS", visit_code="D28").order_by("pk").first()
    assert wrong is not None
    later = cut + timedelta(days=1)
    Rating.objects.create(
        participant=wrong.participant, instrument="MADRS", visit_code="D28", items={}, total=60, supersedes=wrong,
        change_reason="Misread", observed_at=wrong.observed_at, entered_at=later, recorded_at=later,
        recorded_by=reported.rater,
    )  # fmt: skip
    package(reported, later, cut_at=cut)
    ReportJob.objects.filter(kind="DSMB").exclude(by_arm=True).update(state="CANCELLED")
    request(reported, cut, by=reported.investigator)
    after = {f.name: f.digest for f in ReportFile.objects.filter(job=make(later, by_arm=False))}
    assert before == after


def test_the_database_keeps_a_package_whole(cast: Cast, at: datetime) -> None:
    opened, _ = package(cast, at)
    for change in ({"package": None}, {"purpose": ""}, {"by_arm": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReportJob.objects.filter(pk=opened.pk).update(**change)


def test_a_failed_report_is_made_again_of_the_same_data(reported: Cast, at: datetime) -> None:
    job, by = request(reported, at + LATER), system_user()
    services.job_claim(by_arm=False, by=by, at=at + LATER)
    with pytest.raises(Conflict):
        services.report_retry(job_id=job.pk, by=reported.coordinator, at=at + LATER)
    services.job_fail(job_id=job.pk, problem="A fault", by=by, at=at + LATER)
    later = at + LATER + timedelta(days=1)
    again = services.report_retry(job_id=job.pk, by=reported.coordinator, at=later)
    assert (again.state, again.problem, again.attempts, again.progress) == ("QUEUED", "", 0, 0)
    assert again.data_cut_at == at + LATER
    event = AuditEvent.objects.get(kind="report.retried")
    assert event.detail["was"] == "FAILED"
    assert make(later, by_arm=False).state == "DONE"
    with pytest.raises(Conflict):
        services.report_retry(job_id=job.pk, by=reported.coordinator, at=later)


def test_a_report_by_arm_is_made_again_only_for_whoever_signed(cast: Cast, at: datetime) -> None:
    job = request(cast, at, by_arm=True)
    services.report_cancel(job_id=job.pk, by=cast.statistician, at=at)
    ReportJob.objects.filter(pk=job.pk).update(recorded_by=cast.coordinator)
    with pytest.raises(NotAllowed):
        services.report_retry(job_id=job.pk, by=cast.statistician, at=at)
    for person in (cast.sponsor, cast.coordinator):
        with pytest.raises(NotFound):
            services.report_retry(job_id=job.pk, by=person, at=at)


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_report_stops_between_two_sections(
    reported: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    job, by = request(reported, at + LATER), system_user()
    claimed = services.job_claim(by_arm=False, by=by, at=at + LATER)
    seen: list[str] = []
    told = services.making.job_progress

    def cancelled_on_the_way(**given: object) -> bool:
        seen.append(str(given["stage"]))
        if len(seen) == after:
            services.report_cancel(job_id=job.pk, by=reported.coordinator, at=at + LATER)
        return bool(told(**given))

    monkeypatch.setattr(services.making, "job_progress", cancelled_on_the_way)
    with pytest.raises(services.making.Cancelled):
        services.report_make(job=claimed, by=by, at=at + LATER)
    assert len(seen) == after
    assert not ReportFile.objects.exists()


def test_progress_names_the_section_and_never_falls(
    reported: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    request(reported, at + LATER)
    seen: list[tuple[int, str]] = []
    told = services.making.job_progress

    def noted(**given: object) -> bool:
        seen.append((int(str(given["progress"])), str(given["stage"])))
        return bool(told(**given))

    monkeypatch.setattr(services.making, "job_progress", noted)
    make(at + LATER, by_arm=False)
    assert [one for one, _ in seen] == sorted(one for one, _ in seen)
    assert any("Adverse events (" in stage for _, stage in seen)


@pytest.mark.usefixtures("time_machine_at")
def test_the_page_signs_and_asks(cast: Cast, client: Client) -> None:
    client.force_login(cast.statistician, backend="django.contrib.auth.backends.ModelBackend")
    assert b"Make an interim package" in client.get("/reports/").content
    for wrong in ({}, {"purpose": "Look", "password": "wrong"}, {"purpose": "", "password": PASSWORD}):
        assert client.post("/reports/interim/", wrong).status_code == 422
    ahead = {"purpose": "Look", "password": PASSWORD, "cut_at": "2199-01-01T10:00"}
    refused = client.post("/reports/interim/", ahead)
    assert refused.status_code == 422
    assert b"cannot lie ahead" in refused.content
    assert not ReportJob.objects.exists()
    taken = client.post("/reports/interim/", {"purpose": "Look", "password": PASSWORD})
    assert taken.status_code == 302
    page = client.get(taken.url).content
    assert b"closed part by arm" in page
    assert b"open part" in page
    job = ReportJob.objects.get(by_arm=True)
    client.post(f"/reports/{job.pk}/cancel/")
    assert b"Make it again" in client.get(f"/reports/{job.pk}/").content
    assert client.post(f"/reports/{job.pk}/retry/").status_code == 302
    job.refresh_from_db()
    assert job.state == "QUEUED"


@pytest.mark.usefixtures("time_machine_at")
def test_a_coordinator_finds_no_interim_page(cast: Cast, client: Client) -> None:
    client.force_login(cast.coordinator, backend="django.contrib.auth.backends.ModelBackend")
    assert b"interim" not in client.get("/reports/").content
    assert client.get("/reports/interim/").status_code == 403
    assert client.post("/reports/interim/", {"purpose": "Look", "password": PASSWORD}).status_code == 403


@pytest.mark.usefixtures("time_machine_at")
def test_the_api_asks_for_a_package_and_makes_again(cast: Cast) -> None:
    api, other = APIClient(), APIClient()
    api.force_authenticate(cast.statistician)
    other.force_authenticate(cast.sponsor)
    address = "/api/v1/studies/t2/interim-reports/"
    given = {"purpose": "Look", "password": PASSWORD}
    assert other.post(address, given).status_code == 403
    assert api.post(address, given | {"password": "wrong"}).status_code == 403
    assert api.post(address, {"password": PASSWORD}).status_code == 400
    made = api.post(address, given)
    assert made.status_code == 202
    closed = f"/api/v1/reports/{made.json()['closed']['id']}/"
    assert made.json()["open"]["package"] == made.json()["package"] == made.json()["closed"]["package"]
    assert other.get(closed).status_code == 404
    assert api.post(f"{closed}retry/").status_code == 409
    assert api.post(f"{closed}cancel/").status_code == 200
    assert other.post(f"{closed}retry/").status_code == 404
    assert api.post(f"{closed}retry/").json()["state"] == "QUEUED"
