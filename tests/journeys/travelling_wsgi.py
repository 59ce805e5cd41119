"""The real application behind a clock that a journey can set."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from config.wsgi import application as real
from tests.journeys.travel import clock_follow


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Set the clock, then answer."""
    clock_follow()
    return real(environ, start_response)
