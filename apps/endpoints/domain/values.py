"""What the analysis is given: participants, scores and adverse events, as frozen records.

An arm of ``None`` means "not told": the reader is blinded, or the participant was never randomized. Nothing
here is computed; whoever reads the database fills these in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from apps.core.exceptions import Refused
from apps.endpoints.domain.intercurrent import IntercurrentEvent
from apps.endpoints.domain.readings import Placed


class NotAnalysable(Refused):
    """The records contradict each other or are too few for the analysis that was asked for."""

    code = "not_analysable"
    title = "These records cannot be analysed"


class Severity(StrEnum):
    """How strong an adverse event was; the protocol's own three steps, not CTCAE."""

    MILD = "MILD"
    MODERATE = "MODERATE"
    SEVERE = "SEVERE"


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm as it is printed: the protocol's code and the label a reader sees; `active`: it gives the study drug."""

    code: str
    label: str
    active: bool = True

    @property
    def brief(self) -> str:
        """The label without what is given beside the spray, for figures."""
        return self.label.split(" with ")[0]


@dataclass(frozen=True, slots=True)
class ParticipantRecord:
    """One person who was screened, with every fact that an analysis set or the flow diagram asks about.

    `strata` holds the randomization factors by name (``{"country": "DE", "antidepressant_class": "SNRI"}``).
    `characteristics` holds the baseline table's values by name: numbers are summarised, texts are counted.
    `treated_arm` is what was really given, where that differs from `arm`; safety tables use it.
    `subgroups` holds what effects are shown apart by ("Sex": "Female"); `age_years` is the age at consent. Dates are
    those of the site; `last_seen_on` is the day of the last session or rating.
    """

    number: str
    site: str
    country: str
    screened_on: date | None = None
    screen_failure_reasons: tuple[str, ...] = ()
    screen_failed: bool = False
    randomized_on: date | None = None
    arm: str | None = None
    treated_arm: str | None = None
    strata: Mapping[str, str] = field(default_factory=dict)
    first_dose_at: datetime | None = None
    first_dose_on: date | None = None
    last_dose_on: date | None = None
    first_oral_dose_on: date | None = None
    met_severity: bool | None = None
    completed: bool = False
    completed_on: date | None = None
    last_seen_on: date | None = None
    discontinued_on: date | None = None
    discontinuation_reason: str | None = None
    age_years: int | None = None
    subgroups: Mapping[str, str] = field(default_factory=dict)
    characteristics: Mapping[str, float | str | None] = field(default_factory=dict)

    @property
    def randomized(self) -> bool:
        """Whether the participant was randomized."""
        return self.randomized_on is not None

    @property
    def dosed(self) -> bool:
        """Whether at least one dose of the nasal spray was given."""
        return self.first_dose_at is not None


@dataclass(frozen=True, slots=True)
class ScoreSeries:
    """One participant's totals on one scale: the baseline and the visits after it, by protocol day.

    Baseline is the last value before the first dose on Day 1. A day without a score is absent, never
    zero and never carried forward here; carrying forward is a derivation (`locf`).
    """

    number: str
    instrument: str
    baseline: float | None
    visits: Mapping[int, float]

    @classmethod
    def build(
        cls, number: str, instrument: str, scores: Iterable[tuple[int, float]], *, baseline_day: int = 1
    ) -> ScoreSeries:
        """Arrange (protocol day, total) pairs by day.

        :raises NotAnalysable: if a day occurs twice; which of two ratings counts is decided before the
            analysis.
        """
        by_day: dict[int, float] = {}
        for day, score in scores:
            if day in by_day:
                raise NotAnalysable(f"Participant {number} has two {instrument} totals on Day {day}.")
            by_day[day] = score
        baseline = by_day.pop(baseline_day, None)
        return cls(number, instrument, baseline, dict(sorted(by_day.items())))

    def change(self, day: int) -> float | None:
        """Score minus baseline on that day (negative is better), or None where either is missing."""
        score = self.visits.get(day)
        return None if score is None or self.baseline is None else score - self.baseline


