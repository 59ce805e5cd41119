from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.accounts.selectors import system_user
from apps.audit.models import AuditEvent
from apps.core.exceptions import NotAllowed, NotFound
from apps.monitoring import services
from apps.monitoring.models import Finding
from apps.monitoring.selectors import watch
from apps.monitoring.tasks import overdue_findings_raise
from tests.apps.monitoring.scene import CALM, Nurse, seat
from tests.factories.cast import Cast

MINUTE = timedelta(minutes=1)


def overdue_keys() -> list[str]:
    return sorted(Finding.objects.filter(rule="OVERDUE").values_list("key", flat=True))


def raise_at(moment: datetime) -> int:
    return services.overdue_findings_raise(by=system_user(), at=moment)


def test_a_slot_that_passed_becomes_one_finding_however_often_the_clock_ticks(
    nurse: Nurse, at: datetime
) -> None:
    assert raise_at(at + 20 * MINUTE) == 0
    assert raise_at(at + 21 * MINUTE) == 1
    assert raise_at(at + 22 * MINUTE) == 0
    finding = Finding.objects.get()
    assert (finding.key, finding.raised_at, finding.observation) == ("OVERDUE:15", at + 20 * MINUTE, None)
    assert "Oxygen saturation, MOAA/S" in finding.message
    assert AuditEvent.objects.get(kind="finding.raised").actor_id == system_user().pk


def test_what_was_recorded_or_entered_as_not_done_is_not_overdue(nurse: Nurse, at: datetime) -> None:
    nurse.records(at + 15 * MINUTE, slot=15, spo2=97, moaas=5)
    nurse.records(at + 30 * MINUTE, slot=30, not_done={"spo2": "Asleep", "moaas": "Asleep"})
    assert raise_at(at + 36 * MINUTE) == 0


def test_nobody_is_overdue_before_the_spray_or_after_the_end(cast: Cast, at: datetime) -> None:
    seat(cast, at=at, minutes=None)
    seat(cast, at=at, minutes=300, chair=2, number="DE01-0002", state="DISCHARGED", ended_at=at)
    assert raise_at(at + 400 * MINUTE) == 0


def test_the_task_is_the_service_by_the_system(nurse: Nurse, at: datetime) -> None:
    import time_machine

    with time_machine.travel(at + 48 * MINUTE, tick=False):
        overdue_findings_raise()
        overdue_findings_raise()
    assert overdue_keys() == ["OVERDUE:15", "OVERDUE:30", "OVERDUE:40"]


def test_a_finding_is_acknowledged_once_by_the_first(cast: Cast, nurse: Nurse, at: datetime) -> None:
    nurse.records(at + MINUTE, moaas=2)
    finding = Finding.objects.get(rule="E6")
    services.finding_acknowledge(finding_id=finding.pk, by=cast.nurse, at=at + 2 * MINUTE)
    services.finding_acknowledge(finding_id=finding.pk, by=cast.investigator, at=at + 3 * MINUTE)
    finding.refresh_from_db()
    assert (finding.acknowledged_by, finding.acknowledged_at) == (cast.nurse, at + 2 * MINUTE)
    assert AuditEvent.objects.filter(kind="finding.acknowledged").count() == 1


def test_acknowledging_ends_nothing(cast: Cast, nurse: Nurse, at: datetime) -> None:
    nurse.records(at + MINUTE, moaas=2)
    services.finding_acknowledge(
        finding_id=Finding.objects.get(rule="E6").pk, by=cast.nurse, at=at + 2 * MINUTE
    )
    seen = watch(viewer=cast.nurse, session_id=nurse.session.pk, now=at + 3 * MINUTE)
    assert seen.unacknowledged == ()
    assert [finding.rule for finding in seen.open_findings] == ["E6"]
    nurse.records(at + 6 * MINUTE, moaas=5)
    assert watch(viewer=cast.nurse, session_id=nurse.session.pk, now=at + 7 * MINUTE).open_findings == ()


def test_an_overdue_finding_needs_no_note_once_the_slot_is_recorded(
    cast: Cast, nurse: Nurse, at: datetime
) -> None:
    raise_at(at + 21 * MINUTE)
    assert (
        len(watch(viewer=cast.nurse, session_id=nurse.session.pk, now=at + 22 * MINUTE).unacknowledged) == 1
    )
    nurse.records(at + 22 * MINUTE, slot=15, spo2=97, moaas=5, late_reason="Busy")
    assert watch(viewer=cast.nurse, session_id=nurse.session.pk, now=at + 23 * MINUTE).unacknowledged == ()


def test_who_may_only_read_cannot_acknowledge_and_others_find_nothing(
    cast: Cast, nurse: Nurse, at: datetime
) -> None:
    nurse.records(at + MINUTE, **{**CALM, "moaas": 2})
    finding = Finding.objects.get(rule="E6")
    for user in (cast.monitor, cast.coordinator, cast.physician):
        with pytest.raises(NotAllowed):
            services.finding_acknowledge(finding_id=finding.pk, by=user, at=at + MINUTE)
    for user in (cast.rater, cast.sponsor, cast.statistician, cast.other_nurse, cast.outsider):
        with pytest.raises(NotFound):
            services.finding_acknowledge(finding_id=finding.pk, by=user, at=at + MINUTE)
    finding.refresh_from_db()
    assert finding.acknowledged_at is None
