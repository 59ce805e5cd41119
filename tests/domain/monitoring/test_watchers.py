from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.monitoring.domain.watchers import (
    Change,
    Stretch,
    dose_reasons,
    limit_reasons,
    most_at_once,
    open_gap,
    stretches,
    time_by_watcher,
    unwatched,
)

from .story import T0, minute

ANA, BEN, CAI = (uuid5(UUID(int=0), name) for name in ("Ana", "Ben", "Cai"))
SECONDS = st.integers(-7_200, 14_400)
WATCHERS = st.sampled_from([None, ANA, BEN, CAI])
CHANGES = st.lists(st.tuples(SECONDS, WATCHERS), max_size=12).map(
    lambda rows: [Change(T0 + timedelta(seconds=at), who) for at, who in sorted(rows, key=lambda row: row[0])]
)
LENGTHS = st.integers(1, 14_400).map(lambda seconds: timedelta(seconds=seconds))


def watcher_at(changes: list[Change], moment: datetime) -> UUID | None:
    """Who watched at a moment, the slow way."""
    watcher = None
    for change in changes:
        if change.at <= moment:
            watcher = change.watcher
    return watcher


def told(changes: list[Change], *, until: float) -> list[tuple[float, float, UUID | None]]:
    found = stretches(changes, starts_at=T0, ends_at=minute(until))
    return [
        (
            (part.starts_at - T0) / timedelta(minutes=1),
            (part.ends_at - T0) / timedelta(minutes=1),
            part.watcher,
        )
        for part in found
    ]


def test_a_handover_belongs_to_who_took_over_from_its_moment() -> None:
    changes = [Change(T0, ANA), Change(minute(41), BEN)]
    assert told(changes, until=120) == [(0, 41, ANA), (41, 120, BEN)]


def test_who_was_named_before_the_spray_watches_from_the_spray() -> None:
    assert told([Change(minute(-20), ANA)], until=30) == [(0, 30, ANA)]


def test_without_a_row_nobody_watched() -> None:
    assert told([], until=30) == [(0, 30, None)]


def test_leaving_leaves_a_gap_until_somebody_takes_over() -> None:
    changes = [Change(T0, ANA), Change(minute(50), None), Change(minute(58), BEN)]
    assert told(changes, until=120) == [(0, 50, ANA), (50, 58, None), (58, 120, BEN)]
    assert unwatched(stretches(changes, starts_at=T0, ends_at=minute(120))) == timedelta(minutes=8)


def test_what_was_written_after_the_end_changes_nothing() -> None:
    assert told([Change(T0, ANA), Change(minute(130), BEN)], until=120) == [(0, 120, ANA)]


@pytest.mark.parametrize("starts_at", [None, minute(120)])
def test_before_the_spray_there_is_nothing_to_watch(starts_at: datetime | None) -> None:
    assert stretches([Change(T0, ANA)], starts_at=starts_at, ends_at=minute(120)) == ()


@given(CHANGES, LENGTHS)
def test_the_stretches_are_the_observation_without_gap_or_overlap(
    changes: list[Change], length: timedelta
) -> None:
    found = stretches(changes, starts_at=T0, ends_at=T0 + length)
    assert found[0].starts_at == T0
    assert found[-1].ends_at == T0 + length
    assert all(before.ends_at == after.starts_at for before, after in pairwise(found))
    assert all(before.watcher != after.watcher for before, after in pairwise(found))
    assert all(part.length > timedelta() for part in found)


@given(CHANGES, LENGTHS)
def test_the_minutes_of_all_are_the_minutes_of_the_whole(changes: list[Change], length: timedelta) -> None:
    found = stretches(changes, starts_at=T0, ends_at=T0 + length)
    by_person = time_by_watcher(found)
    assert sum(by_person.values(), timedelta()) == length
    assert unwatched(found) == length - sum(
        (time for who, time in by_person.items() if who is not None), timedelta()
    )


@given(CHANGES, LENGTHS, st.integers(0, 14_399))
def test_at_every_moment_the_stretch_names_who_watched(
    changes: list[Change], length: timedelta, second: int
) -> None:
    moment = T0 + timedelta(seconds=second) % length
    (inside,) = (
        part
        for part in stretches(changes, starts_at=T0, ends_at=T0 + length)
        if part.starts_at <= moment < part.ends_at
    )
    assert inside.watcher == watcher_at(changes, moment)


