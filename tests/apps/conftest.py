"""App tests run with the application's own rights, not the owner's: a missing grant fails here, not in the clinic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.backends.utils import CursorWrapper
from pytest_django.plugin import blocking_manager_key

from apps.accounts.models import User
from apps.accounts.selectors import SYSTEM_EMAIL
from tests.factories.cast import Cast, cast_make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Write the system's account again after a test that commits: the flush at its end takes every row.

    After the last test there is no test database any more, and nothing to write.
    """
    yield
    if nextitem is not None and _lasting(item):
        with item.config.stash[blocking_manager_key].unblock():
            _system_user_make()


def _lasting(item: Any) -> bool:
    marker = item.get_closest_marker("django_db")
    return "transactional_db" in item.fixturenames or bool(marker and marker.kwargs.get("transaction"))


@pytest.fixture(autouse=True)
def as_the_application(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give up the owner's rights for the test; the rollback at its end gives them back."""
    names = request.fixturenames
    if not {"db", "transactional_db"} & set(names):
        yield
        return
    lasting = _lasting(request.node)
    request.getfixturevalue("transactional_db" if lasting else "db")
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE vigil_app")
    yield
    if lasting:  # truncating the tables afterwards is the owner's business
        try:
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE")
                sealed_clear(cursor)
        except DatabaseError:
            connection.close()


def sealed_clear(cursor: CursorWrapper) -> None:
    """Empty the sealed tables as their owner may: they have no models, so no test runner's flush reaches them."""
    cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'sealed'")
    tables = [f"sealed.{name}" for (name,) in cursor.fetchall()]
    cursor.execute("SET ROLE vigil_sealed")
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    cursor.execute(f"TRUNCATE {', '.join(tables)}")
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    cursor.execute("RESET ROLE")


@pytest.fixture
def at() -> datetime:
    """The moment at which most tests happen: a Tuesday morning in winter."""
    return datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


@pytest.fixture
def cast(db: None, at: datetime) -> Cast:
    """One study, two sites, one person in each role, an outsider, and a fixed story."""
    return cast_make(at=at)


def _system_user_make() -> None:
    User.objects.get_or_create(email=SYSTEM_EMAIL, defaults={"full_name": "Vigil", "is_active": False})


@pytest.fixture
def committed_cast(transactional_db: None, at: datetime) -> Cast:
    """The cast of a test that commits; what it leaves behind is cleared after it."""
    return cast_make(at=at)


@pytest.fixture
def time_machine_at(at: datetime) -> Iterator[datetime]:
    """The wall clock stands at `at`, for views and tasks that read it."""
    import time_machine

    with time_machine.travel(at, tick=False):
        yield at
