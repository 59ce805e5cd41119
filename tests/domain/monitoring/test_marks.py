"""A screen is drawn again once a minute, and not all of them at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from apps.monitoring.domain.marks import minute_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@given(st.uuids(), st.uuids(), st.integers(0, 3599))
def test_the_mark_changes_once_in_sixty_seconds(viewer: UUID, site: UUID, start: int) -> None:
    begun = NOON + timedelta(seconds=start)
    marks = [minute_of(begun + timedelta(seconds=second), viewer, site) for second in range(61)]
    assert sum(one != other for one, other in pairwise(marks)) == 1


def test_boards_change_at_seconds_of_their_own() -> None:
    site = UUID(int=7)
    changes = set()
    for person in range(60):
        marks = [minute_of(NOON + timedelta(seconds=second), UUID(int=person), site) for second in range(61)]
        changes.add(next(second for second in range(60) if marks[second] != marks[second + 1]))
    assert len(changes) == 60