@given(CHANGES, st.integers(0, 14_400))
def test_a_gap_is_open_exactly_while_nobody_watches(changes: list[Change], second: int) -> None:
    now = T0 + timedelta(seconds=second)
    known = [change for change in changes if change.at <= now]
    gap = open_gap(known, starts_at=T0, now=now)
    assert (gap is None) == (watcher_at(known, now) is not None)
    if gap is not None and now > T0:
        assert stretches(known, starts_at=T0, ends_at=now)[-1].starts_at == gap.since


def test_a_gap_has_one_name_and_the_next_gap_another() -> None:
    never = open_gap([], starts_at=T0, now=minute(9))
    first = open_gap([Change(T0, ANA), Change(minute(10), None)], starts_at=T0, now=minute(12))
    second = open_gap(
        [Change(T0, ANA), Change(minute(10), None), Change(minute(20), BEN), Change(minute(30), None)],
        starts_at=T0, now=minute(31),
    )  # fmt: skip
    assert never is not None
    assert first is not None
    assert second is not None
    assert (never.key, first.key, second.key) == ("UNWATCHED:0", "UNWATCHED:2", "UNWATCHED:4")
    assert (never.since, first.since, second.since) == (T0, minute(10), minute(30))


def test_who_left_before_the_spray_left_it_unwatched_from_the_spray() -> None:
    gap = open_gap([Change(minute(-30), ANA), Change(minute(-10), None)], starts_at=T0, now=minute(3))
    assert gap is not None
    assert (gap.since, gap.key) == (T0, "UNWATCHED:2")


@given(st.lists(st.tuples(CHANGES, LENGTHS), max_size=5), st.integers(0, 14_399))
def test_nobody_ever_watched_more_than_the_most(
    sessions: list[tuple[list[Change], timedelta]], second: int
) -> None:
    parts: list[Stretch] = []
    for changes, length in sessions:
        parts += stretches(changes, starts_at=T0, ends_at=T0 + length)
    most = most_at_once(parts)
    moment = T0 + timedelta(seconds=second)
    for person in (ANA, BEN, CAI):
        held = sum(part.watcher == person and part.starts_at <= moment < part.ends_at for part in parts)
        assert held <= most.get(person, 0)
    starts = {part.starts_at for part in parts}
    for person, count in most.items():
        assert any(
            sum(part.watcher == person and part.starts_at <= start < part.ends_at for part in parts) == count
            for start in starts
        )


def test_one_handed_over_as_another_comes_is_not_two_at_once() -> None:
    assert most_at_once([Stretch(T0, minute(30), ANA), Stretch(minute(30), minute(60), ANA)]) == {ANA: 1}


@pytest.mark.parametrize(
    ("already", "others", "nobodys", "most", "refused"),
    [
        (3, 1, 0, 4, False),
        (3, 2, 0, 4, True),
        (3, 1, 1, 4, True),
        (4, 0, 2, 4, False),  # nobody watches them: never refused
        (9, 9, 0, None, False),
    ],
)
def test_the_limit_of_the_protocol(
    already: int, others: int, nobodys: int, most: int | None, refused: bool
) -> None:
    found = limit_reasons(
        watches_already=already, takes_from_others=others, takes_unwatched=nobodys, most=most
    )
    assert bool(found) is refused


@pytest.mark.parametrize(
    ("on_site", "demanded", "would_watch", "most", "refused"),
    [
        (True, True, 1, None, []),
        (False, False, 1, None, []),  # the protocol only warns
        (False, True, 1, None, ["prescriber_absent"]),
        (True, True, 4, 4, []),
        (True, True, 5, 4, ["too_many"]),
        (True, False, 0, 4, []),  # another has the watch already
        (False, True, 5, 4, ["prescriber_absent", "too_many"]),
    ],
)
def test_what_speaks_against_a_dose_before_it_is_given(
    on_site: bool, demanded: bool, would_watch: int, most: int | None, refused: list[str]
) -> None:
    found = dose_reasons(
        prescriber_on_site=on_site, prescriber_demanded=demanded, would_watch=would_watch, most=most
    )
    assert [reason.code for reason in found] == refused
