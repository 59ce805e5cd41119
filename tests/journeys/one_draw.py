"""One process that asks for one draw: says that it stands ready, waits for a line, asks, prints the answer.

`python -m tests.journeys.one_draw URL TOKEN PARTICIPANT KEY [MANNER]`. A `stubborn` one asks again, under the same
key, as long as the server is away or busy; a `deaf` one also hangs up on its first answer before reading it. Standard
library only, so that two hundred start quickly.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 120.0


def connect(url: str) -> http.client.HTTPConnection:
    """Connect at once."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)
    connection.connect()
    return connection


def ask(connection: http.client.HTTPConnection, token: str, participant: str, key: str) -> None:
    """Send the request."""
    connection.request(
        "POST",
        "/api/v1/randomizations/",
        json.dumps({"participant_id": participant}),
        {"Authorization": f"Token {token}", "Content-Type": "application/json", "Idempotency-Key": key},
    )


def answered(connection: http.client.HTTPConnection) -> dict[str, Any]:
    """Read the answer."""
    answer = connection.getresponse()
    return {"status": answer.status, "body": json.loads(answer.read())}


def is_busy(answer: dict[str, Any]) -> bool:
    """Say whether the server asks to try again: it is away, or the queue of the stratum is long."""
    reasons = answer["body"].get("reasons", [])
    return answer["status"] >= 500 or any(reason.get("code") == "busy" for reason in reasons)


def main() -> None:
    """Ask once, or until there is an answer."""
    url, token, participant, key, *manner = sys.argv[1:]
    connection: http.client.HTTPConnection | None = connect(url)
    print("ready", flush=True)
    sys.stdin.readline()
    deadline, tries = time.monotonic() + PATIENCE, 0
    while True:
        tries += 1
        try:
            connection = connection or connect(url)
            ask(connection, token, participant, key)
            if manner == ["deaf"] and tries == 1:
                time.sleep(0.3)
                connection.close()
                connection = None
                continue
            answer = answered(connection)
        except (OSError, http.client.HTTPException, ValueError):
            if not manner or time.monotonic() > deadline:
                raise
        else:
            if not manner or not is_busy(answer) or time.monotonic() > deadline:
                break
        connection = None
        time.sleep(0.2)
    print(json.dumps({**answer, "tries": tries}), flush=True)


if __name__ == "__main__":
    main()
