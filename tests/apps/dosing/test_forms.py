"""A time of day typed at the chair, and the moment it means."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from apps.dosing.forms import gate_answers, number, wall_clock
from apps.studies.domain.loading import SHIPPED, load

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 10, 9, 4, 30, tzinfo=UTC)  # 10:04:30 in Berlin


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("10:04", "2026-03-10T09:04:00+00:00"),
        ("10:04:30", "2026-03-10T09:04:30+00:00"),
        ("00:00", "2026-03-09T23:00:00+00:00"),
        ("20:15", "2026-03-09T19:15:00+00:00"),
        ("11:30", "2026-03-09T10:30:00+00:00"),
    ],
)
def test_a_time_is_the_latest_one_that_is_not_in_the_future(typed: str, meant: str) -> None:
    found = wall_clock(typed, now=NOW, tz=BERLIN)
    assert found is not None
    assert found.isoformat() == meant


def test_a_minute_too_many_is_a_slip_and_not_nearly_a_day_ago() -> None:
    """10:05 typed at 10:04 must not let a meal of this minute pass for one of yesterday."""
    found = wall_clock("10:05", now=NOW, tz=BERLIN)
    assert found is not None
    assert found > NOW


def test_the_hour_that_comes_twice_is_the_later_one_once_it_has_come() -> None:
    """25 October 2026: 02:30 in Berlin is 00:30 and again 01:30 UTC."""
    for now, meant in (
        (datetime(2026, 10, 25, 0, 50, tzinfo=UTC), "2026-10-25T00:30:00+00:00"),
        (datetime(2026, 10, 25, 1, 50, tzinfo=UTC), "2026-10-25T01:30:00+00:00"),
    ):
        found = wall_clock("02:30", now=now, tz=BERLIN)
        assert found is not None
        assert found.isoformat() == meant


@pytest.mark.parametrize("typed", ["", "25:00", "noon", "10:05+02:00", "10", "\x00"])
def test_what_is_no_time_of_day_is_none(typed: str) -> None:
    found = wall_clock(typed, now=NOW, tz=BERLIN)
    assert found is None or typed == "10", "an hour alone is a time to Python"


def test_gates_left_empty_are_left_out() -> None:
    protocol = load(SHIPPED / "transform_2.yaml")
    sent = {
        "gate-BP-sbp": "126",
        "gate-BP-dbp": "",
        "gate-FOOD": "",
        "gate-ESCORT": "perhaps",
        "gate-SPO2": " 97,5 ",
    }
    assert gate_answers(protocol, sent, now=NOW, tz=BERLIN) == {
        "BP": {"sbp": 126, "dbp": ""},
        "SPO2": {"value": 97.5},
    }


@pytest.mark.parametrize(
    ("typed", "read"), [("126", 126), ("36,6", 36.6), ("x", "x"), ("nan", "nan"), ("1e999", "1e999")]
)
def test_a_number_is_read_as_people_write_it(typed: str, read: object) -> None:
    assert number(typed) == read
