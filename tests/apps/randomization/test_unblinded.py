"""Arms are read by the unblinded worker alone, for an unblinded person alone, and every reading is logged."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.db import connection, transaction

from apps.core.exceptions import NotAllowed, NotFound
from apps.randomization.services import participant_randomize
from apps.randomization.unblinded import arms_read, report_files, report_open, report_store
from tests.apps.randomization import worlds
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db


@contextmanager
def as_unblinded_worker() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE; SET ROLE vigil_unblinded")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE; SET ROLE vigil_app")


@pytest.fixture
def drawn(ready: Cast, at: datetime) -> Cast:
    for _ in range(6):
        participant = worlds.participant_make(ready, at=at)
        participant_randomize(participant_id=participant.pk, key=uuid.uuid4(), by=ready.coordinator, at=at)
    return ready


def test_the_unblinded_worker_reads_the_truth_and_leaves_a_line(drawn: Cast) -> None:
    with as_unblinded_worker():
        arms = arms_read(study_id=drawn.study.pk, by=drawn.statistician, reason="Day 28 report")
    truth = worlds.sealed("SELECT participant_id, arm FROM sealed.slot WHERE study_id = %s", drawn.study.pk)
    assert {(found.participant_id, found.arm) for found in arms} == {row for row in truth if row[0]}
    assert len(arms) == 6
    assert [found.participant_id for found in arms] == sorted(found.participant_id for found in arms)
    [line] = worlds.sealed(
        "SELECT function, by, study_id, reason FROM sealed.access WHERE function = 'arms_read' AND study_id = %s",
        drawn.study.pk,
    )
    assert line == ("arms_read", drawn.statistician.pk, drawn.study.pk, "Day 28 report")


def test_the_application_cannot_read_arms_for_anybody(drawn: Cast) -> None:
    for person in (drawn.statistician, drawn.coordinator):
        with pytest.raises(NotAllowed), transaction.atomic():
            arms_read(study_id=drawn.study.pk, by=person, reason="curiosity")


def test_the_unblinded_worker_reads_no_arm_for_a_blinded_person(drawn: Cast) -> None:
    people = [person for role, person in drawn.by_role.items() if role != "UNBLINDED_STATISTICIAN"]
    with as_unblinded_worker():
        for person in people:
            with pytest.raises(NotAllowed), transaction.atomic():
                arms_read(study_id=drawn.study.pk, by=person, reason="curiosity")


def test_a_sealed_report_opens_for_the_unblinded_alone(drawn: Cast) -> None:
    job, content = uuid.uuid4(), b"<p>ESK 3, PBO 3</p>"
    with as_unblinded_worker():
        digest = report_store(
            job_id=job,
            study_id=drawn.study.pk,
            name="report.html",
            media_type="text/html",
            content=content,
            by=drawn.statistician,
        )
    assert digest == hashlib.sha256(content).hexdigest()
    assert [entry.name for entry in report_files(job_id=job, viewer=drawn.statistician)] == ["report.html"]
    opened = report_open(job_id=job, name="report.html", by=drawn.statistician, reason="read")
    assert (opened.content, opened.media_type, opened.sha256) == (content, "text/html", digest)
    assert worlds.sealed("SELECT count(*) FROM sealed.access WHERE function = 'report_open'") == [(1,)]

    for role, person in drawn.by_role.items():
        if role == "UNBLINDED_STATISTICIAN":
            continue
        assert report_files(job_id=job, viewer=person) == ()
        with pytest.raises(NotFound):
            report_open(job_id=job, name="report.html", by=person, reason="curiosity")
    with pytest.raises(NotFound):
        report_open(job_id=job, name="other.html", by=drawn.statistician, reason="read")
    assert worlds.sealed("SELECT count(*) FROM sealed.access WHERE function = 'report_open'") == [(1,)]


def test_the_application_stores_no_sealed_report(drawn: Cast) -> None:
    with pytest.raises(NotAllowed), transaction.atomic():
        report_store(
            job_id=uuid.uuid4(),
            study_id=drawn.study.pk,
            name="a",
            media_type="text/plain",
            content=b"",
            by=drawn.statistician,
        )


def test_a_closed_account_or_an_ended_delegation_reads_nothing(drawn: Cast, at: datetime) -> None:
    delegation = drawn.statistician.delegations.get()
    delegation.ends_at = at
    delegation.save(update_fields=["ends_at"])
    with as_unblinded_worker(), pytest.raises(NotAllowed), transaction.atomic():
        arms_read(study_id=drawn.study.pk, by=drawn.statistician, reason="late")
