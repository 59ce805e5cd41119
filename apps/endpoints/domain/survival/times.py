"""Times to an event, and who was at risk when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from apps.endpoints.domain.values import NotAnalysable

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EventTime:
    """One participant: days from the start to the event, or to the last day without it (`event` False).

    `stratum` is the participant's randomization stratum in a stratified analysis; `covariates` are numbers by
    name.
    """

    number: str
    arm: str
    time: float
    event: bool
    stratum: str = ""
    covariates: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class RiskTable:
    """At each distinct time with an event: `events` and `at_risk` (arms x times), the arms in the order given.

    Who leaves on the day of an event was still at risk on it.
    """

    times: Array
    events: Array
    at_risk: Array

    @classmethod
    def of(cls, rows: Sequence[EventTime], *, arms: Sequence[str]) -> RiskTable:
        """Count; every row's arm must be among `arms`."""
        times = np.unique([row.time for row in rows if row.event])
        events, at_risk = np.zeros((len(arms), len(times))), np.zeros((len(arms), len(times)))
        for place, arm in enumerate(arms):
            until = np.sort([row.time for row in rows if row.arm == arm])
            happened = np.sort([row.time for row in rows if row.arm == arm and row.event])
            at_risk[place] = len(until) - np.searchsorted(until, times, side="left")
            events[place] = np.searchsorted(happened, times, side="right") - np.searchsorted(
                happened, times, side="left"
            )
        return cls(times, events, at_risk)


def checked(rows: Iterable[EventTime], *, arms: Sequence[str]) -> tuple[EventTime, ...]:
    """The rows by number, once nothing speaks against them.

    :raises NotAnalysable: if there are none, a participant occurs twice, an arm is unknown, or a time is negative
        or no number.
    """
    ordered = tuple(sorted(rows, key=lambda row: row.number))
    faults = ["There is no participant to analyse."] * (not ordered)
    counts = Counter(row.number for row in ordered)
    faults += [f"{number} is analysed {k} times." for number, k in sorted(counts.items()) if k > 1]
    for row in ordered:
        if row.arm not in arms:
            faults.append(f"The arm of {row.number} is not among {', '.join(arms)}.")
        if not 0 <= row.time < float("inf"):
            faults.append(f"{row.number} has a time of {row.time}.")
    if faults:
        raise NotAnalysable(*faults)
    return ordered
