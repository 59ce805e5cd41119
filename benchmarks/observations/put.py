"""The PUT as a tablet sends it: vitals, MOAA/S and 23 CADSS items, over a connection that stays open."""

from __future__ import annotations

import http.client
import itertools
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Tablet:
    """Where it sends, for which sessions, and how it says who it is."""

    port: int
    sessions: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]


def by_token(token: str) -> tuple[tuple[str, str], ...]:
    """Say who it is as a program does."""
    return (("Authorization", f"Token {token}"),)


def by_session(cookie: str) -> tuple[tuple[str, str], ...]:
    """Say who it is as a page does, with the proof against forged requests."""
    secret = "x" * 32
    return (("Cookie", f"sessionid={cookie}; csrftoken={secret}"), ("X-CSRFToken", secret))


def body(session: str, chance: random.Random) -> bytes:
    """Return one set of readings, extra to the plan; every tenth finds something."""
    now = datetime.now(UTC).isoformat()
    low = chance.random() < 0.1
    return json.dumps(
        {
            "session": session,
            "slot_minute": None,
            "observed_at": now,
            "entered_at": now,
            "device_now": now,
            "sbp": chance.randint(112, 132),
            "dbp": chance.randint(66, 84),
            "hr": chance.randint(58, 88),
            "rr": chance.randint(12, 18),
            "spo2": 90 if low else chance.randint(95, 100),
            "temp_c": 36.6,
            "moaas": 5,
            "cadss_items": {str(item): chance.randint(0, 1) for item in range(1, 24)},
            "confirmed": ["spo2"] if low else [],
        }
    ).encode()


def putting(tablet: Tablet) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return the act of sending one new observation and reading its answer, and how to hang up."""
    line = http.client.HTTPConnection("127.0.0.1", tablet.port, timeout=60)
    headers = {"Content-Type": "application/json", **dict(tablet.headers)}
    chance = random.Random(tablet.sessions[0])  # noqa: S311 - nothing secret
    sessions = itertools.cycle(tablet.sessions)

    def act() -> None:
        url, given = f"/api/v1/observations/{uuid4()}/", body(next(sessions), chance)
        try:
            line.request("PUT", url, given, headers)
            answer = line.getresponse()
        except (ConnectionError, http.client.BadStatusLine):  # the server hung up an idle line
            line.close()
            line.request("PUT", url, given, headers)
            answer = line.getresponse()
        said = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {said[:500]!r}")

    return act, line.close
