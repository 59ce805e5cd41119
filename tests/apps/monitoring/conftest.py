from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine

from apps.accounts.models import User
from apps.dosing.models import DosingSession
from apps.monitoring import services
from apps.studies.domain.permissions import Role
from tests.apps.monitoring.scene import Nurse, seat
from tests.apps.monitoring.watch import MINUTE, take
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


@pytest.fixture
def attended(cast: Cast, second: User, at: datetime) -> Iterator[DosingSession]:
    """Two hours: Nadia, after 50 minutes nobody for 8, then Nils; a prescriber from minute 10 on."""
    session = seat(cast, at=at, number="DE01-0001")
    take(session, cast.nurse, at)
    services.prescriber_mark(site_id=cast.site.pk, on_site=True, by=cast.investigator, at=at + 10 * MINUTE)
    services.watch_leave(expected={session.pk: 1}, reason="Alarm", by=cast.nurse, at=at + 50 * MINUTE)
    take(session, second, at + 58 * MINUTE, version=2)
    DosingSession.objects.filter(pk=session.pk).update(state="DISCHARGED", ended_at=at + 125 * MINUTE)
    with time_machine.travel(at + 180 * MINUTE, tick=False):
        yield session
