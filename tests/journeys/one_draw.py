"""One process that asks for one draw: says that it stands ready, waits for a line, asks, prints the answer.

`python -m tests.journeys.one_draw URL TOKEN PARTICIPANT KEY`. Standard library only, so that twenty start quickly.
"""

from __future__ import annotations

import http.client
import json
import sys
from urllib.parse import urlsplit


def main() -> None:
    """Ask once."""
    url, token, participant, key = sys.argv[1:]
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=120)
    connection.connect()
    print("ready", flush=True)
    sys.stdin.readline()
    connection.request(
        "POST",
        "/api/v1/randomizations/",
        json.dumps({"participant_id": participant}),
        {"Authorization": f"Token {token}", "Content-Type": "application/json", "Idempotency-Key": key},
    )
    answer = connection.getresponse()
    print(json.dumps({"status": answer.status, "body": json.loads(answer.read())}), flush=True)


if __name__ == "__main__":
    main()
