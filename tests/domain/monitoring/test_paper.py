"""Times and digits as they stand on paper."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.monitoring.domain.paper import PaperRow, digits_as_items, moment_on_paper, row_reasons

BERLIN = ZoneInfo("Europe/Berlin")
CHECKED_IN = datetime(2026, 3, 10, 9, 20, 40, tzinfo=UTC)  # 10:20 in Berlin


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        (time(10, 20), datetime(2026, 3, 10, 9, 20, tzinfo=UTC)),
        (time(11, 41), datetime(2026, 3, 10, 10, 41, tzinfo=UTC)),
        (time(0, 5), datetime(2026, 3, 10, 23, 5, tzinfo=UTC)),
        (time(10, 19), datetime(2026, 3, 11, 9, 19, tzinfo=UTC)),
    ],
)
def test_a_clock_is_read_from_the_check_in_on(clock: time, expected: datetime) -> None:
    assert moment_on_paper(clock, zone=BERLIN, since=CHECKED_IN) == expected


def test_in_the_night_of_two_hours_the_first_at_or_after_the_check_in_counts() -> None:
    evening = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)  # 01:00 summer time
    assert moment_on_paper(time(2, 30), zone=BERLIN, since=evening) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45 summer time
    assert moment_on_paper(time(2, 30), zone=BERLIN, since=between) == datetime(
        2026, 10, 25, 1, 30, tzinfo=UTC
    )


@given(st.times(), st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001 - zoned below
def test_a_moment_shows_the_clock_it_was_read_from(clock: time, since: datetime) -> None:
    found = moment_on_paper(clock, zone=BERLIN, since=since.replace(tzinfo=UTC))
    local = found.astimezone(BERLIN)
    # In the night an hour is left out, the clock on the paper never was; it is put where it would have been.
    skipped = (
        local.replace(tzinfo=None) - local.replace(tzinfo=None, hour=clock.hour, minute=clock.minute)
    ).seconds
    assert skipped in (0, 3600)
    assert timedelta(minutes=-1) <= found - since.replace(tzinfo=UTC) <= timedelta(hours=26)


def test_digits_are_items_and_what_is_none_is_kept_to_be_named() -> None:
    assert digits_as_items("012 34") == {"1": 0, "2": 1, "3": 2, "4": 3, "5": 4}
    assert digits_as_items("0x") == {"1": 0, "2": "x"}
    assert digits_as_items("0²") == {"1": 0, "2": "²"}
    assert digits_as_items(" ") == {}


def test_a_line_needs_the_time_and_the_person() -> None:
    bare = PaperRow(id=UUID(int=1), observed_at=None, measured_by=" ")
    assert [reason.code for reason in row_reasons(bare)] == ["time_missing", "person_missing"]
    long = PaperRow(id=UUID(int=1), observed_at=CHECKED_IN, measured_by="x" * 81)
    assert [reason.code for reason in row_reasons(long)] == ["too_long"]
