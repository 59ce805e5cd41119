"""Both worlds, told and walked once for all tests that look at them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.apps.blind import telling
from tests.apps.blind.seen import Seen, see


@pytest.fixture(scope="session")
def worlds_seen(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Seen, Seen]]:
    """What was seen of world A and of world B. Nothing of it is left in the database."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            one, other = (telling.told(world, see) for world in telling.pair())
            transaction.set_rollback(True)
        connection.close()
        yield one, other
