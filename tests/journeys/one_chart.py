"""One tablet that charts one session: says that it stands ready, waits for a line, sends, prints what it knows.

`python -m tests.journeys.one_chart URL TOKEN SESSION COUNT`. Each reading keeps its identifier and its body until the
server says yes, as a tablet does; every fourth answer is hung up on before it is read. Prints one JSON
object: the heart rate of every acknowledged reading by its identifier, and how often it had to ask again.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import uuid4

PATIENCE = 180.0


def put(url: str, token: str, identifier: str, body: str, *, deaf: bool) -> int:
    """Send one reading; a deaf tablet hangs up before it hears the answer."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=8)
    try:
        headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        connection.request("PUT", f"/api/v1/observations/{identifier}/", body, headers)
        if deaf:
            time.sleep(0.1)
            raise OSError("hung up")
        return connection.getresponse().status
    finally:
        connection.close()


def main() -> None:
    """Send every reading until it is acknowledged."""
    url, token, session, count = sys.argv[1:]
    print("ready", flush=True)
    sys.stdin.readline()
    deadline, acknowledged, again = time.monotonic() + PATIENCE, {}, 0
    for place in range(int(count)):
        identifier, now, heart = str(uuid4()), datetime.now(UTC).isoformat(), 60 + place
        body = json.dumps(
            {
                "session": session, "slot_minute": None, "hr": heart,
                "observed_at": now, "entered_at": now, "device_now": now, "device_skew_ms": 0,
            }
        )  # fmt: skip
        tries = 0
        while time.monotonic() < deadline:
            tries += 1
            try:
                status = put(url, token, identifier, body, deaf=tries == 1 and place % 4 == 0)
            except (OSError, http.client.HTTPException):
                status = 0
            if status in (200, 201):
                acknowledged[identifier] = heart
                break
            if status and status < 500:
                raise SystemExit(f"refused: {status}")
            time.sleep(0.1)
        again += tries - 1
    print(json.dumps({"acknowledged": acknowledged, "again": again}), flush=True)


if __name__ == "__main__":
    main()
