"""An observation judged as its session is at the moment of writing, by the rights that access would give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from apps.core.exceptions import Conflict
from apps.monitoring import selectors, services
from apps.monitoring.models import Observation
from apps.monitoring.services import observations
from apps.studies import access
from apps.studies.domain.permissions import Permission
from tests.apps.monitoring.scene import CALM, NO_DISSOCIATION, Nurse
from tests.factories.cast import Cast

MINUTE = timedelta(minutes=1)


def test_a_session_that_moved_on_meanwhile_is_judged_as_it_is(
    cast: Cast, nurse: Nurse, quarter: datetime
) -> None:
    key = uuid4()
    read = selectors.recording(
        viewer_id=cast.nurse.pk, session_id=nurse.session.pk, observation_id=key, now=quarter
    )
    before = nurse.session.dosed_at - 5 * MINUTE
    nurse.records(quarter, slot=-1, observed_at=before, late_reason="tablet was charging", **CALM)
    observation, created = services.observation_record(
        observation_id=key,
        session_id=nurse.session.pk,
        slot_minute=15,
        values={"sbp": 150, "dbp": 110, "cadss_items": NO_DISSOCIATION},
        observed_at=quarter,
        entered_at=quarter,
        confirmed=["sbp", "dbp"],
        by=cast.nurse,
        at=quarter,
        read=read,
    )
    assert created
    assert "+28/+32 mmHg from predose" in " ".join(finding.message for finding in observation.raised)


def test_an_identifier_taken_meanwhile_is_known_or_refused(
    cast: Cast, nurse: Nurse, quarter: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, usual = uuid4(), observations._read
    read = selectors.recording(
        viewer_id=cast.nurse.pk, session_id=nurse.session.pk, observation_id=key, now=quarter
    )
    first, _ = nurse.records(quarter, slot=15, id=key, **CALM)
    monkeypatch.setattr(observations, "_read", _first_then(read, usual))
    assert nurse.records(quarter, slot=15, id=key, **CALM) == (first, False)
    monkeypatch.setattr(observations, "_read", _first_then(read, usual))
    with pytest.raises(Conflict):
        nurse.records(quarter, slot=15, id=key, **{**CALM, "hr": 70})
    assert Observation.objects.count() == 1


def test_where_it_never_stands_still_the_session_is_locked_first(
    nurse: Nurse, quarter: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observations, "UNLOCKED_TRIES", 0)
    assert nurse.records(quarter, slot=15, **CALM)[1]


def _first_then(read: Any, usual: Callable[..., Any]) -> Callable[..., Any]:
    waiting = [read]
    return lambda *args, **given: waiting.pop() if waiting else usual(*args, **given)


def test_the_function_tells_the_roles_that_access_would(cast: Cast, at: datetime) -> None:
    from django.db import connection

    for user in cast.by_role.values():
        for site in (cast.site, cast.other_site):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT studies_roles_at(%s, %s, %s, %s)", [user.pk, site.pk, cast.study.pk, at]
                )
                roles = cursor.fetchone()[0]
            for permission in Permission:
                assert access.roles_allow(roles, permission) == access.can(
                    user=user, permission=permission, now=at, site_id=site.pk
                )
