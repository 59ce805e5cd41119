"""The finished trial is made once for all tests that look at it."""

from __future__ import annotations

import pytest

from apps.demo.domain.analysis import trial_records
from apps.demo.domain.trial import generate_finished_trial
from apps.demo.domain.values import DemoTrial
from apps.endpoints.domain.values import TrialRecords


@pytest.fixture(scope="session")
def trial() -> DemoTrial:
    return generate_finished_trial()


@pytest.fixture(scope="session")
def records(trial: DemoTrial) -> TrialRecords:
    return trial_records(trial)
