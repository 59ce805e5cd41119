from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.monitoring.domain.watchers import Stretch
from apps.quality.domain.absences import absence_words, departs

T0 = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def gap(start: float, end: float) -> Stretch:
    return Stretch(T0 + timedelta(minutes=start), T0 + timedelta(minutes=end), None)


@pytest.mark.parametrize(
    ("gaps", "departure"),
    [
        ([], False),
        ([gap(0, 2)], False),  # as long as allowed
        ([gap(0, 1.5), gap(10, 11.5)], False),  # each of them short
        ([gap(0, 1), gap(10, 12.01)], True),
    ],
)
def test_a_gap_longer_than_the_protocol_bears_departs_from_it(gaps: list[Stretch], departure: bool) -> None:
    assert departs(gaps, allowed=timedelta(minutes=2)) is departure


def test_every_gap_is_told_on_the_clock_of_the_site() -> None:
    words = absence_words(
        "Nobody watched",
        [gap(10, 12.5), gap(30, 31)],
        observed=timedelta(minutes=121),
        zone=ZoneInfo("Europe/Berlin"),
    )
    assert words == (
        "Nobody watched for 3 min 30 s of 2 h 01 min: 10:10:00 to 10:12:30, 10:30:00 to 10:31:00."
    )
