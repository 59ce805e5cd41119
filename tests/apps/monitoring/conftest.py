from __future__ import annotations

from datetime import datetime

import pytest

from apps.accounts.models import User
from apps.dosing.models import DosingSession
from apps.studies.domain.permissions import Role
from tests.apps.monitoring.scene import Nurse, seat
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
