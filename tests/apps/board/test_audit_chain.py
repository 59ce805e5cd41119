"""Verifying the chains of acts: asked for by who reads acts, made by a worker, told to everybody who may read it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.accounts.selectors import system_user
from apps.audit.models import AuditEvent, AuditVerification
from apps.audit.services import (
    anchor_set,
    event_record,
    verification_claim,
    verification_fail,
    verification_make,
)
from apps.board.services import audit_verification_request
from apps.board.tasks import audit_verifications_run
from apps.core.exceptions import Conflict, NotAllowed
from tests.factories.cast import Cast

MINUTE = timedelta(minutes=1)
READERS = ["MONITOR", "ADMINISTRATOR"]
OTHERS = [
    "COORDINATOR", "INVESTIGATOR", "SESSION_NURSE", "EFFICACY_RATER", "PHARMACIST", "SPONSOR",
    "UNBLINDED_STATISTICIAN", "SAFETY_PHYSICIAN",
]  # fmt: skip


@pytest.fixture(autouse=True)
def copy_of_anchors(settings: Any, tmp_path: Path) -> Path:
    settings.AUDIT_ANCHOR_FILE = tmp_path / "anchors.jsonl"
    return settings.AUDIT_ANCHOR_FILE


@pytest.fixture
def acts(cast: Cast, at: datetime) -> list[AuditEvent]:
    """Three acts in Berlin, and one in another study."""
    for n in range(3):
        event_record(
            kind="thing.done", by=cast.nurse, at=at, study=cast.study.code, site="DE01", reason=str(n)
        )
    event_record(kind="thing.done", by=cast.nurse, at=at, study="other", site="DE01")
    return list(AuditEvent.objects.filter(kind="thing.done", study_code=cast.study.code).order_by("id"))


def ask(cast: Cast, at: datetime, by: User | None = None) -> AuditVerification:
    return audit_verification_request(study=cast.study, by=by or cast.monitor, at=at)


def forge(statement: str) -> None:
    """As the master of the database, whom no right and no trigger stops."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER USER")
        cursor.execute(statement)
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER USER")
        cursor.execute("SET ROLE vigil_app")


def test_what_was_asked_for_is_walked_by_the_worker_and_kept(
    cast: Cast, acts: list[AuditEvent], at: datetime
) -> None:
    anchor_set(at=at)
    run = ask(cast, at)
    assert audit_verifications_run() == 1
    run.refresh_from_db()
    own = AuditEvent.objects.filter(study_code=cast.study.code)
    # The worker's last act, that it has ended, comes after what it walked.
    assert (run.state, run.is_whole, run.fault, run.acts) == ("DONE", True, "", own.count() - 1)
    assert (run.anchors, run.copies) == (1, 1)
    kinds = AuditEvent.objects.filter(kind__startswith="audit_verification.").order_by("id")
    assert [(event.kind, event.actor_label) for event in kinds] == [
        ("audit_verification.requested", cast.monitor.email),
        ("audit_verification.begun", system_user().email),
        ("audit_verification.finished", system_user().email),
    ]
    assert audit_verifications_run() == 0


def test_a_forged_act_is_named(cast: Cast, acts: list[AuditEvent], at: datetime) -> None:
    forge(f"UPDATE audit_auditevent SET reason = 'another' WHERE id = {acts[1].pk}")
    run = ask(cast, at)
    audit_verifications_run()
    run.refresh_from_db()
    assert (run.state, run.is_whole) == ("DONE", False)
    assert run.fault.startswith(f"Act {acts[1].pk}, at place 2 of chain {cast.study.code}/DE01/1:")


def test_acts_taken_from_the_end_are_missed_by_the_anchor(
    cast: Cast, acts: list[AuditEvent], at: datetime
) -> None:
    anchor_set(at=at)
    forge(f"DELETE FROM audit_auditevent WHERE id = {acts[2].pk}")
    run = ask(cast, at)
    audit_verifications_run()
    run.refresh_from_db()
    assert run.is_whole is False
    assert "that act is gone, or is another now" in run.fault


def test_another_studys_acts_are_not_this_ones_to_tell(
    cast: Cast, acts: list[AuditEvent], at: datetime
) -> None:
    anchor_set(at=at)
    forge("DELETE FROM audit_auditevent WHERE study_code = 'other'")
    run = ask(cast, at)
    audit_verifications_run()
    run.refresh_from_db()
    assert (run.is_whole, run.fault) == (True, "")


def test_a_copy_that_is_no_copy_is_told_and_is_no_verdict(
    cast: Cast, acts: list[AuditEvent], at: datetime, copy_of_anchors: Path
) -> None:
    copy_of_anchors.write_text("{}\n")
    run = ask(cast, at)
    assert audit_verifications_run() == 0
    run.refresh_from_db()
    assert (run.state, run.is_whole) == ("FAILED", None)
    assert run.fault.startswith("The copy of the anchors cannot be read")


def test_one_at_a_time_for_a_study(cast: Cast, at: datetime) -> None:
    ask(cast, at)
    with pytest.raises(Conflict, match="under way"):
        ask(cast, at, by=cast.by_role["ADMINISTRATOR"])
    audit_verifications_run()
    ask(cast, at + MINUTE)


