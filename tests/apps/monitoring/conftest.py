from __future__ import annotations

from datetime import datetime

import pytest

from apps.dosing.models import DosingSession
from tests.apps.monitoring.scene import Nurse, seat
from tests.factories.cast import Cast


@pytest.fixture
def session(cast: Cast, at: datetime) -> DosingSession:
    """Chair 1 in Berlin; the first spray is given at this moment."""
    return seat(cast, at=at)


@pytest.fixture
def nurse(cast: Cast, session: DosingSession) -> Nurse:
    """Nadia at chair 1."""
    return Nurse(session, cast.nurse)
