"""Onset and resolution, from any readings whatever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.papers.domain.episodes import Episode, Point, episodes

POINTS = st.lists(st.builds(Point, minute=st.integers(0, 240), outside=st.booleans()), max_size=25)


@given(POINTS)
def test_an_episode_begins_outside_ends_inside_and_nothing_within_it_was_inside(points: list[Point]) -> None:
    outside = {point.minute for point in points if point.outside}
    inside = {point.minute for point in points} - outside
    for one in episodes(points):
        assert one.onset in outside
        assert one.last_seen in outside
        if one.resolved is not None:
            assert one.resolved in inside
            assert one.onset <= one.last_seen < one.resolved
        end = one.resolved if one.resolved is not None else 241
        assert not [minute for minute in inside if one.onset <= minute < end]


@given(POINTS)
def test_every_reading_outside_lies_in_exactly_one_episode(points: list[Point]) -> None:
    found = episodes(points)
    for point in points:
        if point.outside:
            holding = [one for one in found if one.onset <= point.minute <= one.last_seen]
            assert len(holding) == 1


@given(POINTS)
def test_only_the_last_can_be_unresolved_and_order_of_entry_does_not_matter(points: list[Point]) -> None:
    found = episodes(points)
    assert all(one.resolved is not None for one in found[:-1])
    assert episodes(reversed(points)) == found
    assert [one.onset for one in found] == sorted(one.onset for one in found)


@given(POINTS, st.integers(0, 240))
def test_a_later_reading_inside_never_moves_an_onset(points: list[Point], minute: int) -> None:
    before = episodes(points)
    last = max((point.minute for point in points), default=0)
    after = episodes([*points, Point(last + 1 + minute, outside=False)])
    assert [one.onset for one in after] == [one.onset for one in before]
    assert all(one.resolved is not None for one in after)


def test_of_two_at_one_minute_the_worse_counts() -> None:
    assert episodes([Point(40, False), Point(40, True)]) == (Episode(40, None, 40),)
