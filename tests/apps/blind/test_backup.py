"""A backup in two files: nothing sealed in the plain one, one identity opens the other, and both restore."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from psycopg import sql
from psycopg.conninfo import make_conninfo

from config.env import ROOT
from config.launch import Unstartable, sealing
from config.launch.backup import PLAIN, SEALED, backup, counts_of, restore
from config.launch.clients import program
from tests.apps.randomization import logins

pytestmark = pytest.mark.django_db

CANARY = "QZXCANARY-sealed-in-a-backup"


@pytest.fixture
def source(db: None) -> str:
    """The test database with a committed list, an arm that can be recognized, and some places drawn."""
    stored = logins.list_store(places=16)
    with logins.connect("vigil_owner") as owner, logins.connect("vigil_app") as app:
        owner.execute(
            "INSERT INTO sealed.report_file (job_id, study_id, name, media_type, content, sha256) "
            "VALUES (%s, %s, %s, 'text/plain', '', encode(sha256(''), 'hex'))",
            [uuid.uuid4(), uuid.uuid4(), CANARY],
        )
        for _ in range(5):
            assert logins.draw(app, stored)[0] == "DRAWN"
    return logins.address("vigil_owner")


@pytest.fixture
def empty(source: str) -> Iterator[str]:
    """A new database of the owner's beside it."""
    name = f"{connections['default'].settings_dict['NAME']}_restored"
    with psycopg.connect(source, autocommit=True) as owner:
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        owner.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        yield make_conninfo(source, dbname=name)
        owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def identity(tmp_path: Path) -> tuple[Path, str]:
    """A key pair: the file with the identity, and the public key."""
    return tmp_path / "identity", sealing.identity_make(tmp_path / "identity")


def as_text(dump: Path) -> bytes:
    """All that a dump would do, as SQL."""
    return subprocess.run(
        [program("pg_restore"), "--file=-", str(dump)], capture_output=True, check=True
    ).stdout


def test_a_backup_is_blind_and_restores_to_a_database_that_goes_on_drawing(
    source: str, empty: str, identity: tuple[Path, str], tmp_path: Path
) -> None:
    file, public = identity
    kept = tmp_path / "kept"
    counts = backup(source, kept, [public])
    assert counts["sealed.slot"] > 0
    assert {entry.name for entry in kept.iterdir()} == {PLAIN, SEALED}
    assert all(entry.stat().st_mode & 0o077 == 0 for entry in kept.iterdir())

    plain = as_text(kept / PLAIN)
    assert b"CREATE TABLE public.participants_participant" in plain
    assert CANARY.encode() not in plain
    assert b"COPY sealed." not in plain
    assert b"CREATE SCHEMA sealed" not in plain
    assert CANARY.encode() not in (kept / SEALED).read_bytes()
    assert (kept / SEALED).read_bytes().startswith(b"age-encryption.org/v1\n")
    # The word is really in there, for whoever holds the identity.
    opened = tmp_path / "opened"
    with (kept / SEALED).open("rb") as sealed, opened.open("wb") as target:
        sealing.decrypt(sealed, sealing.Parted(target), sealing.identity_read(file))
    assert CANARY.encode() in as_text(opened)

    assert restore(empty, kept, file) == counts
    with psycopg.connect(empty) as restored:
        assert counts_of(restored) == counts
        (list_id, stratum), *_ = restored.execute(
            "SELECT list_id, stratum FROM sealed.slot GROUP BY 1, 2 HAVING count(participant_id) = 5"
        ).fetchall()
    app = make_conninfo(
        os.environ["APP_DATABASE_URL"], dbname=psycopg.conninfo.conninfo_to_dict(empty)["dbname"]
    )
    with psycopg.connect(app, autocommit=True) as blinded:
        row = blinded.execute(
            logins.DRAW, [list_id, stratum, uuid.uuid4(), uuid.uuid4(), uuid.uuid4()]
        ).fetchone()
        assert row is not None
        assert row[0] == "DRAWN"
        for table in ("slot", "list", "kit_content"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                blinded.execute(f"SELECT * FROM sealed.{table}")
    with pytest.raises(Unstartable, match="not empty"):
        restore(empty, kept, file)


def test_a_wrong_identity_or_a_changed_byte_stops_before_the_first_row(
    source: str, empty: str, identity: tuple[Path, str], tmp_path: Path
) -> None:
    file, public = identity
    kept = tmp_path / "kept"
    backup(source, kept, [public])
    other = tmp_path / "other"
    sealing.identity_make(other)
    with pytest.raises(Unstartable, match="another identity"):
        restore(empty, kept, other)
    for name, place in ((SEALED, -1), (SEALED, -5000), (SEALED, 400), (PLAIN, -1), (PLAIN, 3000)):
        whole = (kept / name).read_bytes()
        changed = bytearray(whole)
        changed[place] ^= 1
        (kept / name).write_bytes(changed)
        with pytest.raises(Unstartable):
            restore(empty, kept, file)
        (kept / name).write_bytes(whole)
    whole = (kept / SEALED).read_bytes()
    (kept / SEALED).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Unstartable):
        restore(empty, kept, file)
    with psycopg.connect(empty) as untouched:
        assert counts_of(untouched) == {}


def test_what_cannot_be_done_is_said_in_one_sentence(
    source: str, identity: tuple[Path, str], tmp_path: Path
) -> None:
    _, public = identity
    with pytest.raises(Unstartable, match="no recipient"):
        backup(source, tmp_path / "a", ["age1nonsense"])
    with pytest.raises(Unstartable, match="No recipient"):
        backup(source, tmp_path / "a", [])
    with pytest.raises(Unstartable, match="the owner's"):
        backup(logins.address("vigil_app"), tmp_path / "b", [public])
    assert list((tmp_path / "b").iterdir()) == []
    backup(source, tmp_path / "c", [public])
    with pytest.raises(Unstartable, match="already"):
        backup(source, tmp_path / "c", [public])


def test_the_command_makes_a_key_and_a_backup(source: str, tmp_path: Path) -> None:
    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        told = {**os.environ, "DATABASE_URL": source}
        return subprocess.run(
            [sys.executable, "-m", "config.launch.backup", *arguments],
            cwd=ROOT, env=told, capture_output=True, text=True, check=False,
        )  # fmt: skip

    made = command("--new-identity", str(tmp_path / "key"))
    assert made.stdout.startswith("age1")
    assert "SECRET" not in made.stdout
    assert command("--new-identity", str(tmp_path / "key")).returncode == 2
    done = command("--to", str(tmp_path / "kept"), "--recipient", made.stdout.strip())
    assert (done.returncode, done.stderr) == (0, "")
    again = command("--to", str(tmp_path / "kept"), "--recipient", made.stdout.strip())
    assert (again.returncode, len(again.stderr.splitlines())) == (2, 1)
