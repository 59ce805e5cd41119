"""The whole of `python -m config.launch`, really started: ready, killed piece by piece, stopped, started again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from config.env import ROOT
from config.launch import postgres
from config.launch.places import Places, places_prepare
from config.launch.provision import APP, OWNER, UNBLINDED
from tests.apps.launch.test_supervisor import is_running, within

# Seconds. Alone, every part is back within 5; these tests may share the machine with others.
PATIENCE = 60


@dataclass
class Launched:
    """One running launcher."""

    process: subprocess.Popen[str]
    places: Places
    port: int
    words: str
    seconds: float

    def children(self) -> dict[str, int]:
        """The process numbers of its children, by the program they run."""
        found = {}
        for name, sign in (
            ("postgres", "/bin/postgres"), ("redis", "redis-server"), ("web", "gunicorn"), ("beat", "beat"),
            ("worker-default", "default@%h"), ("worker-unblinded", "unblinded@%h"),
        ):  # fmt: skip
            for pid in children_of(self.process.pid):
                with contextlib.suppress(OSError):  # it may end while we look
                    if sign in Path(f"/proc/{pid}/cmdline").read_text():
                        found[name] = pid
        return found

    def is_healthy(self) -> bool:
        """Whether the web answers and reaches its database."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


def children_of(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def family_of(parent: int) -> set[int]:
    found = set(children_of(parent))
    return found.union(*(family_of(pid) for pid in found))


def launch(var: Path, port: int) -> Launched:
    told = {name: value for name, value in os.environ.items() if "_URL" not in name and name != "SECRET_KEY"}
    told |= {
        "VIGIL_VAR": str(var),
        "PORT": str(port),
        "VIGIL_DEMO": "off",
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
    }
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "config.launch"],
        cwd=ROOT, env=told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    words = ""
    for line in process.stdout:
        words += line
        if "Stop with Ctrl-C" in line:
            return Launched(process, places_prepare(var), port, words, time.monotonic() - begun)
    logs = "\n".join(f"{log.name}: {log.read_text()[-2000:]}" for log in (var / "log").glob("*.log"))
    raise AssertionError(f"it ended with {process.wait()} and said:\n{words}\n{logs}")


@pytest.fixture(scope="module")
def var(open_directory: Path) -> Path:
    return open_directory / "whole"


@pytest.fixture(scope="module")
def port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def first(var: Path, port: int) -> Iterator[Launched]:
    """The first start: an empty directory becomes a running Vigil."""
    launched = launch(var, port)
    yield launched
    if launched.process.poll() is None:
        launched.process.terminate()
        launched.process.wait(60)
    assert launched.process.stdout is not None
    launched.process.stdout.close()


def rows(places: Places) -> list[int]:
    with psycopg.connect(postgres.url(places, login=OWNER)) as connection:
        return [row[0] for row in connection.execute("SELECT n FROM acknowledged ORDER BY n").fetchall()]


def test_the_first_start_ends_with_an_address_and_a_warning(first: Launched) -> None:
    assert f"http://127.0.0.1:{first.port}/" in first.words
    assert "evaluation on one machine only" in first.words
    assert "Traceback" not in first.words
    assert set(first.children()) == {"postgres", "redis", "web", "beat", "worker-default", "worker-unblinded"}
    assert first.seconds < 300, "only a hang takes so long, even on a busy machine"


def test_the_web_works_under_the_applications_login_only(first: Launched) -> None:
    assert within(PATIENCE, first.is_healthy)
    admin = postgres.url(first.places, login=postgres.SUPERUSER, database="vigil")

    def logins() -> set[str]:
        query = "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = 'vigil' AND pid <> pg_backend_pid()"
        with psycopg.connect(admin) as connection:
            return {row[0] for row in connection.execute(query).fetchall()}

    assert within(PATIENCE, lambda: APP in logins())
    assert logins() <= {APP, UNBLINDED}, "the owner has left after migrating"


def test_a_second_start_in_the_same_place_is_one_sentence(first: Launched, var: Path) -> None:
    told = {**os.environ, "VIGIL_VAR": str(var), "PORT": "1024"}

    second = subprocess.run(
        [sys.executable, "-m", "config.launch"],
        cwd=ROOT,
        env=told,
        capture_output=True,
        text=True,
        check=False,
    )

    assert second.returncode == 2
    assert f"already running here (process {first.process.pid})" in second.stderr
    assert "Traceback" not in second.stderr


def test_killing_postgres_loses_no_acknowledged_row_and_the_web_comes_back(first: Launched) -> None:
    with psycopg.connect(postgres.url(first.places, login=OWNER), autocommit=True) as connection:
        connection.execute("CREATE TABLE acknowledged (n int PRIMARY KEY)")
    acknowledged: list[int] = []
    for kill in range(3):
        killed = first.children()["postgres"]
        with psycopg.connect(postgres.url(first.places, login=OWNER), autocommit=True) as connection:
            for step in range(200):
                connection.execute("INSERT INTO acknowledged VALUES (%s)", (kill * 1000 + step,))
                acknowledged.append(kill * 1000 + step)
            os.kill(killed, signal.SIGKILL)
        assert within(PATIENCE, lambda gone=killed: first.children().get("postgres") not in {None, gone}), (
            "not mended"
        )
        assert within(PATIENCE, first.is_healthy), "the web did not come back"

    assert rows(first.places) == acknowledged


@pytest.mark.parametrize("name", ["web", "redis", "worker-default", "worker-unblinded", "beat"])
def test_any_other_child_comes_back_too(first: Launched, name: str) -> None:
    killed = first.children()[name]

    os.kill(killed, signal.SIGKILL)

    assert within(PATIENCE, lambda: first.children().get(name) not in {None, killed})
    assert within(PATIENCE, first.is_healthy)


def test_killing_the_supervisor_leaves_nobody_and_the_next_start_finds_every_row(
    first: Launched, var: Path
) -> None:
    kept = rows(first.places)
    family = family_of(first.process.pid)
    assert len(family) >= 8

    first.process.kill()
    first.process.wait()
    again = launch(var, first.port)

    try:
        assert not [pid for pid in family if is_running(pid)]
        assert rows(again.places) == kept
        assert again.seconds < 90, "a second start migrates nothing and gathers nothing; about 5 s when alone"
    finally:
        stopped = stop(again)
    assert stopped < 20


def stop(launched: Launched) -> float:
    """Stop it as Ctrl-C does, and check that it went quietly; the seconds it took."""
    family = family_of(launched.process.pid)
    begun = time.monotonic()
    launched.process.send_signal(signal.SIGINT)
    words, _nothing = launched.process.communicate(timeout=60)
    assert launched.process.returncode == 0
    assert "Stopped in" in words
    assert "Traceback" not in words
    assert within(2, lambda: not any(is_running(pid) for pid in family))
    return time.monotonic() - begun
