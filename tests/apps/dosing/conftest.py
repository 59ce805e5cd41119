from __future__ import annotations

from datetime import datetime

import pytest

from apps.participants.models import Participant
from tests.factories.cast import Cast
from tests.factories.treatment import (
    in_treatment,
    stock_make,
)


@pytest.fixture
def person(cast: Cast, at: datetime) -> Participant:
    stock_make(cast, at=at)
    return in_treatment(cast, at=at)
