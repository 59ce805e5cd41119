from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine

from apps.accounts.models import User
from apps.dosing.models import DosingSession
from apps.studies.domain.permissions import Role
from tests.apps.monitoring.scene import Nurse, seat
from tests.apps.monitoring.watch import MINUTE
from tests.factories.cast import Cast, delegate, person_make


@pytest.fixture
def session(cast: Cast, at: datetime) -> DosingSession:
    """Chair 1 in Berlin; the first spray is given at this moment."""
    return seat(cast, at=at)


@pytest.fixture
def nurse(cast: Cast, session: DosingSession) -> Nurse:
    """Nadia at chair 1."""
    return Nurse(session, cast.nurse)


@pytest.fixture
def second(cast: Cast, at: datetime) -> User:
    """Another nurse of Berlin."""
    nurse = person_make("Nils Berg")
    delegate(nurse, Role.SESSION_NURSE, study=cast.study, site=cast.site, at=at)
    return nurse


@pytest.fixture
def moment(at: datetime) -> Iterator[datetime]:
    """Forty minutes after the first spray; the server's clock stands there."""
    with time_machine.travel(at + 40 * MINUTE, tick=False):
        yield at + 40 * MINUTE


@pytest.fixture
def quarter(at: datetime) -> Iterator[datetime]:
    """A quarter of an hour after the first spray; the server's clock stands there."""
    with time_machine.travel(at + 15 * MINUTE, tick=False):
        yield at + 15 * MINUTE
