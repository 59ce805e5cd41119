"""A clock that a journey can set: two hours, or four weeks, pass between two requests.

The file named by VIGIL_JOURNEY_CLOCK holds the seconds by which this Vigil is ahead of the world, or, after an @, the
moment at which it stands still. Everything below the
door of a process reads the time as ever; nothing in the product knows of this.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine

CLOCK = Path(os.environ["VIGIL_JOURNEY_CLOCK"])
_lock = threading.Lock()
_state: dict[str, Any] = {"ahead": "0", "travel": None}


def clock_follow(**_signal: object) -> None:
    """Set this process's clock as the file says."""
    with _lock:
        told = CLOCK.read_text() or "0"
        if told == _state["ahead"]:
            return
        _stop()
        if told.startswith("@"):
            traveller = time_machine.travel(datetime.fromisoformat(told[1:]), tick=False)
            traveller.start()
            _state.update(ahead=told, travel=traveller)
            return
        ahead = float(told)
        traveller = time_machine.travel(datetime.now(UTC) + timedelta(seconds=ahead), tick=True)
        journey = traveller.start()
        # Starting takes a moment, by which this clock would be behind the test's.
        real = time_machine.escape_hatch.datetime.datetime.now(UTC)
        journey.shift(real + timedelta(seconds=ahead) - datetime.now(UTC))
        _state.update(ahead=told, travel=traveller)


def clock_leave(**_signal: object) -> None:
    """Come back to the world's time: a worker keeps it between two tasks, for its own timers and the broker's."""
    with _lock:
        _stop()
        _state["ahead"] = "0"


def _stop() -> None:
    if _state["travel"] is not None:
        _state["travel"].stop()
        _state["travel"] = None