@dataclass(frozen=True, slots=True)
class AdverseEventRecord:
    """One adverse event as reported. `term` is the word the tables count under; no dictionary is shipped.

    `treatment_emergent` is decided by the protocol's window before the record comes here. `on_dosing_day`
    says that the onset fell on the day of a session; `minutes_from_dose` counts from the first spray of that
    session. `began_on` is the day of onset at the site, `seriousness` the criteria (ICH E2A) that make it serious.
    """

    number: str
    term: str
    severity: Severity
    treatment_emergent: bool = True
    serious: bool = False
    related: bool = False
    led_to_discontinuation: bool = False
    on_dosing_day: bool = False
    resolved_same_day: bool | None = None
    minutes_from_dose: int | None = None
    began_on: date | None = None
    seriousness: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """One total of one scale on the day it was really rated, planned visit or not."""

    number: str
    instrument: str
    on: date
    total: float


@dataclass(frozen=True, slots=True)
class SessionReading:
    """What was measured at one moment of a session; None was not taken.

    `slot` is the planned minute from the first spray, -1 before the dose, None for an extra reading; `minute` is when
    it really was. Pressures in mmHg, saturation in percent; `sedation` is MOAA/S (5 is awake), `dissociation` the CADSS
    total.
    """

    slot: int | None
    minute: int
    sbp: int | None = None
    dbp: int | None = None
    pulse: int | None = None
    saturation: int | None = None
    sedation: int | None = None
    dissociation: int | None = None


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One session in which the nasal spray was given: `ordinal` counts a participant's sessions from 1.

    `dose_mg` is the dose asked for, None where the allocation fixes it. `minutes` is how long the participant was
    watched from the first spray, `ready_minute` when they were first judged ready to leave.
    """

    number: str
    ordinal: int
    day: int
    label: str
    dose_mg: int | None = None
    minutes: int | None = None
    ready_minute: int | None = None
    readings: tuple[SessionReading, ...] = ()


@dataclass(frozen=True, slots=True)
class SuicidalityRecord:
    """The most severe C-SSRS category of one participant before the first dose, and after it.

    0 is none, 1 to 5 ideation, 6 to 10 behavior; None where it was not asked.
    """

    number: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class GuessRecord:
    """What one participant believes they had, from 1 (certainly the drug) to 5 (certainly the placebo)."""

    number: str
    belief: int


@dataclass(frozen=True, slots=True)
class TrialRecords:
    """Everything one report is computed from. `readings` says of each rating which score it became, if any; `cut_on` is
    the day of the data cut."""

    participants: tuple[ParticipantRecord, ...]
    scores: tuple[ScoreSeries, ...]
    adverse_events: tuple[AdverseEventRecord, ...] = ()
    guesses: tuple[GuessRecord, ...] = ()
    sessions: tuple[SessionRecord, ...] = ()
    suicidality: tuple[SuicidalityRecord, ...] = ()
    readings: tuple[Placed, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    cut_on: date | None = None
    intercurrent: tuple[IntercurrentEvent, ...] = ()

    def __post_init__(self) -> None:
        numbers = [participant.number for participant in self.participants]
        if len(set(numbers)) != len(numbers):
            raise NotAnalysable("A participant number occurs twice among the records.")
        known = set(numbers)
        series = [(item.number, item.instrument) for item in self.scores]
        if len(set(series)) != len(series):
            raise NotAnalysable("A participant has two series of scores on the same scale.")
        guessed = [item.number for item in self.guesses]
        if len(set(guessed)) != len(guessed):
            raise NotAnalysable("A participant guessed the treatment twice.")
        with_data = {item.number for item in self.scores} | {event.number for event in self.adverse_events}
        with_data |= set(guessed) | {item.number for item in self.sessions}
        with_data |= {item.number for item in self.suicidality} | {item.number for item in self.assessments}
        with_data |= {item.number for item in self.intercurrent}
        strangers = sorted(with_data - known)
        if strangers:
            raise NotAnalysable(*(f"{number} has data but is no participant." for number in strangers))

    def series(self, instrument: str) -> dict[str, ScoreSeries]:
        """The series of one scale by participant number."""
        return {item.number: item for item in self.scores if item.instrument == instrument}
