from __future__ import annotations

from datetime import datetime

import pytest

from apps.accounts.selectors import system_user
from apps.rehearsal.domain.configuration import parts
from apps.rehearsal.models import RehearsalRun
from apps.rehearsal.selectors import configuration_read
from apps.rehearsal.services import rehearsal_begin, rehearsal_finish, rehearsal_prepare
from apps.rehearsal.services.performing import Outcome
from tests.apps.rehearsal import worlds


@pytest.fixture
def made(db: None, at: datetime) -> worlds.SetUp:
    """A sound study in set-up."""
    return worlds.set_up(at=at)


@pytest.fixture
def passed(made: worlds.SetUp, at: datetime) -> RehearsalRun:
    """Its rehearsal as it stands after the command, without the minutes of the play."""
    by = system_user()
    with worlds.as_owner():
        run = rehearsal_prepare(study=made.study, participants=1, seed=1, by=by, at=at)
        rehearsal_begin(run_id=run.pk, by=by, at=at)
        found = parts(configuration_read(study=made.study, now=at))
        outcome = Outcome((), found, {"sessions played": 8})
        return rehearsal_finish(run_id=run.pk, outcome=outcome, by=by, at=at)
