from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.reminders.domain.timing import occurrence_latest

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def test_nothing_is_told_before_its_moment() -> None:
    told = occurrence_latest(
        moment=NOON, offset_hours=4, repeat_hours=None, now=NOON + timedelta(hours=3, minutes=59)
    )
    assert told is None


def test_a_day_before_means_a_day_before() -> None:
    told = occurrence_latest(
        moment=NOON, offset_hours=-24, repeat_hours=None, now=NOON - timedelta(hours=24), ends_at=NOON
    )
    assert told is not None
    assert (told.number, told.due_at) == (0, NOON - timedelta(hours=24))


def test_what_was_announced_is_not_announced_once_it_began() -> None:
    assert occurrence_latest(moment=NOON, offset_hours=-24, repeat_hours=None, now=NOON, ends_at=NOON) is None


def test_after_a_long_silence_only_the_latest_is_told() -> None:
    told = occurrence_latest(moment=NOON, offset_hours=4, repeat_hours=24, now=NOON + timedelta(days=3))
    assert told is not None
    assert told.number == 2
    assert told.due_at == NOON + timedelta(hours=52)


@given(
    offset=st.integers(-72, 72),
    repeat=st.integers(1, 72),
    waited=st.integers(0, 10_000),
    more=st.integers(0, 10_000),
)
def test_occurrences_come_in_order_and_are_never_in_the_future(
    offset: int, repeat: int, waited: int, more: int
) -> None:
    first = NOON + timedelta(hours=offset, minutes=waited)
    later = first + timedelta(minutes=more)
    one = occurrence_latest(moment=NOON, offset_hours=offset, repeat_hours=repeat, now=first)
    two = occurrence_latest(moment=NOON, offset_hours=offset, repeat_hours=repeat, now=later)
    assert one is not None
    assert two is not None
    assert one.due_at <= first
    assert two.due_at <= later
    assert two.number >= one.number
    assert later - two.due_at < timedelta(hours=repeat)
