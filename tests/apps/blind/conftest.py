"""Both worlds, told and walked once for all tests that look at them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.apps.blind import telling
from tests.apps.blind.seen import Seen, see

_OPTION = """
DO $$
DECLARE
    one regclass;
BEGIN
    FOR one IN
        SELECT format('%%I.%%I', schemaname, tablename)::regclass FROM pg_tables WHERE tableowner = current_user
    LOOP
        EXECUTE format('ALTER TABLE %%s %s', one);
    END LOOP;
END
$$
"""


@contextmanager
def vacuum_rests() -> Iterator[None]:
    """Keep the database from clearing up and counting behind the first world's back while the second is told.

    Where a row comes to lie, and so in which order one statement meets several, would then depend on how busy the
    machine is. Like the clock, that is nothing the two worlds tell apart.
    """
    _for_all_tables("SET (autovacuum_enabled = off)")
    try:
        yield
    finally:
        _for_all_tables("RESET (autovacuum_enabled)")


def _for_all_tables(option: str) -> None:
    with connection.cursor() as cursor:
        for role in ("vigil_sealed", None):
            cursor.execute(f"SET ROLE {role}" if role else "RESET ROLE")
            cursor.execute(_OPTION % option)


@pytest.fixture(scope="session")
def worlds_seen(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Seen, Seen]]:
    """What was seen of world A and of world B. Nothing of it is left in the database."""
    with django_db_blocker.unblock():
        with vacuum_rests(), transaction.atomic():
            one, other = (telling.told(world, see) for world in telling.pair())
            transaction.set_rollback(True)
        connection.close()
        yield one, other
