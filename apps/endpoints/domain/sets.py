"""Analysis sets: who belongs to which analysis, by the protocol's definition.

In TRANSFORM-2 (registry record NCT02418585) the full analysis set is everybody randomized who had at least
one dose of the nasal spray and at least one of the oral antidepressant; the safety set is everybody with at
least one dose of the nasal spray; NCT04599855 adds the blinded severity criteria. Which conditions make which
set is the protocol's; the conditions are here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from apps.endpoints.domain.values import ParticipantRecord


class Condition(StrEnum):
    """One requirement for belonging to a set; the values are the words of the protocol file.

    In an open-label trial nobody is randomized, and `randomized_on` holds the day of entry.
    """

    ENTERED = "entered"
    RANDOMIZED = "randomized"
    DOSED = "dosed"
    ORAL_DOSED = "oral_antidepressant"
    DOSED_OR_ORAL = "dosed_or_oral_antidepressant"
    SEVERITY_MET = "severity_list"

    @property
    def lacking(self) -> str:
        """What is said of a participant who does not fulfil it."""
        return _LACKING[self]


_LACKING: dict[Condition, str] = {
    Condition.ENTERED: "did not enter",
    Condition.RANDOMIZED: "was not randomized",
    Condition.DOSED: "had no dose of the nasal spray",
    Condition.ORAL_DOSED: "had no dose of the oral antidepressant",
    Condition.DOSED_OR_ORAL: "had neither the nasal spray nor the oral antidepressant",
    Condition.SEVERITY_MET: "did not meet the severity criteria",
}

_HOLDS: dict[Condition, Callable[[ParticipantRecord], bool]] = {
    Condition.ENTERED: lambda one: one.randomized,
    Condition.RANDOMIZED: lambda one: one.randomized,
    Condition.DOSED: lambda one: one.dosed,
    Condition.ORAL_DOSED: lambda one: one.first_oral_dose_on is not None,
    Condition.DOSED_OR_ORAL: lambda one: one.dosed or one.first_oral_dose_on is not None,
    Condition.SEVERITY_MET: lambda one: one.met_severity is True,
}


@dataclass(frozen=True, slots=True)
class SetDefinition:
    """A set as the protocol defines it."""

    code: str
    label: str
    conditions: frozenset[Condition]


@dataclass(frozen=True, slots=True)
class AnalysisSet:
    """The members of a set, and for each randomized participant outside it what was lacking."""

    definition: SetDefinition
    members: tuple[ParticipantRecord, ...]
    left_out: tuple[tuple[str, tuple[Condition, ...]], ...]

    @property
    def numbers(self) -> frozenset[str]:
        """The members' participant numbers."""
        return frozenset(member.number for member in self.members)


ALL_RANDOMIZED = SetDefinition("ALL_RANDOMIZED", "All randomized", frozenset({Condition.RANDOMIZED}))
FULL_ANALYSIS = SetDefinition(
    "FULL_ANALYSIS",
    "Full analysis set",
    frozenset({Condition.RANDOMIZED, Condition.DOSED, Condition.ORAL_DOSED}),
)
SAFETY = SetDefinition("SAFETY", "Safety analysis set", frozenset({Condition.DOSED}))


def analysis_set(participants: Iterable[ParticipantRecord], *, definition: SetDefinition) -> AnalysisSet:
    """Sort participants into a set and out of it; members come in the order of their numbers."""
    members: list[ParticipantRecord] = []
    left_out: list[tuple[str, tuple[Condition, ...]]] = []
    for participant in sorted(participants, key=lambda one: one.number):
        lacking = tuple(c for c in Condition if c in definition.conditions and not _HOLDS[c](participant))
        if not lacking:
            members.append(participant)
        elif participant.randomized:
            left_out.append((participant.number, lacking))
    return AnalysisSet(definition, tuple(members), tuple(left_out))
