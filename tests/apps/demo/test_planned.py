"""The study in set-up is whole but for participants: it passes its rehearsal as it stands."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from apps.accounts.selectors import system_user
from apps.demo.services import PLANNED, planned_study_seed
from apps.participants.models import Participant
from apps.studies.models import Study
from tests.apps.rehearsal import worlds

pytestmark = pytest.mark.django_db


def test_the_study_in_set_up_passes_its_rehearsal() -> None:
    now = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    planned_study_seed(tell=lambda stage: None, by=system_user(), at=now)
    study = Study.objects.get(code=PLANNED.code)
    assert study.state == "SETUP"
    run, said = worlds.rehearse(study, participants=1)
    assert (run.state, run.findings) == ("PASSED", []), said
    assert not Participant.objects.filter(study=study).exists()
