"""The real application with a clock that a journey can set: two hours, or four weeks, pass between two requests.

The file named by VIGIL_JOURNEY_CLOCK holds the seconds by which the server is ahead of the world. Everything below the
door reads the time as ever; nothing in the product knows of this.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine

from config.wsgi import application as real

CLOCK = Path(os.environ["VIGIL_JOURNEY_CLOCK"])
_lock = threading.Lock()
_state: dict[str, Any] = {"ahead": 0.0, "travel": None}


def _travel() -> None:
    ahead = float(CLOCK.read_text() or 0)
    with _lock:
        if ahead == _state["ahead"]:
            return
        if _state["travel"] is not None:
            _state["travel"].stop()
        traveller = time_machine.travel(datetime.now(UTC) + timedelta(seconds=ahead), tick=True)
        traveller.start()
        _state.update(ahead=ahead, travel=traveller)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Set the clock, then answer."""
    _travel()
    return real(environ, start_response)
