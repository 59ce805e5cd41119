from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import psycopg
import pytest

from apps.core.events import react
from apps.randomization.domain.events import ParticipantRandomized
from apps.supply.services import kits_dispense_after_randomization
from tests.apps.randomization import logins, worlds
from tests.factories.cast import Cast


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


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch) -> worlds.Verdicts:
    """Screening's verdicts, in the hand of the test."""
    return worlds.verdicts_install(monkeypatch)


@pytest.fixture
def ready(cast: Cast, at: datetime, verdicts: worlds.Verdicts) -> Cast:
    """The cast with a committed list and stock at Berlin: whoever is eligible can be drawn."""
    react(ParticipantRandomized, kits_dispense_after_randomization)
    worlds.list_make(cast, at=at)
    worlds.kits_make(cast, at=at, active=30, placebo=60)
    return cast
