"""Which reading stands for which planned visit, decided before anybody looks at the values.

A reading belongs to the window its day lies in; where windows overlap, to the one with the nearer target day. Of
several readings in one window one counts, by a rule that is set beforehand. Every reading that does not count is kept
with its reason. Days are protocol days: Day 1 is the anchor, the day before it is Day -1, and there is no Day 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from apps.endpoints.domain.values import NotAnalysable, ScoreSeries
from apps.studies.domain.protocol.visits import VisitPlan


class Tie(StrEnum):
    """Which of two equally near days wins; between targets the earlier or later visit."""

    EARLIER = "earlier"
    LATER = "later"


class Duplicates(StrEnum):
    """Which of several readings in one window counts. `NEAREST` settles a tie by the tie rule."""

    NEAREST = "nearest"
    FIRST = "first"
    LAST = "last"

    @property
    def label(self) -> str:
        """The rule in the words of a table note."""
        return {
            Duplicates.NEAREST: "the reading nearest to the target day counts",
            Duplicates.FIRST: "the first reading in the window counts",
            Duplicates.LAST: "the last reading in the window counts",
        }[self]


class Excluded(StrEnum):
    """Why a reading does not count."""

    OUTSIDE = "outside_every_window"
    DUPLICATE = "another_reading_counts"


@dataclass(frozen=True, slots=True)
class AnalysisWindow:
    """One planned visit: its target day, and the first and last day that may stand for it, both included."""

    code: str
    target_day: int
    first_day: int
    last_day: int

    def __post_init__(self) -> None:
        faults = [f"Window {self.code} does not hold its target day."] * (
            not self.first_day <= self.target_day <= self.last_day
        )
        faults += [f"Window {self.code}: there is no Day 0."] * (
            0 in (self.target_day, self.first_day, self.last_day)
        )
        if faults:
            raise NotAnalysable(*faults)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading as it was taken. `key` tells readings of a participant apart; `at` orders them."""

    number: str
    key: str
    day: int
    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Assigned:
    """A reading that counts, and the window it counts for."""

    reading: Reading
    window: AnalysisWindow


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A reading that does not count. `instead` is the key of the reading that does, for a duplicate."""

    reading: Reading
    why: Excluded
    window: AnalysisWindow | None
    instead: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Windowed:
    """Every reading once: either it counts, or it is left out with its reason."""

    assigned: tuple[Assigned, ...]
    left_out: tuple[LeftOut, ...]


def windows_from_visits(visits: Iterable[VisitPlan]) -> tuple[AnalysisWindow, ...]:
    """The protocol's own visit windows."""
    return tuple(AnalysisWindow(v.code, v.day, v.earliest_day, v.latest_day) for v in visits)


def contiguous_windows(
    targets: Sequence[tuple[str, int]], *, first_day: int, last_day: int, tie: Tie = Tie.LATER
) -> tuple[AnalysisWindow, ...]:
    """Windows without gaps: every day from `first_day` to `last_day` belongs to the nearest (code, day).

    :raises NotAnalysable: if two targets are the same day, or a target lies outside.
    """
    ordered = sorted(targets, key=lambda one: one[1])
    days = [day for day in range(first_day, last_day + 1) if day != 0]
    owners = {day: _nearest_target(day, [t for _, t in ordered], tie) for day in days}
    windows = []
    for code, target in ordered:
        mine = [day for day in days if owners[day] == target]
        if not mine or sum(t == target for _, t in ordered) > 1:
            raise NotAnalysable(f"No day would belong to {code} alone.")
        windows.append(AnalysisWindow(code, target, mine[0], mine[-1]))
    return tuple(windows)


