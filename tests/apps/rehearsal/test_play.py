"""The play goes through the real services, leaves nothing behind, and a sound study passes."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.apps.rehearsal import worlds

pytestmark = pytest.mark.django_db


def test_a_sound_study_passes(at: datetime, time_machine_at: datetime) -> None:
    made = worlds.set_up(at=at)
    run, said = worlds.rehearse(made.study)
    assert run.findings == [], said
    assert run.state == "PASSED", said
    print(said)
