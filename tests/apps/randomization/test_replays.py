"""A list that is untouched replays; whatever is changed behind its back is found, and no answer names an arm."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import resources
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, NotAllowed, NotFound
from apps.randomization.models import Allocation, ListVerification, RandomizationList
from apps.randomization.services import list_extend, participant_randomize, verification, verification_request
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
        # Places nobody has drawn yet: the last block of every stratum, and all of a stratum.
        (
            "sealed.slot",
            "DELETE FROM sealed.slot AS s WHERE block = (SELECT max(block) FROM sealed.slot AS o"
            " WHERE (o.list_id, o.stratum) = (s.list_id, s.stratum))",
        ),
        (
            "sealed.slot",
            "DELETE FROM sealed.slot AS s WHERE NOT EXISTS (SELECT FROM sealed.draw AS d"
            " WHERE (d.list_id, d.chain) = (s.list_id, s.stratum))",
        ),
        ("sealed.extent", "DELETE FROM sealed.extent WHERE true"),
        ("sealed.extent", "UPDATE sealed.extent SET places = places + 4 WHERE true"),
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


def test_the_places_and_what_tells_of_them_removed_together_are_still_missed(drawn: Cast) -> None:
    """As when a backup of the sealed schema is older than that of the rest."""
    undrawn = "NOT EXISTS (SELECT FROM sealed.draw AS d WHERE (d.list_id, d.chain) = (s.list_id, s.stratum))"
    for table in ("sealed.slot", "sealed.extent"):
        with tampering(table) as change:
            assert change(f"DELETE FROM {table} AS s WHERE {undrawn}") >= 1
    with pytest.raises(CommandError, match="the strata and their lengths are not those that were published"):
        verify()


def test_a_list_of_before_gets_the_extent_it_would_have_been_published_with(drawn: Cast) -> None:
    """The migration's own words, for a list whose extent is blank."""
    made = RandomizationList.objects.get()
    told = resources.files("apps.randomization.migrations.sql").joinpath("0007_extents.sql").read_text()
    fill = told[told.index("ALTER TABLE public.randomization_randomizationlist DISABLE") :]
    with worlds.as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("UPDATE randomization_randomizationlist SET extent = '' WHERE id = %s", [made.pk])
        cursor.execute(fill)
    assert len(made.extent) == 64
    assert RandomizationList.objects.get().extent == made.extent


REWRITTEN = {
    "nonce": ("nonce", "ab" * 32, "the nonce is not the one the seed gives"),
    "number": ("number", 54_321, "the randomization number is not one the seed gives"),
    "person": ("by", str(uuid.UUID(int=7)), "the allocation has another person"),
}


@pytest.mark.parametrize(("name", "value", "said"), REWRITTEN.values(), ids=REWRITTEN)
def test_a_last_draw_rewritten_here_and_at_the_allocation_is_found_by_the_seed(
    drawn: Cast, name: str, value: object, said: str
) -> None:
    """Somebody with every right renews record, hash, place and allocation alike; the seed they have not."""
    with tampering("sealed.draw") as change:
        last = f"jsonb_set(record::jsonb, '{{{name}}}', '{json.dumps(value)}')::text"
        changed = change(
            f"UPDATE sealed.draw SET record = {last}, "
            f"hash = encode(sha256(convert_to(previous || {last}, 'UTF8')), 'hex') WHERE n = 5"
        )
        assert changed == 1
    with worlds.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE randomization_allocation DISABLE TRIGGER USER; "
            "UPDATE randomization_allocation AS a SET record_hash = d.hash, "
            "randomization_number = 'R' || (d.record::jsonb ->> 'number') "
            "FROM sealed.draw AS d WHERE d.participant_id = a.participant_id; "
            "ALTER TABLE randomization_allocation ENABLE TRIGGER USER"
        )
    with pytest.raises(CommandError, match=said):
        verify()


def test_a_list_made_longer_is_whole_again_and_its_new_places_are_missed_too(
    drawn: Cast, at: datetime
) -> None:
    made, published = RandomizationList.objects.get(), RandomizationList.objects.get().extent
    with worlds.as_owner():
        assert list_extend(made=made, places=40, by=drawn.administrator, at=at) > 0
    assert RandomizationList.objects.get().extent not in ("", published)
    assert "everything agrees" in verify()
    with tampering("sealed.slot") as change:
        assert change("DELETE FROM sealed.slot WHERE seq > 24") >= 1
    with pytest.raises(CommandError, match="the list gives this place and it is not stored"):
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


def claimed(cast: Cast, at: datetime) -> ListVerification:
    """A replay that was asked for an hour before it was begun."""
    verification_request(
        list_id=RandomizationList.objects.get().pk, by=cast.statistician, at=at - timedelta(hours=1)
    )
    run = verification.verification_claim(by=cast.administrator, at=at)
    assert run is not None
    return run


def test_a_replay_is_taken_up_again_by_the_age_of_its_start(drawn: Cast, at: datetime) -> None:
    run = claimed(drawn, at)
    assert verification.verification_claim(by=drawn.administrator, at=at + timedelta(minutes=19)) is None
    again = verification.verification_claim(by=drawn.administrator, at=at + timedelta(minutes=21))
    assert again is not None
    assert (again.pk, again.begun_at) == (run.pk, at + timedelta(minutes=21))
    # The first worker wakes up: it neither makes the replay nor ends it for the other.
    with pytest.raises(Conflict, match="Another worker"):
        verification.verification_make(run=run, by=drawn.administrator, at=at)
    with pytest.raises(Conflict, match="Another worker"):
        verification.verification_fail(run=run, problem="late", by=drawn.administrator, at=at)
    assert ListVerification.objects.get().state == "RUNNING"
    with as_unblinded_worker():
        verification.verification_make(run=again, by=drawn.administrator, at=at)
    assert ListVerification.objects.get().agrees is True
    assert verification.verification_claim(by=drawn.administrator, at=at + timedelta(days=1)) is None


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
