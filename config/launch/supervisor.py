"""One process tree: start in order, mend what crashes, stop in reverse order, leave nobody behind.

Each child leads its own session, so a Ctrl-C reaches only the supervisor, which then stops the children in
order. On Linux each child is told by the kernel when the supervisor is killed, so even that leaves no orphan.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from config.launch import Unstartable
from config.launch.places import ServerUser

_PR_SET_PDEATHSIG = 1
_BACKOFF_FIRST, _BACKOFF_MOST = 0.25, 4.0  # seconds before a crashed child is started again
_STEADY = 30.0  # seconds after which a child counts as well and its back-off begins anew
_LOG_MOST = 5_000_000  # bytes; a longer log is set aside once on the next start


@dataclass(frozen=True)
class Child:
    """A process to keep running. Lower ranks are stopped first, equal ranks together."""

    name: str
    command: list[str]
    environment: dict[str, str]
    user: ServerUser
    rank: int
    cwd: Path
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGTERM
    patience: float = 15.0  # seconds between the stop signal and SIGKILL


@dataclass
class _Running:
    child: Child
    process: subprocess.Popen[bytes]
    since: float
    backoff: float = _BACKOFF_FIRST
    again_at: float | None = None


@dataclass
class Supervisor:
    """Keeps children running until told to stop. Use as a context manager: leaving it stops every child."""

    log: Path
    say: Callable[[str], None]
    stopping: bool = False
    _running: dict[str, _Running] = field(default_factory=dict)
    _wake: tuple[int, int] = (-1, -1)
    _signals: int = 0

    def __enter__(self) -> "Supervisor":
        self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._told_to_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        return self

    def __exit__(self, *_fault: object) -> None:
        self.stop()

    def _told_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True
        self._signals += 1

    def start(self, child: Child) -> None:
        """Start a child and keep it running."""
        self._running[child.name] = _Running(child, self._spawn(child), time.monotonic())

    def once(self, child: Child, *, output: int | None = None) -> int:
        """Run a child to its end and return its exit status; a stop signal is passed on to it.

        Its words go to the terminal, its faults to its log; `output` is one more descriptor it inherits.
        """
        process = self._spawn(child, to_terminal=True, keep=() if output is None else (output,))
        while process.poll() is None:
            if self.stopping:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(child.stop_signal)
            self.mend(quietly=True)
            self._sleep(0.5)
        return process.returncode

    def until(self, answers: Callable[[], bool], *, of: str, patience: float) -> None:
        """Wait until `of` answers, mending it meanwhile. Raises Unstartable after `patience` seconds."""
        deadline = time.monotonic() + patience
        while not self.stopping and not answers():
            if time.monotonic() > deadline:
                raise Unstartable(f"{of} does not answer after {patience:.0f} s; {self.last_words(of)}")
            self.mend(quietly=True)
            self._sleep(0.1)

    def watch(self) -> None:
        """Mend whatever ends, until told to stop."""
        while not self.stopping:
            self.mend()
            due = [
                one.again_at - time.monotonic() for one in self._running.values() if one.again_at is not None
            ]
            self._sleep(max(0.0, min(due, default=60.0)))

    def mend(self, *, quietly: bool = False) -> None:
        """Notice children that ended, and start again those whose back-off is over."""
        now = time.monotonic()
        for one in self._running.values():
            if one.again_at is None and one.process.poll() is not None:
                self._sweep(one)
                one.backoff = _BACKOFF_FIRST if now - one.since > _STEADY else one.backoff
                one.again_at = now + one.backoff
                one.backoff = min(one.backoff * 2, _BACKOFF_MOST)
                if not quietly:
                    self.say(f"{one.child.name} {_ending(one.process.returncode)}; starting it again.")
            if one.again_at is not None and one.again_at <= now:
                one.process, one.since, one.again_at = self._spawn(one.child), now, None

    def stop(self) -> None:
        """Stop every child in order of rank. A second signal meanwhile means: at once."""
        self.stopping = True
        begun = self._signals
        for rank in sorted({one.child.rank for one in self._running.values()}):
            group = [one for one in self._running.values() if one.child.rank == rank]
            for one in group:
                with contextlib.suppress(ProcessLookupError):
                    one.process.send_signal(one.child.stop_signal)
            deadline = time.monotonic() + max(one.child.patience for one in group)
            while any(one.process.poll() is None for one in group):
                if time.monotonic() > deadline or self._signals > begun + 1:
                    for one in group:
                        one.process.kill()
                self._sleep(0.25)
            for one in group:
                self._sweep(one)
                del self._running[one.child.name]

    def pids(self) -> dict[str, int]:
        """The process number of each child, by name."""
        return {name: one.process.pid for name, one in self._running.items()}

    def _spawn(
        self, child: Child, *, to_terminal: bool = False, keep: Sequence[int] = ()
    ) -> subprocess.Popen[bytes]:
        file = self.log / f"{child.name}.log"
        if file.exists() and file.stat().st_size > _LOG_MOST:
            file.replace(file.with_suffix(".log.1"))
        supervisor = os.getpid()

        def tie() -> None:
            # After the change of user, because the kernel forgets the wish when the user changes.
            if sys.platform == "linux":
                _LIBC.prctl(_PR_SET_PDEATHSIG, int(child.orphan_signal))
                if os.getppid() != supervisor:  # it died before we asked
                    os._exit(1)

        with file.open("ab") as log:
            return subprocess.Popen(
                child.command,
                **child.user.identity(),
                cwd=child.cwd,
                env=child.environment,
                stdin=subprocess.DEVNULL,
                stdout=None if to_terminal else log,
                stderr=log,
                start_new_session=True,
                pass_fds=tuple(keep),
                preexec_fn=tie,  # safe: this program has one thread
            )

    def _sweep(self, one: _Running) -> None:
        """End what a dead child's own children left in its process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(one.process.pid, signal.SIGKILL)

    def _sleep(self, seconds: float) -> None:
        """Sleep until a signal (a child's end among them) or the time is over."""
        ready, _, _ = select.select([self._wake[0]], [], [], seconds)
        if ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake[0], 4096)

    def last_words(self, name: str) -> str:
        """The last line of a child's log, as the end of a sentence."""
        file = self.log / f"{name}.log"
        lines = file.read_text(errors="replace").splitlines() if file.exists() else []
        return f"its last words in {file}: {lines[-1] if lines else '(none)'}"


_LIBC = ctypes.CDLL(None)


def _ending(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"
