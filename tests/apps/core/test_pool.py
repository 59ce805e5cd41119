"""A pooled connection is taken as it is while nothing came in on it, and never handed out dead."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from config import pool as house
from config.pool import Connection


@pytest.fixture
def pool() -> Iterator[ConnectionPool[Connection]]:
    with ConnectionPool(
        os.environ["DATABASE_URL"],
        connection_class=Connection,
        kwargs={"autocommit": True},
        min_size=1,
        max_size=1,
        check=ConnectionPool.check_connection,
    ) as made:
        yield made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was really sent to the server by `execute`."""
    found: list[str] = []
    usual = psycopg.Connection.execute

    def spied(self: psycopg.Connection, query: str, *given: object, **options: object) -> object:
        found.append(query)
        return usual(self, query, *given, **options)

    monkeypatch.setattr(psycopg.Connection, "execute", spied)
    return found


def test_a_connection_in_use_is_not_asked_again(pool: ConnectionPool[Connection], asked: list[str]) -> None:
    for _ in range(3):
        with pool.connection() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert asked == ["", "SELECT 1", "SELECT 1", "SELECT 1"]


def test_after_a_silence_it_is_asked(
    pool: ConnectionPool[Connection], asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house, "TRUSTED_FOR", 0.0)
    for _ in range(2):
        with pool.connection():
            pass
    assert asked == ["", ""]


def test_one_that_the_server_ended_is_not_handed_out(pool: ConnectionPool[Connection]) -> None:
    with pool.connection() as connection:
        ended = connection.info.backend_pid
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
    with pool.connection() as connection:
        assert connection.info.backend_pid != ended
        assert connection.execute("SELECT 1").fetchone() == (1,)
