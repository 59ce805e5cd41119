from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.monitoring.domain.presence import Mark, end_of_day, on_site, stays, without_prescriber

BERLIN = ZoneInfo("Europe/Berlin")
ANA, BEN = (uuid5(UUID(int=0), name) for name in ("Ana", "Ben"))
DAY = datetime(2026, 3, 10, 0, 0, tzinfo=BERLIN).astimezone(UTC)


def clock(hour: float, day: int = 0) -> datetime:
    return DAY + timedelta(days=day, hours=hour)


MARKS = st.lists(
    st.tuples(st.integers(0, 3 * 1440), st.sampled_from([ANA, BEN]), st.booleans()), max_size=14
).map(
    lambda rows: [
        Mark(person, DAY + timedelta(minutes=at), on)
        for at, person, on in sorted(rows, key=lambda row: row[0])
    ]
)


def test_from_the_mark_on_to_the_mark_off() -> None:
    (stay,) = stays([Mark(ANA, clock(8), True), Mark(ANA, clock(16), False)], zone=BERLIN)
    assert (stay.starts_at, stay.ends_at, stay.left) == (clock(8), clock(16), True)


def test_who_forgets_to_leave_is_gone_at_midnight_on_the_sites_clock() -> None:
    (stay,) = stays([Mark(ANA, clock(8), True)], zone=BERLIN)
    assert (stay.ends_at, stay.left) == (clock(24), False)
    assert on_site([stay], now=clock(24) - timedelta(seconds=1)) == (stay,)
    assert on_site([stay], now=clock(24)) == ()


def test_a_mark_off_of_the_next_day_ends_nothing_and_the_next_mark_on_begins_anew() -> None:
    marks = [Mark(ANA, clock(8), True), Mark(ANA, clock(7, 1), False), Mark(ANA, clock(8, 1), True)]
    assert [(stay.starts_at, stay.ends_at) for stay in stays(marks, zone=BERLIN)] == [
        (clock(8), clock(24)),
        (clock(8, 1), clock(24, 1)),
    ]


def test_a_second_mark_on_changes_nothing() -> None:
    marks = [Mark(ANA, clock(8), True), Mark(ANA, clock(9), True), Mark(ANA, clock(16), False)]
    assert [(stay.starts_at, stay.ends_at) for stay in stays(marks, zone=BERLIN)] == [(clock(8), clock(16))]


@pytest.mark.parametrize(
    ("moment", "hours"),
    [(datetime(2026, 3, 29, 1, tzinfo=BERLIN), 22), (datetime(2026, 10, 25, 1, tzinfo=BERLIN), 24)],
)
def test_the_day_ends_at_midnight_on_days_the_clock_changes(moment: datetime, hours: int) -> None:
    end = end_of_day(moment, BERLIN)
    assert end.astimezone(UTC) - moment.astimezone(UTC) == timedelta(hours=hours)


def test_two_prescribers_cover_each_other() -> None:
    found = stays(
        [
            Mark(ANA, clock(8), True), Mark(BEN, clock(9), True),
            Mark(ANA, clock(10), False), Mark(BEN, clock(11), False),
        ],
        zone=BERLIN,
    )  # fmt: skip
    absent = without_prescriber(found, starts_at=clock(7.5), ends_at=clock(12))
    assert [(part.starts_at, part.ends_at) for part in absent] == [
        (clock(7.5), clock(8)),
        (clock(11), clock(12)),
    ]


@given(MARKS, st.integers(0, 3 * 1440), st.integers(1, 600), st.integers(0, 599))
def test_a_minute_is_without_a_prescriber_exactly_when_no_stay_holds_it(
    marks: list[Mark], start: int, length: int, offset: int
) -> None:
    found = stays(marks, zone=BERLIN)
    starts_at = DAY + timedelta(minutes=start)
    ends_at = starts_at + timedelta(minutes=length)
    moment = starts_at + timedelta(minutes=offset % length)
    absent = without_prescriber(found, starts_at=starts_at, ends_at=ends_at)
    assert any(part.starts_at <= moment < part.ends_at for part in absent) == (not on_site(found, now=moment))


@given(MARKS)
def test_no_stay_outlasts_its_day_and_one_persons_stays_do_not_meet(marks: list[Mark]) -> None:
    found = stays(marks, zone=BERLIN)
    for stay in found:
        assert stay.starts_at <= stay.ends_at <= end_of_day(stay.starts_at, BERLIN)
    for person in (ANA, BEN):
        own = [stay for stay in found if stay.person == person]
        assert all(before.ends_at <= after.starts_at for before, after in pairwise(own))
