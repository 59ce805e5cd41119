"""One Vigil for each directory, and a port that nobody else has."""

import contextlib
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from config.launch import Unstartable


@contextlib.contextmanager
def only_one(var: Path) -> Iterator[bool]:
    """Hold the directory for this process. Yields whether the run before was killed rather than stopped.

    The lock is the kernel's: it goes with the process that held it, however that ended. Raises Unstartable
    while another Vigil holds it.
    """
    with (var / "launch.lock").open("a+") as lock:
        lock.seek(0)
        holder = lock.read().strip()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unstartable(
                f"Vigil is already running here (process {holder or 'unknown'}); "
                f"stop it with Ctrl-C in its window or `kill {holder or '<process>'}`."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        try:
            yield bool(holder)
        finally:
            lock.truncate(0)


def port_check(port: int, *, patience: float = 0.0) -> None:
    """Refuse a port that is taken; wait `patience` seconds for a killed run's children to let go of it."""
    deadline = time.monotonic() + patience
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except PermissionError:
                raise Unstartable(
                    f"Port {port} may only be opened by root; use PORT=8000 or higher."
                ) from None
            except OSError:
                if time.monotonic() >= deadline:
                    raise Unstartable(
                        f"Port {port} is taken by another program; "
                        f"choose one with `make run PORT={port + 1}`."
                    ) from None
            else:
                return
        time.sleep(0.2)
