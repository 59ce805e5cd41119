"""The two hours after a dose: mean change from before the dose by slot, the peak, and when it is over.

For blood pressure, the CADSS and the like more is worse; for the MOAA/S less is. Changes always keep their sign: value
minus the value before the same dose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from apps.endpoints.domain.descriptive import summarize
from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.results import Summary
from apps.endpoints.domain.values import NotAnalysable


class Worse(StrEnum):
    """Which way is worse."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class SessionCourse:
    """One measure in one session: the value before the dose, and by planned minutes from T0 those after it.

    A slot without a reading is absent.
    """

    number: str
    day: int
    before: float | None
    slots: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class ProfilePoint:
    """One column at one slot: the values, and the changes from before the dose, of the same sessions."""

    group: str
    arm: str | None
    minutes: int
    sessions: int
    participants: int
    value: Summary
    change: Summary


@dataclass(frozen=True, slots=True)
class Course:
    """How one session went. `largest` is the change at its worst, nought if it never got worse.

    `peak_minutes` is the first slot with the worst value, None if it never got worse. `back_minutes` is the first
    slot after the peak from which on every reading is back within the tolerance; None if it was not back by the
    last reading.
    """

    number: str
    day: int
    largest: float
    peak_minutes: int | None
    back_minutes: int | None


def profile_by_slot(
    groups: Sequence[Group],
    *,
    sessions: Iterable[SessionCourse],
    slots: Sequence[int],
    level: float = 0.95,
) -> tuple[ProfilePoint, ...]:
    """Mean value and mean change by column and slot, over the sessions with a value before the dose.

    The interval takes sessions as independent; give one session of each participant (such as Day 1) where it is
    to be read as an interval.

    :raises NotAnalysable: if a participant has the same day twice.
    """
    known = _distinct(sessions)
    points = []
    for group in groups:
        mine = [one for one in known if one.number in group.numbers and one.before is not None]
        for slot in slots:
            seen = [one for one in mine if slot in one.slots]
            points.append(
                ProfilePoint(
                    group=group.label,
                    arm=group.arm,
                    minutes=slot,
                    sessions=len(seen),
                    participants=len({one.number for one in seen}),
                    value=summarize([one.slots[slot] for one in seen], level=level),
                    change=summarize(
                        [one.slots[slot] - one.before for one in seen if one.before is not None], level=level
                    ),
                )
            )
    return tuple(points)


def course_of(session: SessionCourse, *, worse: Worse, tolerance: float = 0.0) -> Course | None:
    """The peak of one session and when it was over, or None without a value before and one after the dose.

    `tolerance` is how far from the value before the dose still counts as back.
    """
    if session.before is None or not session.slots:
        return None
    before, sign = session.before, 1.0 if worse is Worse.UP else -1.0
    course = sorted((minutes, sign * (value - before)) for minutes, value in session.slots.items())
    peak, at = max((change, -minutes) for minutes, change in course)
    if peak <= 0:
        return Course(session.number, session.day, 0.0, None, None)
    back = None
    for minutes, change in reversed([one for one in course if one[0] > -at]):
        if change > tolerance:
            break
        back = minutes
    return Course(session.number, session.day, sign * peak, -at, back)


def courses(sessions: Iterable[SessionCourse], *, worse: Worse, tolerance: float = 0.0) -> tuple[Course, ...]:
    """The courses of all sessions that have one, by participant and day.

    :raises NotAnalysable: if a participant has the same day twice.
    """
    found = (course_of(one, worse=worse, tolerance=tolerance) for one in _distinct(sessions))
    return tuple(one for one in found if one is not None)


def _distinct(sessions: Iterable[SessionCourse]) -> tuple[SessionCourse, ...]:
    known = tuple(sorted(sessions, key=lambda one: (one.number, one.day)))
    twice = [a for a, b in pairwise(known) if (a.number, a.day) == (b.number, b.day)]
    if twice:
        raise NotAnalysable(*(f"{one.number} has the session of Day {one.day} twice." for one in twice))
    return known
