"""Back up and restore: two files, so that whoever keeps the backups stays blind.

`vigil.dump` holds everything but the schema `sealed`; anybody who may read clinical data may keep it. `sealed.dump.age`
holds lists, arms, contents of kits and unblinded reports, encrypted to a public key: whoever keeps the file cannot read
it, and neither can this machine once it is written. Both are of one snapshot of the database.

    python -m config.launch.backup --new-identity FILE
    python -m config.launch.backup --to DIR --recipient age1...
    python -m config.launch.backup --restore DIR --identity FILE
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from config import env
from config.launch import Unstartable, sealing
from config.launch.clients import program, run, running

PLAIN, SEALED = "vigil.dump", "sealed.dump.age"


def backup(url: str, directory: Path, recipients: Sequence[str]) -> dict[str, int]:
    """Write both files into a directory that holds neither; return the number of rows of each table.

    `url` is the owner's login. Raises Unstartable with the reason; then neither file is left.
    """
    keys = sealing.recipients_read(recipients)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    plain, sealed = directory / PLAIN, directory / SEALED
    for file in (plain, sealed):
        if file.exists():
            raise Unstartable(f"{file} is there already; give each backup a directory of its own.")
    try:
        with _snapshot(url) as (connection, name):
            counts = counts_of(connection)
            _dump(url, name, "--exclude-schema=sealed", f"--file={plain}")
            head = {"plain_sha256": _digest(plain), "rows": counts}
            command = [program("pg_dump"), *_DUMP, f"--snapshot={name}", "--schema=sealed"]
            with (
                running(command, url, stdout=subprocess.PIPE) as dump,
                open(sealed, "xb", opener=_private) as target,
            ):
                assert dump.stdout is not None
                first = json.dumps(head, sort_keys=True).encode() + b"\n"
                sealing.encrypt(sealing.Chained(first, dump.stdout), target, keys)
            _synced(plain, sealed)
    except BaseException as fault:
        for file in (plain, sealed):
            file.unlink(missing_ok=True)
        if isinstance(fault, psycopg.errors.InsufficientPrivilege):
            raise Unstartable(
                "This login may not read everything; give the owner's at DATABASE_URL."
            ) from None
        raise
    return counts


def restore(url: str, directory: Path, identity: Path) -> dict[str, int]:
    """Fill an empty database from both files; return the number of rows of each table.

    `url` is the owner's login; the roles exist (`python -m config.launch.provision`). Everything is verified before
    the first row is written. Raises Unstartable with the reason.
    """
    key = sealing.identity_read(identity)
    plain, sealed = directory / PLAIN, directory / SEALED
    head = _head(sealed, key)
    with sealing.opened(plain):
        if _digest(plain) != head["plain_sha256"]:
            raise Unstartable(f"{plain} is not the file that was written with {sealed.name}.")
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'sealed'").fetchone() or counts_of(
            connection
        ):
            raise Unstartable("The database is not empty; restore into a new one.")
    run([program("pg_restore"), *_RESTORE, str(plain)], url)
    with (
        running([program("pg_restore"), *_RESTORE], url, stdin=subprocess.PIPE) as target,
        sealing.opened(sealed) as source,
    ):
        assert target.stdin is not None
        sealing.decrypt(source, sealing.Parted(target.stdin), key)
        target.stdin.close()
    with psycopg.connect(url) as connection:
        counts = counts_of(connection)
    if counts != head["rows"]:
        wrong = sorted(
            name for name in counts.keys() | head["rows"].keys() if counts.get(name) != head["rows"].get(name)
        )
        raise Unstartable(f"Not all rows came back: {', '.join(wrong)}. Do not use this database.")
    return counts


# Ownership and grants belong to the dump: they are what keeps the blind.
_DUMP = ("--format=custom", "--no-password", "--no-comments")
_RESTORE = ("--no-password", "--single-transaction", "--exit-on-error", "--no-comments")


def counts_of(connection: psycopg.Connection) -> dict[str, int]:
    """The number of rows of every table in `public` and `sealed`, by its name with the schema."""
    tables = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'sealed') ORDER BY 1, 2"
    ).fetchall()
    counts = {}
    for schema, table in tables:
        row = connection.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        ).fetchone()
        counts[f"{schema}.{table}"] = row[0] if row else 0
    return counts


def _head(sealed: Path, key: Any) -> dict[str, Any]:
    """Decrypt all of the sealed archive to nowhere, which verifies it; return its first line."""
    parted = sealing.Parted()
    with sealing.opened(sealed) as source:
        sealing.decrypt(source, parted, key)
    found: dict[str, Any] = json.loads(parted.first)
    return found


@contextmanager
def _snapshot(url: str) -> Iterator[tuple[psycopg.Connection, str]]:
    """One moment of the database that several programs can read."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        yield connection, row[0]


def _dump(url: str, snapshot: str, *options: str) -> None:
    run([program("pg_dump"), *_DUMP, f"--snapshot={snapshot}", *options], url)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _private(file: str, flags: int) -> int:
    return os.open(file, flags, 0o600)


def _synced(*files: Path) -> None:
    for file in files:
        with file.open("rb") as stream:
            os.fsync(stream.fileno())


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m config.launch.backup",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    act = parser.add_mutually_exclusive_group(required=True)
    act.add_argument("--to", type=Path, metavar="DIR", help="write a backup into this directory")
    act.add_argument(
        "--restore", type=Path, metavar="DIR", help="fill the empty database at DATABASE_URL from it"
    )
    act.add_argument(
        "--new-identity", type=Path, metavar="FILE", help="make a key pair; prints the public key"
    )
    parser.add_argument(
        "--recipient", action="append", default=[], metavar="age1...", help="a public key; may be given again"
    )
    parser.add_argument("--identity", type=Path, metavar="FILE", help="the file with the secret key")
    given = parser.parse_args()
    try:
        if given.new_identity:
            print(sealing.identity_make(given.new_identity))
            return 0
        env.remembered_read()
        url = env.text("DATABASE_URL")
        if given.to:
            rows = backup(url, given.to, given.recipient)
        elif given.identity is None:
            parser.error("--restore needs --identity FILE")
        else:
            rows = restore(url, given.restore, given.identity)
    except (Unstartable, env.Misconfigured) as fault:
        print(fault, file=sys.stderr)
        return 2
    except psycopg.Error as fault:
        print(f"The database at DATABASE_URL refused: {' '.join(str(fault).split())}", file=sys.stderr)
        return 2
    print(f"{len(rows)} tables, {sum(rows.values())} rows.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
