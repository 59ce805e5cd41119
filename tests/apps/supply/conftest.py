from __future__ import annotations

from datetime import datetime

import pytest

from apps.core.events import react
from apps.randomization.domain.events import ParticipantRandomized
from apps.supply.services import kits_dispense_after_randomization
from tests.apps.randomization import worlds
from tests.factories.cast import Cast


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch) -> worlds.Verdicts:
    """Screening's verdicts, in the hand of the test."""
    return worlds.verdicts_install(monkeypatch)


@pytest.fixture
def ready(cast: Cast, at: datetime, verdicts: worlds.Verdicts) -> Cast:
    """The cast with a committed list and stock at Berlin."""
    react(ParticipantRandomized, kits_dispense_after_randomization)
    worlds.list_make(cast, at=at)
    worlds.kits_make(cast, at=at, active=60, placebo=90)
    return cast
