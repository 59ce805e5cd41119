"""What the clock makes of a watch."""

from __future__ import annotations

from datetime import datetime

from apps.accounts.selectors import system_user
from apps.dosing.models import DosingSession
from apps.monitoring import services
from apps.monitoring.domain.watchers import WatchAct
from apps.monitoring.models import Finding, WatchChange
from apps.monitoring.selectors import watch
from apps.monitoring.tasks import unwatched_findings_raise
from apps.studies.models import Delegation
from tests.apps.monitoring.scene import seat
from tests.apps.monitoring.watch import MINUTE, leave, take
from tests.factories.cast import Cast


def ticks(at: datetime) -> int:
    return services.unwatched_findings_raise(by=system_user(), at=at)


def test_each_gap_is_told_once_after_the_minutes_of_the_protocol(
    cast: Cast, session: DosingSession, at: datetime
) -> None:
    take(session, cast.nurse, at)
    leave(session, cast.nurse, at + 10 * MINUTE)
    assert [ticks(at + minute * MINUTE) for minute in (11, 12, 13, 14)] == [0, 0, 1, 0]
    finding = Finding.objects.get(rule="UNWATCHED")
    assert (finding.severity, finding.raised_at, finding.notify) == (
        "urgent", at + 12 * MINUTE, ["SESSION_NURSE", "INVESTIGATOR"],
    )  # fmt: skip
    seen = watch(viewer=cast.nurse, session_id=session.pk, now=at + 14 * MINUTE)
    assert [entry.rule for entry in seen.unacknowledged] == ["UNWATCHED"]
    take(session, cast.nurse, at + 15 * MINUTE, version=2)
    seen = watch(viewer=cast.nurse, session_id=session.pk, now=at + 15 * MINUTE)
    assert seen.unacknowledged == ()
    leave(session, cast.nurse, at + 20 * MINUTE, version=3)
    assert ticks(at + 23 * MINUTE) == 1


def test_nobody_is_missed_before_the_spray_or_after_the_end(cast: Cast, at: datetime) -> None:
    seat(cast, at=at, minutes=None)
    seat(cast, at=at, minutes=300, chair=2, number="DE01-0002", state="DISCHARGED", ended_at=at)
    assert ticks(at + 60 * MINUTE) == 0


def test_who_loses_the_delegation_loses_the_watch(cast: Cast, session: DosingSession, at: datetime) -> None:
    take(session, cast.nurse, at)
    assert services.watches_lapse(by=system_user(), at=at + MINUTE) == 0
    Delegation.objects.filter(user=cast.nurse).update(ends_at=at + 2 * MINUTE)
    assert services.watches_lapse(by=system_user(), at=at + 3 * MINUTE) == 1
    change = WatchChange.objects.get(ordinal=2)
    assert (change.act, change.from_person, change.to_person, change.at) == (
        WatchAct.LAPSED, cast.nurse, None, at + 3 * MINUTE,
    )  # fmt: skip


def test_the_task_is_both_services_by_the_system(cast: Cast, session: DosingSession, at: datetime) -> None:
    import time_machine

    with time_machine.travel(at + 5 * MINUTE, tick=False):
        unwatched_findings_raise()
        unwatched_findings_raise()
    assert Finding.objects.get(rule="UNWATCHED").recorded_by == system_user()