def test_what_a_dead_worker_left_behind_is_taken_up_and_the_dead_one_writes_no_more(
    cast: Cast, at: datetime
) -> None:
    ask(cast, at)
    dead = verification_claim(by=system_user(), at=at)
    assert dead is not None
    assert verification_claim(by=system_user(), at=at + 19 * MINUTE) is None
    alive = verification_claim(by=system_user(), at=at + 21 * MINUTE)
    assert alive is not None
    with pytest.raises(Conflict):
        verification_make(run=dead, by=system_user(), at=at + 22 * MINUTE)
    with pytest.raises(Conflict):
        verification_fail(run=dead, problem="x", by=system_user(), at=at + 22 * MINUTE)
    assert verification_make(run=alive, by=system_user(), at=at + 22 * MINUTE).is_whole is True


@pytest.mark.parametrize("role", OTHERS)
def test_who_reads_no_acts_asks_for_nothing(cast: Cast, at: datetime, role: str) -> None:
    with pytest.raises(NotAllowed):
        ask(cast, at, by=cast.by_role[role])
    assert not AuditVerification.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "DONE"},
        {"state": "WAITING", "is_whole": True},
        {"state": "DONE", "is_whole": False},
        {"state": "NAPPING"},
    ],
)
def test_the_database_takes_no_verdict_that_can_not_be(
    cast: Cast, at: datetime, changes: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditVerification.objects.create(
            study_code="t2", requested_at=at, requested_by=uuid4(), requested_by_label="x", **changes
        )


# --- page and API


def page(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", READERS)
def test_the_page_asks_waits_and_tells(
    cast: Cast, acts: list[AuditEvent], at: datetime, role: str, time_machine_at: datetime
) -> None:
    client, url = page(cast.by_role[role]), reverse("board:audit_chain")
    anchor = anchor_set(at=at)
    assert anchor is not None
    empty = client.get(url).content.decode()
    assert "Not verified yet" in empty
    assert anchor.seal in empty
    assert 'hx-trigger="every 2s"' not in empty
    assert client.post(url).status_code == 302
    waiting = client.get(url).content.decode()
    assert 'hx-trigger="every 2s"' in waiting
    assert "Verify now" not in waiting
    audit_verifications_run()
    told = client.get(url).content.decode()
    assert "Every act is as it was recorded" in told
    assert cast.by_role[role].email in told
    assert 'hx-trigger="every 2s"' not in told


def test_the_page_asks_once(cast: Cast, at: datetime) -> None:
    client, url = page(cast.monitor), reverse("board:audit_chain")
    assert client.post(url).status_code == 302
    answer = client.post(url)
    assert answer.status_code == 409
    assert "under way" in answer.content.decode()
    assert AuditVerification.objects.count() == 1


def test_the_page_names_the_broken_link(cast: Cast, acts: list[AuditEvent], at: datetime) -> None:
    forge(f"UPDATE audit_auditevent SET kind = 'thing.undone' WHERE id = {acts[0].pk}")
    ask(cast, at)
    audit_verifications_run()
    told = page(cast.monitor).get(reverse("board:audit_chain")).content.decode()
    assert "Something is not as it was recorded" in told
    assert f"Act {acts[0].pk}, at place 1" in told


@pytest.mark.parametrize("role", OTHERS)
def test_the_page_is_for_who_reads_acts(cast: Cast, role: str) -> None:
    client = page(cast.by_role[role])
    assert client.get(reverse("board:audit_chain")).status_code == 403
    assert client.post(reverse("board:audit_chain")).status_code == 403
    assert not AuditVerification.objects.exists()


def test_the_endpoints(cast: Cast, acts: list[AuditEvent], at: datetime) -> None:
    url = f"/api/v1/studies/{cast.study.code}/audit-verifications/"
    anchors = f"/api/v1/studies/{cast.study.code}/audit-anchors/"
    client = APIClient()
    assert client.post(url).status_code == client.get(anchors).status_code == 401
    for role, status in (("SESSION_NURSE", 403), ("SPONSOR", 403), ("OUTSIDER", 404)):
        client.force_authenticate(cast.by_role[role])
        assert [client.get(url).status_code, client.post(url).status_code] == [status] * 2
        assert client.get(anchors).status_code == status
    client.force_authenticate(cast.monitor)
    anchor_set(at=at)
    asked = client.post(url)
    assert (asked.status_code, asked.json()["state"], asked.json()["is_whole"]) == (202, "WAITING", None)
    again = client.post(url)
    assert (again.status_code, again.json()["reasons"][0]["code"]) == (409, "under_way")
    audit_verifications_run()
    (told,) = client.get(url).json()["results"]
    assert (told["state"], told["is_whole"], told["requested_by"]) == ("DONE", True, cast.monitor.email)
    (anchor,) = client.get(anchors).json()
    assert set(anchor["heads"]) == {f"{cast.study.code}/DE01/1"}, "the other study's heads are not this one's"
    assert client.get("/api/v1/studies/nowhere/audit-verifications/").status_code == 404
