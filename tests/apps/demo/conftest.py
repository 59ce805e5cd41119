"""The seeded studies, each made once for a module with the owner's login and rolled back at its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from apps.accounts.selectors import system_user
from apps.demo.services import finished_study_seed, running_study_seed
from apps.studies.models import Study

#: A Tuesday morning in Berlin, midnight in Los Angeles.
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def rolled_back(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """One transaction around a module: its tests see what was seeded, and nothing of it stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def finished(rolled_back: None) -> Study:
    """The finished study, whole."""
    finished_study_seed(tell=lambda stage: None, by=system_user(), at=NOW)
    return Study.objects.get(code="t2-demo")


@pytest.fixture(scope="module")
def running(rolled_back: None) -> Study:
    """The running study as it stands at `NOW`."""
    running_study_seed(tell=lambda stage: None, by=system_user(), at=NOW)
    return Study.objects.get(code="t2-live")
