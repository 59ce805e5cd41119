"""The stream in the database gives the same numbers as the stream in Python, so either can replay the other."""

from __future__ import annotations

import hmac
import random

import psycopg
import pytest

from apps.randomization.domain.stream import Stream

pytestmark = pytest.mark.django_db


def test_the_sealed_hmac_is_the_standard_one(owner_login: psycopg.Connection) -> None:
    chance = random.Random(20260310)
    for length in (0, 1, 31, 64, 200):
        key, message = chance.randbytes(32), chance.randbytes(length)
        row = owner_login.execute("SELECT sealed.hmac(%s, %s)", [key, message]).fetchone()
        assert row is not None
        assert bytes(row[0]) == hmac.digest(key, message, "sha256")


@pytest.mark.parametrize("bound", [1, 2, 20, 1000, 2**31, 2**63 + 1, 2**64 - 1, 2**64])
def test_the_sealed_stream_gives_the_numbers_of_the_stream_in_python(
    owner_login: psycopg.Connection, bound: int
) -> None:
    """A bound just above half of the cycle rejects about every second number, so blocks after the first count."""
    chance = random.Random(bound)
    for _ in range(25):
        seed, label = chance.randbytes(32), f"min/T.MAIN/{chance.randrange(10**6)}"
        row = owner_login.execute(
            "SELECT sealed.stream_below(%s, %s, %s::numeric)", [seed, label, bound]
        ).fetchone()
        assert row is not None
        assert int(row[0]) == Stream(seed=seed, label=label).below(bound)