def assign_windows(
    readings: Iterable[Reading],
    *,
    windows: Sequence[AnalysisWindow],
    duplicates: Duplicates = Duplicates.NEAREST,
    tie: Tie = Tie.LATER,
) -> Windowed:
    """Sort readings into windows, one for each participant and window; the order they come in does not matter.

    :raises NotAnalysable: if a participant has two readings of the same key, a reading is on Day 0, or two
        windows share a code or a target.
    """
    known = sorted(readings, key=lambda one: (one.number, one.day, one.at, one.key))
    _refuse_faults(known, windows)
    inside: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    by_code = {window.code: window for window in windows}
    left_out: list[LeftOut] = []
    for reading in known:
        window = _window_of(reading.day, windows, tie)
        if window is None:
            reason = f"Day {reading.day} lies in no window."
            left_out.append(LeftOut(reading, Excluded.OUTSIDE, None, None, reason))
        else:
            inside[reading.number, window.code].append(reading)
    assigned: list[Assigned] = []
    for (_, code), rivals in inside.items():
        window = by_code[code]
        chosen = _choose(rivals, window, duplicates, tie)
        assigned.append(Assigned(chosen, window))
        for other in rivals:
            if other is not chosen:
                reason = f"Day {chosen.day} counts for {code}: {duplicates.label}."
                left_out.append(LeftOut(other, Excluded.DUPLICATE, window, chosen.key, reason))
    return Windowed(
        tuple(sorted(assigned, key=lambda one: (one.reading.number, one.window.target_day))),
        tuple(sorted(left_out, key=lambda one: (one.reading.number, one.reading.at, one.reading.key))),
    )


def series_of(windowed: Windowed, *, instrument: str, baseline_code: str) -> tuple[ScoreSeries, ...]:
    """The readings that count, as one series for each participant, under the target days of their windows."""
    people: dict[str, dict[int, float]] = defaultdict(dict)
    baselines: dict[str, float] = {}
    for one in windowed.assigned:
        person = people[one.reading.number]
        if one.window.code == baseline_code:
            baselines[one.reading.number] = one.reading.value
        else:
            person[one.window.target_day] = one.reading.value
    return tuple(
        ScoreSeries(number, instrument, baselines.get(number), dict(sorted(people[number].items())))
        for number in sorted(people)
    )


def days_between(first: int, second: int) -> int:
    """How many days lie between two protocol days, where Day -1 is followed by Day 1."""
    return abs(_ordinal(first) - _ordinal(second))


def _ordinal(day: int) -> int:
    return day if day > 0 else day + 1


def _nearest_target(day: int, targets: Sequence[int], tie: Tie) -> int:
    order = 1 if tie is Tie.EARLIER else -1
    return min(targets, key=lambda target: (days_between(day, target), order * target))


def _window_of(day: int, windows: Sequence[AnalysisWindow], tie: Tie) -> AnalysisWindow | None:
    holding = [window for window in windows if window.first_day <= day <= window.last_day]
    if not holding:
        return None
    target = _nearest_target(day, [window.target_day for window in holding], tie)
    return next(window for window in holding if window.target_day == target)


def _choose(rivals: Sequence[Reading], window: AnalysisWindow, rule: Duplicates, tie: Tie) -> Reading:
    """`rivals` come in the order of their days and times."""
    if rule is Duplicates.FIRST:
        return rivals[0]
    if rule is Duplicates.LAST:
        return rivals[-1]
    least = min(days_between(one.day, window.target_day) for one in rivals)
    nearest = [one for one in rivals if days_between(one.day, window.target_day) == least]
    return nearest[0] if tie is Tie.EARLIER else nearest[-1]


def _refuse_faults(readings: Sequence[Reading], windows: Sequence[AnalysisWindow]) -> None:
    seen: set[tuple[str, str]] = set()
    faults = [f"{one.number} has a reading on Day 0." for one in readings if one.day == 0]
    for one in readings:
        if (one.number, one.key) in seen:
            faults.append(f"{one.number} has the reading {one.key} twice.")
        seen.add((one.number, one.key))
    for name in ("code", "target_day"):
        values = [getattr(window, name) for window in windows]
        if len(set(values)) < len(values):
            faults.append("Two windows share a code or a target day.")
    if faults:
        raise NotAnalysable(*dict.fromkeys(faults))
