"""A whole Vigil for journeys: its own database, the web as vigil_app, both Celery workers and beat."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
import psycopg
from psycopg import sql

from config.env import ROOT

PYTHON = sys.executable
BIN = Path(PYTHON).parent


@dataclass
class House:
    """Where Vigil answers, and the hand on its clock."""

    url: str
    clock: Path
    mail: Path
    logs: Path
    environment: dict[str, str] = field(repr=False)

    def ahead(self, seconds: float) -> None:
        """Set the server's clock this far ahead of the world. It never goes back within a journey."""
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self.clock)  # a process that reads meanwhile finds the old time or the new one

    def manage(self, *arguments: str) -> str:
        """Run a management command with the owner's login."""
        return _run(["manage.py", *arguments], self.environment)

    def as_owner(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the database as its owner: the truth that no page and no endpoint may show."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type]


def _run(arguments: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [PYTHON, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _with_database(url: str, name: str) -> str:
    head, _, tail = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{tail}" if tail else "")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _children(commands: dict[str, tuple[list[str], dict[str, str]]], logs: Path) -> Iterator[None]:
    running = []
    try:
        for name, (command, environment) in commands.items():
            with (logs / f"{name}.log").open("wb") as log:
                child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
                running.append((name, child))
        yield
    finally:
        for name, child in reversed(running):
            # The web takes its own children with it; what the others do at the end of a journey matters to nobody.
            child.terminate() if name == "web" else child.kill()
        for _, child in reversed(running):
            try:
                child.wait(timeout=15)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


@functools.cache
def _template(owner: str) -> str:
    """Migrate one database for all journeys of this run; each gets a copy. It goes when the run ends."""
    name = f"journey_template_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(_with_database(owner, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    atexit.register(_drop, owner, name)
    told = {
        **os.environ,
        "DATABASE_URL": _with_database(owner, name),
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
    }
    _run(["manage.py", "migrate", "--verbosity", "0"], told)
    return name


def _copy(owner: str, name: str) -> None:
    template = _template(owner)
    with psycopg.connect(_with_database(owner, "postgres"), autocommit=True) as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def _drop(owner: str, name: str) -> None:
    with psycopg.connect(_with_database(owner, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextlib.contextmanager
def house_open(
    place: Path, *, stage: str = "tests.journeys.cast_on_stage", still: datetime | None = None
) -> Iterator[House]:
    """
    Migrate a fresh database, put the cast on the stage, start every process, and wait until the web answers.

    With `still` the time of this Vigil stands at that moment, so that its pages look the same on every run.
    """
    owner = os.environ["DATABASE_URL"]
    name = f"journey_{uuid.uuid4().hex[:12]}"
    logins = {
        "owner": owner,
        "app": os.environ["APP_DATABASE_URL"],
        "unblinded": os.environ["UNBLINDED_DATABASE_URL"],
    }
    _copy(owner, name)
    clock, mail, logs = place / "clock", place / "mail", place / "logs"
    clock.write_text(f"@{still.isoformat()}" if still else "0")
    mail.mkdir()
    logs.mkdir()

    def told(login: str) -> dict[str, str]:
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "REDIS_URL", "LANG") if key in os.environ}
        return {
            **kept,
            "DATABASE_URL": _with_database(logins[login], name),
            "SECRET_KEY": "journeys-only",
            "DJANGO_SETTINGS_MODULE": "tests.journeys.settings",
            "VIGIL_VAR": str(place),
            "VIGIL_JOURNEY_CLOCK": str(clock),
            "VIGIL_JOURNEY_QUEUE": name,
            "PYTHONDONTWRITEBYTECODE": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }

    port = _free_port()
    celery = [str(BIN / "celery"), "-A", "config", "--quiet"]
    worker = [
        *celery,
        *["worker", "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--pool", "solo"],
    ]
    web = [str(BIN / "gunicorn"), "tests.journeys.travelling_wsgi:application", "--bind", f"127.0.0.1:{port}"]
    web += [
        "--worker-class",
        "gthread",
        "--workers",
        "1",
        "--threads",
        "8",
        "--timeout",
        "0",
        "--no-control-socket",
    ]
    commands = {
        "worker": ([*worker, "--queues", f"{name}-default"], told("app")),
        "unblinded": ([*worker, "--queues", f"{name}-unblinded"], told("unblinded")),
        "beat": ([*celery, "beat", "--loglevel", "WARNING", "--schedule", str(place / "beat")], told("app")),
    }
    house = House(f"http://127.0.0.1:{port}", clock, mail, logs, told("owner"))
    try:
        _run(["-m", stage], told("owner"))
        with _children({"web": (web, told("app"))}, logs):
            _wait(house)  # the web first: what a person waits for gets both cores
            with _children(commands, logs):
                yield house
    finally:
        _drop(owner, name)


def _wait(house: House, patience: float = 180.0) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{house.url}/health/", timeout=5).status_code == 200:
                return
        time.sleep(0.2)
    raise AssertionError("The web does not answer:\n" + (house.logs / "web.log").read_text()[-3000:])
