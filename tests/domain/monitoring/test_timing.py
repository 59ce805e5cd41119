from datetime import timedelta

import pytest

from apps.monitoring.domain.plan import due_times, slot_at
from apps.monitoring.domain.timing import Times, times_check

from .story import CHECKED_IN, LAST_SPRAY, PLAN, T0, minute

SLOTS = due_times(dosed_at=T0, last_spray_at=LAST_SPRAY, plan=PLAN, checked_in_at=CHECKED_IN)
SECOND = timedelta(seconds=1)


def codes(
    seen: float, entered: float | None = None, received: float | None = None, *, slot: int | None = None,
    reason: str = "", ended: float | None = None, dosed: bool = True, ahead: timedelta = timedelta(),
) -> set[str]:  # fmt: skip
    typed = seen if entered is None else entered
    times = Times(minute(seen), minute(typed), minute(typed) + ahead)
    found = times_check(
        times,
        slot=slot_at(SLOTS, slot),
        tolerance=timedelta(minutes=5),
        late_reason=reason,
        checked_in_at=CHECKED_IN,
        dosed_at=T0 if dosed else None,
        ended_at=None if ended is None else minute(ended),
        at=minute(typed if received is None else received),
    )
    return {entry.code for entry in found}


def test_a_reading_entered_at_once_in_its_window_needs_no_word() -> None:
    assert codes(40, slot=40) == set()


def test_a_reading_that_waited_on_the_tablet_is_not_late() -> None:
    assert codes(40, 40, 95, slot=40) == set()


@pytest.mark.parametrize(("seen", "expected"), [(42, set()), (42.1, {"late"})])
def test_beyond_the_tolerance_of_the_slot_a_reason_is_asked(seen: float, expected: set[str]) -> None:
    assert codes(seen, slot=40) == expected
    assert codes(seen, slot=40, reason="Another participant needed care") == set()


@pytest.mark.parametrize(("entered", "expected"), [(45, set()), (45.1, {"entered_late"})])
def test_an_entry_long_after_the_moment_says_why(entered: float, expected: set[str]) -> None:
    assert codes(40, entered) == expected
    assert codes(40, entered, reason="Written on paper first") == set()


def test_nothing_is_seen_or_entered_in_the_future() -> None:
    assert codes(50, 50, 50 - 61 / 60) == {"in_the_future"}
    assert codes(50, 50, 50 - 59 / 60) == set()


def test_nothing_is_entered_before_it_is_seen() -> None:
    assert codes(50, 48, 51) == {"entered_before_seen"}


def test_a_reading_belongs_into_its_session() -> None:
    assert "before_check_in" in codes(-55, slot=-1, reason="x")
    assert "session_over" in codes(131, ended=130)


def test_an_entry_after_the_end_says_why_but_one_that_only_travelled_does_not() -> None:
    assert codes(126, 131, 132, ended=130) == {"entered_late"}
    assert codes(126, 127, 150, ended=130) == set()


def test_the_predose_slot_ends_with_the_spray_and_the_others_begin_with_it() -> None:
    assert codes(-10, slot=-1) == set()
    assert codes(0, slot=-1) == {"dose_given"}
    assert codes(-1, slot=15) == {"no_dose_yet"}
    assert codes(-1, slot=15, dosed=False) == {"no_dose_yet"}


def test_a_clock_days_away_is_refused_and_a_smaller_skew_is_kept() -> None:
    assert codes(40, ahead=timedelta(days=3)) == {"clock_wrong"}
    assert codes(40, ahead=timedelta(days=-3)) == {"clock_wrong"}
    assert codes(40, ahead=timedelta(hours=26)) == set()
    assert Times(T0, T0, T0 + timedelta(hours=26)).skew_ms == 93_600_000
    assert Times(T0, T0).skew_ms == 0
