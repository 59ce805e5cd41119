"""Acts of a session as the tests take them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.core.exceptions import Refused
from apps.dosing.models import DosingSession
from apps.dosing.services import (
    gates_record,
)
from tests.factories.cast import Cast

BERLIN = ZoneInfo("Europe/Berlin")


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


def answer(cast: Cast, session: DosingSession, *, at: datetime, **answers: Any) -> DosingSession:
    return gates_record(session_id=session.pk, answers=answers, version=session.version, by=cast.nurse, at=at)
