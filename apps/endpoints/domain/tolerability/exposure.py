"""How much was given: doses by strength, days of treatment, the dose most often given, and the titration by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from apps.endpoints.domain.descriptive import summarize
from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.results import Summary
from apps.endpoints.domain.values import NotAnalysable


class TieRule(StrEnum):
    """Which dose is the modal one when two were given equally often."""

    HIGHER = "higher"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class DoseRecord:
    """One dose really given: the protocol day counted from the first dose (Day 1), and its strength in mg."""

    number: str
    day: int
    mg: float


@dataclass(frozen=True, slots=True)
class ExposureColumn:
    """One column. Counts by strength are pairs (mg, count) from the lowest strength on.

    `days` is last minus first dosing day plus one for each treated participant. `by_day` holds for each dosing day
    the participants per strength, so that the titration can be read off it.
    """

    group: Group
    treated: int
    doses: int
    doses_by_strength: tuple[tuple[float, int], ...]
    doses_each: Summary
    days: Summary
    total_mg: Summary
    modal: tuple[tuple[float, int], ...]
    last: tuple[tuple[float, int], ...]
    by_day: tuple[tuple[int, tuple[tuple[float, int], ...]], ...]


def exposure_columns(
    groups: Sequence[Group], *, doses: Iterable[DoseRecord], tie: TieRule = TieRule.HIGHER
) -> tuple[ExposureColumn, ...]:
    """Exposure of each column. Nobody without a dose is counted as treated; they stay in the column's size.

    :raises NotAnalysable: if a participant has two doses on one day.
    """
    known = sorted(doses, key=lambda one: (one.number, one.day))
    twice = [a for a, b in pairwise(known) if (a.number, a.day) == (b.number, b.day)]
    if twice:
        raise NotAnalysable(*(f"{one.number} has two doses on Day {one.day}." for one in twice))
    by_person: dict[str, list[DoseRecord]] = {}
    for dose in known:
        by_person.setdefault(dose.number, []).append(dose)
    return tuple(
        _column(group, [by_person[n] for n in sorted(group.numbers) if n in by_person], tie)
        for group in groups
    )


def modal_dose(doses: Sequence[DoseRecord], *, tie: TieRule = TieRule.HIGHER) -> float:
    """The strength given most often, of one participant's doses in order of days."""
    counts = Counter(one.mg for one in doses)
    most = max(counts.values())
    tied = [one.mg for one in doses if counts[one.mg] == most]
    return max(tied) if tie is TieRule.HIGHER else tied[-1]


def _column(group: Group, people: Sequence[Sequence[DoseRecord]], tie: TieRule) -> ExposureColumn:
    every = [dose for person in people for dose in person]
    return ExposureColumn(
        group=group,
        treated=len(people),
        doses=len(every),
        doses_by_strength=_counted(dose.mg for dose in every),
        doses_each=summarize([float(len(person)) for person in people]),
        days=summarize([float(person[-1].day - person[0].day + 1) for person in people]),
        total_mg=summarize([sum(dose.mg for dose in person) for person in people]),
        modal=_counted(modal_dose(person, tie=tie) for person in people),
        last=_counted(person[-1].mg for person in people),
        by_day=tuple(
            (day, _counted(dose.mg for dose in every if dose.day == day))
            for day in sorted({dose.day for dose in every})
        ),
    )


def _counted(strengths: Iterable[float]) -> tuple[tuple[float, int], ...]:
    return tuple(sorted(Counter(strengths).items()))
