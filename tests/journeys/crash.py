"""Killing a web worker without warning."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from tests.journeys.house import House


def worker_kill(house: House) -> int:
    """Kill a web worker without warning; its master starts another. Returns how many were killed."""
    address, killed = house.url.removeprefix("http://"), 0
    webs: dict[int, int] = {}
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if address in (place / "cmdline").read_text():
                webs[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
    for pid, parent in webs.items():
        if parent in webs:  # the master's parent is no web
            os.kill(pid, signal.SIGKILL)
            killed += 1
    return killed
