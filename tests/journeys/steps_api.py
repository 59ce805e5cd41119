"""Somebody of the cast who speaks to Vigil over HTTP with a token, as another program would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.factories.cast import PASSWORD
from tests.journeys.house import House

PATIENCE = 120.0  # seconds for one answer: the machine may be busy with other tests


@dataclass
class Caller:
    """A person with a token."""

    name: str
    client: httpx.Client = field(repr=False)

    def ask(self, method: str, path: str, *, expect: int, **given: Any) -> Any:
        """Send a request and return the body; the status must be the expected one."""
        answer = self.client.request(method, path, **given)
        said = f"{self.name}: {method} {path} gave {answer.status_code}, not {expect}: {answer.text[:2000]}"
        assert answer.status_code == expect, said
        if expect >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json", said
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else answer.content

    def get(self, path: str, *, expect: int = 200, **params: Any) -> Any:
        """Read."""
        return self.ask("GET", path, expect=expect, params=params)

    def post(self, path: str, body: Any = None, *, expect: int = 201, key: str = "") -> Any:
        """Send; `key` is the Idempotency-Key."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.ask("POST", path, expect=expect, json=body or {}, headers=headers)

    def put(self, path: str, body: Any, *, expect: int = 201) -> Any:
        """Put under an identifier of one's own."""
        return self.ask("PUT", path, expect=expect, json=body)

    def all_of(self, path: str, **params: Any) -> list[Any]:
        """Read every page of a list."""
        rows: list[Any] = []
        page = 1
        while True:
            body = self.get(path, page=page, page_size=200, **params)
            rows += body["results"]
            if not body["next"]:
                return rows
            page += 1


def token_of(house: House, name: str) -> str:
    """Exchange e-mail and password for a token: `Carla Roth` is carla.roth@example.org."""
    email = name.lower().replace(" ", ".") + "@example.org"
    answer = httpx.post(
        f"{house.url}/api/v1/auth/token/", json={"email": email, "password": PASSWORD}, timeout=PATIENCE
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


@contextmanager
def signed_in(house: House, name: str) -> Iterator[Caller]:
    """Somebody with a fresh token."""
    headers = {"Authorization": f"Token {token_of(house, name)}"}
    with httpx.Client(base_url=f"{house.url}/api/v1/", headers=headers, timeout=PATIENCE) as client:
        yield Caller(name, client)


@dataclass
class People:
    """The cast at their programs: everybody signs in when needed, and again when the day is over."""

    house: House
    stack: ExitStack
    _signed_in: dict[str, tuple[float, Caller]] = field(default_factory=dict)

    def __call__(self, name: str) -> Caller:
        """Somebody whose token is valid at this hour of the story."""
        ahead = float(self.house.clock.read_text())
        known = self._signed_in.get(name)
        if known is None or ahead - known[0] > 6 * 3600:
            known = (ahead, self.stack.enter_context(signed_in(self.house, name)))
            self._signed_in[name] = known
        return known[1]


def codes(problem: dict[str, Any]) -> set[str]:
    """The codes of every reason of a refusal."""
    return {reason["code"] for reason in problem["reasons"]}


def iso(moment: datetime, *, minutes: float = 0) -> str:
    """A moment as the API reads it."""
    return (moment + timedelta(minutes=minutes)).isoformat()
