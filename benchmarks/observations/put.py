"""The PUT as a tablet sends it: vitals, MOAA/S and 23 CADSS items, over a connection that stays open."""

from __future__ import annotations

import itertools
import json
import random
import re
import socket
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
    """Return the act of sending one new observation and reading its answer, and how to hang up.

    It speaks over a bare socket: callers share the cores with what is measured, and a library's client takes more of
    them than the request it sends.
    """
    line = _Line(tablet.port)
    headers = "".join(f"{name}: {value}\r\n" for name, value in tablet.headers)
    chance = random.Random(tablet.sessions[0])  # noqa: S311 - nothing secret
    sessions = itertools.cycle(tablet.sessions)

    def act() -> None:
        given = body(next(sessions), chance)
        head = (
            f"PUT /api/v1/observations/{uuid4()}/ HTTP/1.1\r\nHost: 127.0.0.1:{tablet.port}\r\n{headers}"
            f"Content-Type: application/json\r\nContent-Length: {len(given)}\r\n\r\n"
        )
        said = line.ask(head.encode() + given)
        if not said.startswith(b"HTTP/1.1 201"):
            raise RuntimeError(repr(said[:700]))

    return act, line.close


class _Line:
    """A connection that stays open, and is opened again when the server hung it up while idle."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.line: socket.socket | None = None

    def ask(self, request: bytes) -> bytes:
        """Send a request and return the whole answer, whose length the server states."""
        try:
            return self._ask(request)
        except ConnectionError:
            self.close()
            return self._ask(request)

    def _ask(self, request: bytes) -> bytes:
        if self.line is None:
            self.line = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.line.sendall(request)
        said = b""
        while True:
            part = self.line.recv(65536)
            if not part:
                raise ConnectionResetError("The server hung up.")
            said += part
            head, found, rest = said.partition(b"\r\n\r\n")
            if found:
                length = _LENGTH.search(head)
                if length is not None and len(rest) >= int(length[1]):
                    return said

    def close(self) -> None:
        """Hang up."""
        if self.line is not None:
            self.line.close()
        self.line = None


_LENGTH = re.compile(rb"(?i)content-length: (\d+)")
