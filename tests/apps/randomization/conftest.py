from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.apps.randomization import logins


@pytest.fixture
def app_login(db: None) -> Iterator[psycopg.Connection]:
    """The web's own login, really connected."""
    with logins.connect("vigil_app") as connection:
        yield connection


@pytest.fixture
def unblinded_login(db: None) -> Iterator[psycopg.Connection]:
    """The unblinded worker's login, really connected."""
    with logins.connect("vigil_unblinded") as connection:
        yield connection


@pytest.fixture
def owner_login(db: None) -> Iterator[psycopg.Connection]:
    """The owner's login, to look at the truth."""
    with logins.connect("vigil_owner") as connection:
        yield connection
