"""From records to times: when each participant had the event, or until when they are known not to have had it, and why.

The day of the origin is Day 1 (AVAL = ADT - STARTDT + 1 of CDISC's ADTTE). Whoever had no event is censored; the reason
says how they stood, the day by which rule: the last assessment (of the scale that tells a relapse, or any session or
rating), or completion, leaving, or the cut. Nothing after the data cut is known here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from apps.endpoints.domain.relapse import RelapseFound, first_relapse
from apps.endpoints.domain.values import (
    AdverseEventRecord,
    Assessment,
    NotAnalysable,
    ParticipantRecord,
    TrialRecords,
)
from apps.studies.domain.protocol import Relapse


class Origin(StrEnum):
    """The day on which the clock starts; the values are the protocol file's words."""

    RANDOMIZATION = "randomization"
    FIRST_DOSE = "first_dose"

    @property
    def label(self) -> str:
        """The origin in the words of a table note."""
        return {Origin.RANDOMIZATION: "randomization", Origin.FIRST_DOSE: "the first dose"}[self]


class CensorAt(StrEnum):
    """The day on which somebody without the event is censored; the values are the protocol file's words."""

    LAST_ASSESSMENT = "last_assessment"
    DATA_CUT = "data_cut"

    @property
    def label(self) -> str:
        """The rule in the words of a table note."""
        return {
            CensorAt.LAST_ASSESSMENT: "censored at the last assessment",
            CensorAt.DATA_CUT: "censored when they completed or left, else at the data cut",
        }[self]


class Standing(StrEnum):
    """How a time ended."""

    EVENT = "event"
    COMPLETED = "completed"
    LEFT = "left"
    GOING_ON = "going_on"

    @property
    def label(self) -> str:
        """How it ended, in the words of a table."""
        return {
            Standing.EVENT: "Had the event",
            Standing.COMPLETED: "Completed the phase without the event",
            Standing.LEFT: "Left treatment before the event",
            Standing.GOING_ON: "In treatment at the data cut",
        }[self]


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """What is counted, and how. Without `relapse` the event is leaving treatment, for whatever reason."""

    origin: Origin
    censor_at: CensorAt
    relapse: Relapse | None = None
    leaving_censors: bool = False

    @property
    def label(self) -> str:
        """The event in a word or two."""
        return "relapse" if self.relapse else "leaving treatment"


@dataclass(frozen=True, slots=True)
class Followed:
    """One participant: until which day (Day 1 is the origin), how that ended, why in a few words, and the kind of
    reason under which it is counted."""

    number: str
    day: int
    on: date
    standing: Standing
    why: str
    kind: str = ""

    @property
    def event(self) -> bool:
        """Whether the event was seen."""
        return self.standing is Standing.EVENT


@dataclass(frozen=True, slots=True)
class Times:
    """Everybody followed, by number, and (number, reason) of members whose clock never started."""

    followed: tuple[Followed, ...]
    left_out: tuple[tuple[str, str], ...]


def event_times(
    records: TrialRecords, *, members: Sequence[ParticipantRecord], rule: EventDefinition
) -> Times:
    """The time of each member.

    :raises NotAnalysable: if somebody left or completed on no known day, or the day of the cut is needed and unknown.
    """
    assessments: defaultdict[str, list[Assessment]] = defaultdict(list)
    for one in records.assessments:
        assessments[one.number].append(one)
    events: defaultdict[str, list[AdverseEventRecord]] = defaultdict(list)
    for event in records.adverse_events:
        events[event.number].append(event)
    followed: list[Followed] = []
    left_out: list[tuple[str, str]] = []
    faults: list[str] = []
    for person in sorted(members, key=lambda one: one.number):
        start = person.randomized_on if rule.origin is Origin.RANDOMIZATION else person.first_dose_on
        if start is None:
            left_out.append((person.number, f"no day of {rule.origin.label}"))
            continue
        found = None
        if rule.relapse is not None:
            found = first_relapse(
                rule.relapse,
                assessments=assessments[person.number],
                events=events[person.number],
                since=start,
                until=person.discontinued_on if rule.leaving_censors else None,
            )
        try:
            ended = _ended(person, rule, found, start, assessments[person.number], records.cut_on)
        except NotAnalysable as refusal:
            faults += [reason.message for reason in refusal.reasons]
            continue
        on, standing, why, kind = ended
        if on < start:
            left_out.append((person.number, f"left before {rule.origin.label}"))
        else:
            followed.append(Followed(person.number, (on - start).days + 1, on, standing, why, kind))
    if faults:
        raise NotAnalysable(*faults)
    return Times(tuple(followed), tuple(left_out))


def _ended(
    person: ParticipantRecord,
    rule: EventDefinition,
    found: RelapseFound | None,
    start: date,
    assessments: Sequence[Assessment],
    cut_on: date | None,
) -> tuple[date, Standing, str, str]:
    """The day, how it ended, why, and the kind of reason."""
    left, reason = person.discontinued_on, person.discontinuation_reason or "no reason given"
    if found is not None:
        return found.on, Standing.EVENT, found.why, found.kind
    if left is not None and rule.relapse is None:
        return left, Standing.EVENT, reason, reason
    if left is None and person.discontinuation_reason is not None:
        raise NotAnalysable(f"{person.number} left treatment on a day that is not known.")
    known: date | None
    if left is not None:
        standing, why, kind, known = Standing.LEFT, reason, reason, left
    elif person.completed:
        if person.completed_on is None:
            raise NotAnalysable(f"{person.number} completed on a day that is not known.")
        standing, why, kind, known = Standing.COMPLETED, "completed", "", person.completed_on
    else:
        standing, why, kind, known = Standing.GOING_ON, "in treatment at the data cut", "", cut_on
    if rule.censor_at is CensorAt.DATA_CUT:
        if known is None:
            raise NotAnalysable("The day of the data cut is not known.")
        return known, standing, why, kind
    if rule.relapse is None:
        # Whoever completed was in treatment until then, seen on that day or not.
        days = [person.last_seen_on, person.completed_on if person.completed else None]
        return max([start, *(day for day in days if day is not None)]), standing, why, kind
    until = left if rule.leaving_censors else None
    rated = [
        one.on
        for one in assessments
        if one.instrument == rule.relapse.instrument
        and start <= one.on
        and (until is None or one.on <= until)
    ]
    if not rated:
        return start, standing, f"{why}, never assessed after {rule.origin.label}", kind
    return max(rated), standing, why, kind
