"""The visits a protocol asks for, what each is called at a moment, and what may be done with it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.schedule.domain.acts import appointment_reasons, holding_reasons, missing_reasons
from apps.schedule.domain.planning import closing_code, first_dose_code, visits_planned
from apps.schedule.domain.status import VisitStatus, visit_status
from apps.schedule.domain.windows import Window
from apps.studies.domain.loading import SHIPPED, load
from apps.studies.domain.protocol.visits import Spacing

BERLIN = ZoneInfo("Europe/Berlin")
T2 = load(SHIPPED / "transform_2.yaml")
OPEN = Window(
    opens_at=datetime(2026, 3, 12, 23, tzinfo=UTC),
    target_date=date(2026, 3, 14),
    closes_at=datetime(2026, 3, 15, 23, tzinfo=UTC),
)
NOON = datetime(2026, 3, 14, 11, tzinfo=UTC)


def test_transform_2_doses_on_its_eight_days_and_ends_on_day_28() -> None:
    planned = visits_planned(protocol=T2, first_dose_date=date(2026, 3, 10), tz=BERLIN)
    assert [visit.day for visit in planned if visit.is_dose] == [1, 4, 8, 11, 15, 18, 22, 25]
    assert [visit.code for visit in planned] == [
        "D1",
        "D2",
        "D4",
        "D8",
        "D11",
        "D15",
        "D18",
        "D22",
        "D25",
        "D28",
    ]
    assert planned[-1].window.target_date == date(2026, 4, 6)
    assert (first_dose_code(T2), closing_code(T2)) == ("D1", "D28")


@pytest.mark.parametrize(
    ("now", "held", "missed", "expected"),
    [
        (OPEN.opens_at - timedelta(seconds=1), None, None, VisitStatus.PLANNED),
        (OPEN.opens_at, None, None, VisitStatus.DUE),
        (OPEN.closes_at, None, None, VisitStatus.OVERDUE),
        (OPEN.closes_at, NOON, None, VisitStatus.HELD),
        (OPEN.closes_at, None, NOON, VisitStatus.MISSED),
    ],
)
def test_a_visit_is_called_by_its_facts_and_the_hour(now: Any, held: Any, missed: Any, expected: Any) -> None:
    assert visit_status(window=OPEN, held_at=held, missed_at=missed, now=now) is expected


def appointment(**changed: Any) -> list[str]:
    given: dict[str, Any] = {
        "status": VisitStatus.DUE,
        "window": OPEN,
        "planned_at": NOON,
        "now": NOON - timedelta(days=1),
        "tz": BERLIN,
        "is_dose": True,
        "chair": 2,
        "chairs": 4,
        "other_doses": [date(2026, 3, 10)],
        "spacing": Spacing(min_days_between_doses=2, max_doses_per_week=2),
        **changed,
    }
    return [reason.code for reason in appointment_reasons(**given)]


def test_an_appointment_that_fits_has_nothing_against_it() -> None:
    assert appointment() == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"status": VisitStatus.HELD}, "visit_held"),
        ({"status": VisitStatus.MISSED}, "visit_missed"),
        ({"now": NOON + timedelta(seconds=1)}, "in_the_past"),
        ({"planned_at": OPEN.closes_at}, "window_closed"),
        ({"planned_at": OPEN.opens_at - timedelta(minutes=1)}, "window_not_open"),
        ({"other_doses": [date(2026, 3, 13)]}, "doses_too_close"),
        ({"chair": 5}, "no_such_chair"),
        ({"chair": 0}, "no_such_chair"),
        ({"is_dose": False}, "no_chair_needed"),
    ],
)
def test_each_ground_against_an_appointment_is_named(changed: dict[str, Any], code: str) -> None:
    assert code in appointment(**changed)


def test_all_grounds_come_together() -> None:
    found = appointment(
        now=OPEN.closes_at + timedelta(days=9),
        planned_at=OPEN.closes_at,
        chair=9,
        other_doses=[date(2026, 3, 15)],
    )
    assert found == ["in_the_past", "window_closed", "doses_too_close", "no_such_chair"]


def test_the_first_dose_has_no_window_of_its_own() -> None:
    assert appointment(window=None, planned_at=OPEN.closes_at + timedelta(days=3), other_doses=[]) == []


def test_a_visit_cannot_be_missed_before_its_window_nor_without_a_reason() -> None:
    early = OPEN.opens_at - timedelta(days=1)
    found = missing_reasons(status=VisitStatus.PLANNED, window=OPEN, reason=" ", now=early, tz=BERLIN)
    assert [reason.code for reason in found] == ["window_not_open", "reason_needed"]
    assert missing_reasons(status=VisitStatus.OVERDUE, window=OPEN, reason="Ill", now=NOON, tz=BERLIN) == ()


def test_a_visit_held_after_its_window_is_a_fact_and_before_it_a_slip() -> None:
    late = OPEN.closes_at + timedelta(hours=2)
    assert holding_reasons(status=VisitStatus.OVERDUE, window=OPEN, held_at=late, now=late, tz=BERLIN) == ()
    early = OPEN.opens_at - timedelta(hours=2)
    found = holding_reasons(status=VisitStatus.DUE, window=OPEN, held_at=early, now=NOON, tz=BERLIN)
    assert [reason.code for reason in found] == ["window_not_open"]
    ahead = holding_reasons(
        status=VisitStatus.DUE, window=OPEN, held_at=NOON + timedelta(hours=1), now=NOON, tz=BERLIN
    )
    assert [reason.code for reason in ahead] == ["in_the_future"]
