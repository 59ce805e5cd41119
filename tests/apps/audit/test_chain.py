"""Every act is in a chain, whoever writes it and however many at once; whatever is done to one afterwards shows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from apps.accounts.models import User
from apps.audit import selectors, services
from apps.audit.models import AuditAnchor, AuditEvent
from apps.audit.services import event_of, event_record
from tests.factories.cast import Cast

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def copy_of_anchors(settings: Any, tmp_path: Path) -> Path:
    settings.AUDIT_ANCHOR_FILE = tmp_path / "elsewhere" / "anchors.jsonl"
    return settings.AUDIT_ANCHOR_FILE


def act(by: User, at: datetime, **told: Any) -> AuditEvent:
    return event_record(kind="thing.done", by=by, at=at, **{"study": "t2", "site": "DE01", **told})


def events() -> list[AuditEvent]:
    return list(AuditEvent.objects.order_by("id"))


@contextmanager
def as_the_master_of_the_database() -> Iterator[Any]:
    """Whom no right and no trigger stops."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE audit_auditanchor DISABLE TRIGGER USER")
        yield cursor
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE audit_auditanchor ENABLE TRIGGER USER")
        cursor.execute("SET ROLE vigil_app")


@pytest.fixture
def acts(cast: Cast, at: datetime) -> list[AuditEvent]:
    """Six acts in Berlin, two in Boston, one of no site."""
    for number in range(6):
        act(cast.nurse, at + number * MINUTE, reason=f"{number}", detail={"n": number, "w": "ü"})
    act(cast.other_nurse, at, site="US01")
    act(cast.other_nurse, at, site="US01")
    act(cast.nurse, at, study="", site="")
    return events()


def verified() -> str:
    """Return what the verification finds, or nothing."""
    try:
        call_command("audit", "verify")
    except CommandError as fault:
        return str(fault)
    return ""


def test_each_site_has_a_chain_without_gaps(acts: list[AuditEvent]) -> None:
    assert [(event.chain, event.place) for event in acts] == [
        *(("t2/DE01/1", place) for place in range(1, 7)), ("t2/US01/1", 1), ("t2/US01/1", 2), ("//1", 1),
    ]  # fmt: skip
    assert verified() == ""


def test_many_written_at_once_are_chained_one_by_one(cast: Cast, at: datetime) -> None:
    AuditEvent.objects.bulk_create(
        event_of(kind="thing.done", by=cast.nurse, at=at, study="t2", site=site)
        for site in ["DE01", "US01"] * 100
    )
    assert sorted(event.place for event in events() if event.chain == "t2/US01/1") == list(range(1, 101))
    assert verified() == ""


def test_nobody_can_choose_a_place(cast: Cast, at: datetime) -> None:
    event = event_of(kind="thing.done", by=cast.nurse, at=at, study="t2", site="DE01")
    event.chain, event.place, event.link = "t2/US01/1", 7, b"mine"
    event.save()
    assert (events()[0].chain, events()[0].place) == ("t2/DE01/1", 1)
    assert verified() == ""


#: Every column an act has, and how a forger would change it.
FORGED = {
    "id": "id + 1000", "at": "at + interval '1 microsecond'", "kind": "'thing.undone'",
    "actor_id": "gen_random_uuid()", "actor_label": "'somebody.else@example.org'", "actor_roles": "'SPONSOR'",
    "study_code": "'t3'", "site_code": "'US01'", "participant_number": "'DE01-0009'", "subject_type": "'Release'",
    "subject_id": "'other'", "reason": "'another'", "detail": """'{"n": 9}'""",
    "chain": "'t2/DE01/2'", "place": "place + 100", "link": "sha256('x')",
}  # fmt: skip


def test_the_forger_knows_every_column() -> None:
    assert set(FORGED) == {field.column for field in AuditEvent._meta.concrete_fields}


@pytest.mark.parametrize("column", FORGED)
@pytest.mark.parametrize("which", [0, 2, 5], ids=["first", "middle", "last"])
def test_a_change_of_any_column_is_found(acts: list[AuditEvent], column: str, which: int) -> None:
    with as_the_master_of_the_database() as cursor:
        cursor.execute(
            f"UPDATE audit_auditevent SET {column} = {FORGED[column]} WHERE id = %s",
            [acts[which].pk],
        )
    found = verified()
    assert found.startswith("Act ")
    if column not in ("id", "chain", "place"):
        assert f"Act {acts[which].pk}, at place {which + 1} of chain t2/DE01/1" in found


@pytest.mark.parametrize("which", [0, 2])
def test_an_act_taken_out_is_found(acts: list[AuditEvent], which: int) -> None:
    with as_the_master_of_the_database() as cursor:
        cursor.execute("DELETE FROM audit_auditevent WHERE id = %s", [acts[which].pk])
    assert (
        verified()
        == f"Act {acts[which + 1].pk}, at place {which + 2} of chain t2/DE01/1: acts before it are missing."
    )


def test_an_act_put_in_is_found(acts: list[AuditEvent], cast: Cast, at: datetime) -> None:
    with as_the_master_of_the_database() as cursor:
        cursor.execute(
            "INSERT INTO audit_auditevent (at, kind, actor_id, actor_label, actor_roles, study_code, site_code,"
            " participant_number, subject_type, subject_id, reason, detail, chain, place, link)"
            " SELECT at, kind, actor_id, actor_label, actor_roles, study_code, site_code, participant_number,"
            " subject_type, subject_id, reason, detail, chain, 7, link FROM audit_auditevent WHERE id = %s",
            [acts[5].pk],
        )
    assert "at place 7 of chain t2/DE01/1" in verified()


