"""What a fictional trial consists of. Every time is an aware moment in UTC, every day counts from the first
dose.

A value that has not happened yet is absent; `None` never means zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Treatment = Literal["esketamine", "placebo"]
FactValue = str | int | float | bool
ScreeningState = Literal["OPEN", "ELIGIBLE", "FAILED"]
Status = Literal["SCREENING", "SCREEN_FAILED", "ELIGIBLE", "RANDOMIZED", "COMPLETED", "DISCONTINUED"]


@dataclass(frozen=True, slots=True)
class DemoSite:
    """A clinic that does not exist, in a country and time zone that do."""

    code: str
    name: str
    country: str
    time_zone: str
    chairs: int
    enrolment_target: int
    opened_on: date
    weight: float


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody invented. `ad_class` is the class of the oral antidepressant `oral_antidepressant`."""

    name: str
    sex: Literal["F", "M"]
    birth_date: date
    age_years: int
    phone: str
    email: str
    height_cm: int
    weight_kg: float
    oral_antidepressant: str
    ad_class: Literal["SNRI", "SSRI"]


@dataclass(frozen=True, slots=True)
class DemoRating:
    """One completed scale: `visit` is a visit's code, `items` are in the scale's order, None where not
    applicable."""

    instrument: str
    visit: str
    recall: str
    observed_at: datetime
    items: tuple[int | None, ...]

    @property
    def total(self) -> int | None:
        """The sum of the items, or None where one is missing: nothing is prorated."""
        numbers = [item for item in self.items if item is not None]
        return sum(numbers) if len(numbers) == len(self.items) else None


@dataclass(frozen=True, slots=True)
class DemoScreening:
    """One screening. `facts` are what was measured, `failed` the codes of the criteria not met.

    `fact_times` says when each fact was learned, so that a screening in progress holds only what is known by
    then.
    """

    opened_at: datetime
    decided_at: datetime | None
    state: ScreeningState
    failed: tuple[str, ...]
    facts: Mapping[str, FactValue]
    answers: Mapping[str, bool]
    known_at: Mapping[str, datetime]
    ratings: tuple[DemoRating, ...]


@dataclass(frozen=True, slots=True)
class GateAttempt:
    """One look at the pre-dose conditions; `passed` is about the blood pressure, the rest passed."""

    at: datetime
    sbp: int
    dbp: int
    passed: bool


@dataclass(frozen=True, slots=True)
class DemoDevice:
    """One device of 28 mg, or its placebo: two sprays."""

    ordinal: int
    first_nostril: Literal["LEFT", "RIGHT"]
    first_spray_at: datetime
    second_spray_at: datetime | None


@dataclass(frozen=True, slots=True)
class DemoObservation:
    """One set of readings; `slot_minute` is the planned minute from T0, -1 before the dose, None
    unscheduled."""

    slot_minute: int | None
    observed_at: datetime
    spo2: int
    moaas: int
    sbp: int | None = None
    dbp: int | None = None
    hr: int | None = None
    rr: int | None = None
    temp_c: float | None = None
    cadss_items: tuple[int, ...] | None = None
    bprs_items: tuple[int, ...] | None = None
    ready: bool | None = None

    @property
    def cadss_total(self) -> int | None:
        """Sum of the 23 items."""
        return None if self.cadss_items is None else sum(self.cadss_items)


@dataclass(frozen=True, slots=True)
class DemoSession:
    """One dosing session. T0 is `dosed_at`, the first spray; without it nothing was given.

    `fasted_since` and `drank_at` are the last meal and the last liquid before the dose. `stopped_reason` says
    why a session ended without a dose. `on_paper` was written down while the network was away and is not entered
    yet; at `leaves_early_at` an investigator lets the participant go.
    """

    chair: int
    checked_in_at: datetime
    fasted_since: datetime
    drank_at: datetime
    gate_attempts: tuple[GateAttempt, ...]
    dose_mg: int
    dose_requested_at: datetime | None = None
    dosed_at: datetime | None = None
    devices: tuple[DemoDevice, ...] = ()
    observations: tuple[DemoObservation, ...] = ()
    ready_minute: int | None = None
    ended_at: datetime | None = None
    stopped_reason: str = ""
    on_paper: tuple[DemoObservation, ...] = ()
    leaves_early_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DemoVisit:
    """One planned visit with its window (both days included) and what became of it.

    `cssrs_ideation` is the most severe ideation since the last visit (0 none, 1 to 5), or None where nobody
    asked.
    """

    code: str
    day: int
    is_dose: bool
    opens_on: date
    target_on: date
    closes_on: date
    planned_at: datetime | None
    held_at: datetime | None = None
    missed_at: datetime | None = None
    missed_reason: str = ""
    session: DemoSession | None = None
    ratings: tuple[DemoRating, ...] = ()
    cssrs_ideation: int | None = None


@dataclass(frozen=True, slots=True)
class DemoEvent:
    """An adverse event. `session_day` is the dosing day it began on, `minutes_from_dose` the minute from
    T0."""

    term: str
    onset_at: datetime
    resolved_at: datetime | None
    severity: Literal["MILD", "MODERATE", "SEVERE"]
    causality: Literal["NOT_RELATED", "DOUBTFUL", "POSSIBLE", "PROBABLE", "VERY_LIKELY"]
    outcome: Literal["RESOLVED", "NOT_RESOLVED"]
    action_taken: Literal["NONE", "DRUG_WITHDRAWN"]
    seriousness: tuple[str, ...] = ()
    session_day: int | None = None
    minutes_from_dose: int | None = None


@dataclass(frozen=True, slots=True)
class DemoMedicine:
    """A medicine begun beside the trial's, and the code of the protocol's rule under which it falls."""

    name: str
    rule: str
    indication: str
    started_on: date


@dataclass(frozen=True, slots=True)
class DemoParticipant:
    """One participant as far as the story has gone. `number` is unique in the study."""

    number: str
    site: DemoSite
    person: DemoPerson
    consented_at: datetime
    screening: DemoScreening
    status: Status
    strata: Mapping[str, str] = field(default_factory=dict)
    randomized_at: datetime | None = None
    treatment: Treatment | None = None
    first_oral_dose_on: date | None = None
    visits: tuple[DemoVisit, ...] = ()
    events: tuple[DemoEvent, ...] = ()
    completed_at: datetime | None = None
    discontinued_at: datetime | None = None
    discontinuation_reason: str = ""
    medicine: DemoMedicine | None = None

    @property
    def sessions(self) -> tuple[tuple[DemoVisit, DemoSession], ...]:
        """The sessions in order of day, each with its visit."""
        return tuple((visit, visit.session) for visit in self.visits if visit.session is not None)

    @property
    def first_dose_at(self) -> datetime | None:
        """The first spray of the first device ever, or None."""
        times = [session.dosed_at for _, session in self.sessions if session.dosed_at is not None]
        return min(times, default=None)


@dataclass(frozen=True, slots=True)
class DemoTrial:
    """A whole fictional trial. The seed and the arms given to it decide everything in it."""

    seed: int
    sites: tuple[DemoSite, ...]
    participants: tuple[DemoParticipant, ...]
