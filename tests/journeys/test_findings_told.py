"""A finding is told by real workers: by mail and to another system within half a minute, again until somebody takes
note, and then no more."""

from __future__ import annotations

import hmac
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.apps.reminders.scene import Receiver, receiver_open
from tests.journeys.house import House, house_open
from tests.journeys.steps_api import Caller, signed_in

#: What the protocols say (block `telling`, within_seconds).
WITHIN = 30.0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A Vigil where two people sit in their chairs."""
    with house_open(tmp_path_factory.mktemp("house"), stage="tests.journeys.chairside_on_stage") as opened:
        yield opened


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiver_open() as opened:
        yield opened


def eventually(what: Callable[[], Any], *, within: float) -> float:
    """Wait until something is so; return after how many seconds."""
    began = time.monotonic()
    while time.monotonic() - began < within:
        if what():
            return time.monotonic() - began
        time.sleep(0.2)
    raise AssertionError(f"not within {within} s")


def letters(house: House) -> list[tuple[str, str]]:
    """Who was written to, and the text, of every mail about the finding."""
    found = []
    for path in sorted(Path(house.mail).iterdir()):
        for part in path.read_bytes().split(b"-" * 79 + b"\n"):
            if b"Subject:" in part:
                letter = message_from_bytes(part.strip())
                if "chair 1 at DE01" in str(letter["Subject"]):
                    found.append((str(letter["To"]), str(letter.get_payload())))
    return found


def records(nurse: Caller, session: str, at: datetime, **values: Any) -> Any:
    body = {
        "session": session, "observed_at": at.isoformat(), "entered_at": at.isoformat(), "slot_minute": None, **values,
    }  # fmt: skip
    return nurse.put(f"observations/{uuid4()}/", body)


def test_a_finding_is_told_in_half_a_minute_again_and_no_more_once_noted(
    house: House, receiver: Receiver
) -> None:
    with signed_in(house, "Ada Weiss") as administrator:
        hook = administrator.post("webhooks/", {"study": "t2", "site": "DE01", "url": receiver.url})
        administrator.post(f"webhooks/{hook['id']}/test/", expect=202)
        eventually(lambda: receiver.got, within=120)  # the workers have started
    assert json.loads(receiver.got.pop()[1])["kind"] == "test"
    with signed_in(house, "Nadia Klein") as nurse:
        session = next(row["id"] for row in nurse.all_of("sessions/") if row["chair"] == 1)
        records(nurse, session, datetime.now(UTC), spo2=88, confirmed=["spo2"])
        mailed = eventually(lambda: len(letters(house)) >= 2, within=WITHIN)
        called = eventually(lambda: receiver.got, within=WITHIN)
        print(f"told by mail after {mailed:.1f} s, by webhook after {called:.1f} s more")

        to = {address for address, _ in letters(house)}
        assert to == {"nadia.klein@example.org", "ivo.brandt@example.org"}
        assert all("Low oxygen saturation" in text for _, text in letters(house))
        # A value stands by itself or before its unit; identifiers and times hold any two figures.
        assert not any(re.search(r"(?<![\w.:-])88(?![\w:-])", text) for _, text in letters(house))
        headers, body = receiver.got[0]
        expected = hmac.new(
            hook["secret"].encode(), f"{headers['Vigil-Timestamp']}.".encode() + body, sha256
        ).hexdigest()
        assert headers["Vigil-Signature"] == f"v1={expected}"
        assert json.loads(body)["session"] == session
        assert "DE01-0001" not in body.decode()

        house.ahead(5 * 60 + 5)
        eventually(lambda: len(letters(house)) >= 4 and len(receiver.got) >= 2, within=WITHIN)
        assert "told for the 2nd time" in letters(house)[-1][1]

        (alert,) = [row for row in nurse.get("alerts/") if row["chair"] == 1 and row["severity"] == "urgent"]
        nurse.post(f"findings/{alert['finding']}/acknowledge/", expect=200)
        before = (len(letters(house)), len(receiver.got))
        house.ahead(11 * 60)
        time.sleep(8)  # several ticks of both tasks, each of which would have told it again
        assert (len(letters(house)), len(receiver.got)) == before
        assert nurse.get("alerts/") == [] or all(
            row["finding"] != alert["finding"] for row in nurse.get("alerts/")
        )

        rows = [row for row in nurse.all_of("tellings/") if row["channel"] == "EMAIL" and row["number"] == 0]
        took = [
            datetime.fromisoformat(row["told_at"]) - datetime.fromisoformat(row["due_at"])
            for row in rows
            if row["finding"] == alert["finding"]
        ]
        assert len(took) == 2
        assert max(took) < timedelta(seconds=WITHIN)
