"""The clock of the monitoring data sheet: told before it runs out and when it is late, until the sheet is sent."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.accounts.selectors import system_user
from apps.dosing.models import DosingSession
from apps.papers.services import sheet_sending_record
from apps.reminders.models import Reminder
from apps.reminders.services import reminders_collect
from tests.apps.monitoring.scene import seat
from tests.factories.cast import Cast

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def over(cast: Cast, at: datetime) -> DosingSession:
    """A session held on this day: its sheet is due by the seventh after it, at midnight in Berlin (23:00 UTC)."""
    return seat(cast, at=at, minutes=130, state="DISCHARGED", ended_at=at - timedelta(minutes=5))


def told(at: datetime) -> list[tuple[str, str]]:
    """Collect at this moment; return rule and recipient of what is new."""
    before = set(Reminder.objects.values_list("pk", flat=True))
    reminders_collect(by=system_user(), at=at)
    new = Reminder.objects.exclude(pk__in=before).filter(code__startswith="SHEET").order_by("code")
    return [(row.code, row.recipient.full_name) for row in new]


def test_the_coordinator_is_told_two_days_before_and_each_day_until_it_is_sent(
    cast: Cast, over: DosingSession, at: datetime
) -> None:
    coordinator = cast.coordinator.full_name
    first = at.replace(hour=23) + 5 * DAY
    assert told(first - HOUR) == []
    assert told(first) == [("SHEET_DUE", coordinator)]
    assert told(first + HOUR) == []
    assert told(first + DAY) == [("SHEET_DUE", coordinator)]
    row = Reminder.objects.filter(code="SHEET_DUE").earliest("due_at")
    assert row.subject == "DE01-0001: A monitoring data sheet is to be sent."
    assert "Day 8, due by 17 Mar 2026" in row.body
    sheet_sending_record(
        session_id=over.pk, sent_on=(first + DAY).date(), by=cast.coordinator, at=first + DAY + HOUR
    )
    assert told(first + 2 * DAY) == []
    assert told(first + 4 * DAY) == []


def test_the_investigator_is_told_once_it_is_late_and_not_forever(
    cast: Cast, over: DosingSession, at: datetime
) -> None:
    late = at.replace(hour=23) + 7 * DAY
    assert ("SHEET_LATE", cast.investigator.full_name) not in told(late - HOUR)
    assert ("SHEET_LATE", cast.investigator.full_name) in told(late)
    assert told(late + 9 * DAY) == []


def test_a_session_that_runs_and_one_without_a_dose_have_no_sheet_to_send(cast: Cast, at: datetime) -> None:
    seat(cast, at=at, minutes=30)
    seat(cast, at=at, minutes=None, chair=2, number="DE01-0002", state="STOPPED", ended_at=at)
    assert told(at.replace(hour=23) + 7 * DAY) == []
