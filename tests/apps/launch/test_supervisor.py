"""The process tree: started in order, mended when it breaks, stopped in order, nobody left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.env import ROOT
from config.launch.places import ServerUser
from config.launch.supervisor import Child, Supervisor

ME = ServerUser(os.geteuid(), os.getegid(), "me")
FOREVER = "import time; time.sleep(600)"
NOTES_ITS_END = """
import signal, sys, time
def end(*_):
    open(sys.argv[1], "a").write(sys.argv[2] + "\\n"); sys.exit(0)
signal.signal(signal.SIGTERM, end); print("up", flush=True); time.sleep(600)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"


def child(name: str, code: str, *arguments: str, rank: int = 0, patience: float = 10.0) -> Child:
    return Child(
        name=name,
        command=[sys.executable, "-c", code, *arguments],
        environment={"PATH": os.defpath},
        user=ME,
        rank=rank,
        cwd=ROOT,
        patience=patience,
    )


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    kept = {number: signal.getsignal(number) for number in (2, 15, 1, signal.SIGCHLD)}
    with Supervisor(log=tmp_path, say=said.append) as made:
        yield made
    signal.set_wakeup_fd(-1)
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_a_killed_child_is_started_again_and_said_so(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start(child("web", FOREVER))
    first = supervisor.pids()["web"]

    os.kill(first, signal.SIGKILL)

    def mended() -> bool:
        supervisor.mend()
        return supervisor.pids()["web"] != first and is_running(supervisor.pids()["web"])

    assert within(5, mended)
    assert said == ["web was ended by SIGKILL; starting it again."]


def test_a_child_that_breaks_at_once_is_tried_ever_more_slowly(
    supervisor: Supervisor, said: list[str]
) -> None:
    supervisor.start(child("web", "raise SystemExit(3)"))

    deadline = time.monotonic() + 2.5
    while time.monotonic() < deadline:
        supervisor.mend()
        time.sleep(0.02)

    assert 2 <= len(said) <= 4, "0.25 s, 0.5 s, 1 s, 2 s and so on between the tries"
    assert "web ended with status 3" in said[0]


def test_children_stop_in_order_of_rank(supervisor: Supervisor, tmp_path: Path) -> None:
    notes = tmp_path / "ends"
    for rank, name in enumerate(("beat", "worker", "redis", "postgres")):
        supervisor.start(child(name, NOTES_ITS_END, str(notes), name, rank=rank))
    assert within(10, lambda: all("up" in (tmp_path / f"{n}.log").read_text() for n in supervisor.pids()))

    supervisor.stop()

    assert notes.read_text().split() == ["beat", "worker", "redis", "postgres"]


def test_a_child_that_will_not_stop_is_killed_after_its_patience(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(child("deaf", DEAF, patience=0.5))
    pid = supervisor.pids()["deaf"]
    assert within(10, lambda: "up" in (tmp_path / "deaf.log").read_text())

    begun = time.monotonic()
    supervisor.stop()

    assert not is_running(pid)
    assert time.monotonic() - begun < 5


def test_what_a_killed_child_had_started_ends_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen([sys.executable, '-c', {FOREVER!r}]); print(p.pid, flush=True); time.sleep(600)"
    )
    supervisor.start(child("worker", code))
    log = tmp_path / "worker.log"
    assert within(10, lambda: log.read_text().strip().isdigit())
    grandchild = int(log.read_text())

    os.kill(supervisor.pids()["worker"], signal.SIGKILL)

    def ended() -> bool:
        supervisor.mend(quietly=True)
        return not is_running(grandchild)

    assert within(5, ended)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent was killed")
def test_killing_the_supervisor_leaves_no_child(tmp_path: Path) -> None:
    code = f"""
import os, sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from config.launch.supervisor import Supervisor
from tests.apps.launch.test_supervisor import FOREVER, child
with Supervisor(log=Path({str(tmp_path)!r}), say=print) as supervisor:
    for name in ("web", "worker", "postgres"):
        supervisor.start(child(name, FOREVER))
    print(*supervisor.pids().values(), flush=True)
    supervisor.watch()
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    pids = [int(word) for word in process.stdout.readline().split()]
    assert len(pids) == 3
    assert all(is_running(pid) for pid in pids)

    process.kill()
    process.wait()
    process.stdout.close()

    assert within(5, lambda: not any(is_running(pid) for pid in pids))