def test_the_last_acts_taken_out_are_found_by_the_anchor(acts: list[AuditEvent], at: datetime) -> None:
    services.anchor_set(at=at)
    with as_the_master_of_the_database() as cursor:
        cursor.execute("DELETE FROM audit_auditevent WHERE id IN (%s, %s)", [acts[4].pk, acts[5].pk])
    assert verified() == (
        "By the anchor of 2026-03-10 09:00:00Z chain t2/DE01/1 stood at place 6; that act is gone, or is another now."
    )


def test_a_chain_written_anew_to_its_end_is_found_by_the_anchor(
    acts: list[AuditEvent], cast: Cast, at: datetime
) -> None:
    services.anchor_set(at=at)
    with as_the_master_of_the_database() as cursor:
        cursor.execute("DELETE FROM audit_auditevent WHERE id >= %s AND site_code = 'DE01'", [acts[3].pk])
    for number in range(3):
        act(cast.nurse, at + number * MINUTE, reason="a better story")
    assert selectors.chains_broken() is None
    assert "chain t2/DE01/1 stood at place 6" in verified()


def test_anchors_go_on_only_with_the_chains(
    acts: list[AuditEvent], cast: Cast, at: datetime, copy_of_anchors: Path
) -> None:
    assert services.anchor_set(at=at) is not None
    assert services.anchor_set(at=at + MINUTE) is None
    act(cast.nurse, at)
    assert services.anchor_set(at=at + 2 * MINUTE) is not None
    assert AuditAnchor.objects.count() == len(copy_of_anchors.read_text().splitlines()) == 2
    assert verified() == ""


def _anchor_deleted(cursor: Any) -> None:
    cursor.execute("DELETE FROM audit_auditanchor WHERE id = (SELECT max(id) FROM audit_auditanchor)")


def _anchors_deleted(cursor: Any) -> None:
    cursor.execute("DELETE FROM audit_auditanchor")


def _anchor_moved(cursor: Any) -> None:
    cursor.execute("UPDATE audit_auditanchor SET at = at - interval '1 second'")


@pytest.mark.parametrize("change", [_anchor_deleted, _anchors_deleted, _anchor_moved])
def test_what_is_done_to_anchors_is_found(
    acts: list[AuditEvent], cast: Cast, at: datetime, change: Callable[[Any], None]
) -> None:
    services.anchor_set(at=at)
    act(cast.nurse, at)
    services.anchor_set(at=at + MINUTE)
    with as_the_master_of_the_database() as cursor:
        change(cursor)
    assert "anchor of 2026-03-10T0" in verified()


def test_another_key_knows_no_anchor(acts: list[AuditEvent], at: datetime, settings: Any) -> None:
    services.anchor_set(at=at)
    settings.AUDIT_ANCHOR_KEY = b"another"
    assert "does not bear its seal" in verified()


def test_a_copy_that_cannot_be_read_says_so(acts: list[AuditEvent], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no file"):
        call_command("audit", "verify", "--anchors", str(tmp_path / "none"))
    (tmp_path / "some").write_text("not an anchor\n")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("audit", "verify", "--anchors", str(tmp_path / "some"))


def test_one_study_can_be_verified_alone(acts: list[AuditEvent]) -> None:
    with as_the_master_of_the_database() as cursor:
        cursor.execute("UPDATE audit_auditevent SET reason = 'x' WHERE study_code = ''")
    call_command("audit", "verify", "--study", "t2")
    assert verified().startswith("Act ")


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_anybody_and_nothing_is_lost(at: datetime) -> None:
    """Transactions that write at the same sites in opposite orders, all open at once: with one row to lock they would
    stand in each other's way for good."""
    by = User(pk=uuid4(), email="crowd@example.org")
    everybody = threading.Barrier(6)
    faults: list[Exception] = []

    def write(sites: list[str]) -> None:
        try:
            for _ in range(5):
                with transaction.atomic():
                    for site in sites:
                        act(by, at, site=site)
                        everybody.wait(timeout=20)
        except Exception as fault:  # noqa: BLE001 - told below, in the thread that asserts
            faults.append(fault)
            everybody.abort()
        finally:
            connection.close()

    crowd = [
        threading.Thread(target=write, args=(["DE01", "US01"] if number % 2 else ["US01", "DE01"],))
        for number in range(6)
    ]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert not faults
    assert AuditEvent.objects.count() == 60
    assert verified() == ""


def test_an_act_that_was_rolled_back_leaves_no_gap(cast: Cast, at: datetime) -> None:
    act(cast.nurse, at)
    with transaction.atomic():
        act(cast.nurse, at)
        transaction.set_rollback(True)
    act(cast.nurse, at)
    assert [event.place for event in events()] == [1, 2]
    assert verified() == ""


def test_the_acts_of_a_site_are_counted_over_its_lanes(
    acts: list[AuditEvent], cast: Cast, at: datetime
) -> None:
    assert selectors.acts_at(study_code="t2", site_code="DE01") == 6
    act(cast.nurse, at)
    assert selectors.acts_at(study_code="t2", site_code="DE01") == 7
    assert selectors.acts_at(study_code="t2", site_code="FR01") == 0
