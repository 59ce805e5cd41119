"""A list that is untouched replays; whatever is changed behind its back is found, and no answer names an arm."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, NotAllowed, NotFound
from apps.randomization.models import Allocation, ListVerification, RandomizationList
from apps.randomization.services import participant_randomize, verification_request
from apps.randomization.tasks import list_replays_run
from tests.apps.randomization import worlds
from tests.apps.randomization.test_unblinded import as_unblinded_worker
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawn(ready: Cast, at: datetime) -> Cast:
    for _ in range(5):
        participant = worlds.participant_make(ready, at=at)
        participant_randomize(participant_id=participant.pk, key=uuid.uuid4(), by=ready.coordinator, at=at)
    return ready


@contextmanager
def tampering(table: str) -> Iterator[Callable[[str], int]]:
    """Somebody with every right switches the guards off for a moment and changes rows of this study's list."""
    made = RandomizationList.objects.get().pk

    def change(statement: str) -> int:
        cursor.execute(f"{statement} AND list_id = '{made}'")
        return int(cursor.rowcount)

    with worlds.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            f"SET ROLE vigil_sealed; SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE {table} DISABLE TRIGGER USER"
        )
        yield change
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER; RESET ROLE")


def verify(**options: object) -> str:
    said = StringIO()
    with worlds.as_owner():
        call_command("randomization", "verify", "t2", stdout=said, **options)
    return said.getvalue()


def test_an_untouched_list_agrees_from_the_sealed_seed_and_from_a_file(drawn: Cast, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.json"
    seeds.write_text(json.dumps({"MAIN": worlds.SEED.hex()}))
    for options in ({}, {"seed_file": seeds}):
        said = verify(**options)
        assert "5 draws, 5 allocations checked: everything agrees" in said
    events = AuditEvent.objects.filter(kind="list_replay.finished").order_by("id")
    assert [event.detail["agrees"] for event in events] == [True, True]


def test_another_seed_is_not_the_committed_one(drawn: Cast, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.json"
    seeds.write_text(json.dumps({"MAIN": (b"\1" * 32).hex()}))
    with pytest.raises(CommandError, match="commitment"):
        verify(seed_file=seeds)


@pytest.mark.parametrize("content", ["", "[]", '{"OTHER": "00"}', '{"MAIN": 3}', '{"MAIN": "xy"}'])
def test_a_file_without_the_seeds_is_refused_in_one_sentence(
    drawn: Cast, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "seeds.json"
    path.write_text(content)
    with pytest.raises(CommandError, match="seed"):
        verify(seed_file=path)


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        (
            "sealed.slot",
            "UPDATE sealed.slot SET arm = CASE arm WHEN 'ESK' THEN 'PBO' ELSE 'ESK' END WHERE seq = 2",
        ),
        (
            "sealed.slot",
            "UPDATE sealed.slot SET participant_id = gen_random_uuid() WHERE seq = 3 AND participant_id IS NOT NULL",
        ),
        ("sealed.slot", "DELETE FROM sealed.slot WHERE seq = 20"),
        ("sealed.draw", "DELETE FROM sealed.draw WHERE n = 5"),
        ("sealed.draw", "DELETE FROM sealed.draw WHERE n = 1"),
        (
            "sealed.draw",
            "UPDATE sealed.draw SET record = replace(record, '\"n\": 2', '\"n\": 3'), hash = encode(sha256(convert_to("
            "previous || replace(record, '\"n\": 2', '\"n\": 3'), 'UTF8')), 'hex') WHERE n = 2",
        ),
    ],
)
def test_what_is_changed_behind_its_back_is_found(drawn: Cast, table: str, statement: str) -> None:
    with tampering(table) as change:
        assert change(statement) >= 1
    with pytest.raises(CommandError) as found:
        verify()
    arms = [arm["code"] for arm in drawn.version.document["arms"]]
    assert not any(arm in str(found.value) for arm in arms)


def test_a_draw_rewritten_with_its_whole_chain_is_found_by_the_hash_at_the_allocation(drawn: Cast) -> None:
    """Whoever rewrites record and hash of the last draw still meets the hash in the application's own table."""
    with tampering("sealed.draw") as change:
        changed = change(
            "UPDATE sealed.draw SET record = replace(record, '\"levels\": {', '\"levels\":  {'), hash = encode(sha256("
            "convert_to(previous || replace(record, '\"levels\": {', '\"levels\":  {'), 'UTF8')), 'hex') WHERE n = 5"
        )
        assert changed == 1
    with pytest.raises(CommandError, match="hash"):
        verify()


def test_arms_are_named_only_when_asked_for(drawn: Cast) -> None:
    with tampering("sealed.slot") as change:
        change("UPDATE sealed.slot SET arm = CASE arm WHEN 'ESK' THEN 'PBO' ELSE 'ESK' END WHERE seq = 2")
    with pytest.raises(CommandError, match=r"the list gives (ESK|PBO)"):
        verify(arms=True)


def test_the_statistician_asks_and_the_unblinded_worker_answers(drawn: Cast, at: datetime) -> None:
    made = RandomizationList.objects.get()
    verification_request(list_id=made.pk, by=drawn.statistician, at=at)
    with pytest.raises(Conflict, match="under way"):
        verification_request(list_id=made.pk, by=drawn.statistician, at=at)
    with as_unblinded_worker():
        assert list_replays_run() == 1
    run = ListVerification.objects.get()
    assert (run.state, run.agrees, run.draws, run.differences) == ("DONE", True, 5, [])
    [line] = worlds.sealed("SELECT by, subject FROM sealed.access WHERE function = 'replay_list'")
    assert line == (drawn.statistician.pk, str(made.pk))


def test_an_ordinary_worker_cannot_replay(drawn: Cast, at: datetime) -> None:
    made = RandomizationList.objects.get()
    verification_request(list_id=made.pk, by=drawn.statistician, at=at)
    assert list_replays_run() == 0
    run = ListVerification.objects.get()
    assert run.state == "FAILED"
    assert run.agrees is None


def test_nobody_else_may_ask(drawn: Cast, at: datetime) -> None:
    made = RandomizationList.objects.get()
    for role, person in drawn.by_role.items():
        if role != "UNBLINDED_STATISTICIAN":
            with pytest.raises((NotFound, NotAllowed)):
                verification_request(list_id=made.pk, by=person, at=at)


def test_every_allocation_carries_the_hash_of_its_record(drawn: Cast) -> None:
    made = RandomizationList.objects.get()
    hashes = dict(worlds.sealed("SELECT participant_id, hash FROM sealed.draw WHERE list_id = %s", made.pk))
    assert {one.participant_id: one.record_hash for one in Allocation.objects.all()} == hashes
