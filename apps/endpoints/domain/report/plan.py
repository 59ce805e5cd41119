"""What the protocol and the reader decide about a report: arms or none, analyses in order, cut-offs, tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from apps.endpoints.domain.binary import OnsetRule
from apps.endpoints.domain.estimands import Strategy
from apps.endpoints.domain.event_times import EventDefinition
from apps.endpoints.domain.multiplicity import Family
from apps.endpoints.domain.placing import Placing
from apps.endpoints.domain.results import MissingRule, Weights
from apps.endpoints.domain.sets import FULL_ANALYSIS, SAFETY, SetDefinition
from apps.endpoints.domain.survival import Ties
from apps.endpoints.domain.values import AdverseEventRecord, Arm

#: The report at the end; or what a data monitoring committee sees of a trial that goes on.
Kind = Literal["DAY28", "DSMB"]


@dataclass(frozen=True, slots=True)
class Factor:
    """A stratification factor that is a term of the model: its code in `strata`, and the word for it."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class PlannedImputation:
    """How missing values are imputed: how many sets, from which seed, and what the tipping-point analysis adds to
    imputed values in the arm compared and in the reference."""

    sets: int
    seed: int
    assumption: str = "mar"
    arm_deltas: tuple[float, ...] = (0.0,)
    reference_deltas: tuple[float, ...] = (0.0,)


@dataclass(frozen=True, slots=True)
class PlannedTimes:
    """How a time to an event is counted, how tied events are treated, and the level of its intervals."""

    event: EventDefinition
    ties: Ties = Ties.EFRON
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class PlannedEstimand:
    """One estimand with its five attributes; `strategies` are (kind of intercurrent event, strategy) in their order."""

    code: str
    label: str
    treatment: str
    population: SetDefinition
    variable: str
    strategies: tuple[tuple[str, Strategy], ...]
    summary: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class PlannedAnalysis:
    """One analysis as the protocol declares it before the data are seen.

    `days` are the visits after baseline that it reports, the last of them its endpoint; `model_days` those that its
    model takes in, more than it reports where it reads off the primary model (`from_primary`). `missing` is None where
    values are imputed. `terms` are the words of the model's terms and `term_names` their columns
    (``treatment:day``); `filled_in` names what the protocol left open. With `times` a time to an event is analysed:
    `days` are then those at which the share without it is told, and `factors` the strata. `instrument` is the
    code of what is measured: a scale, or an item of one. `estimand` decides which values enter; without one all that
    were measured do.
    """

    code: str
    label: str
    role: Literal["primary", "secondary", "sensitivity", "supplementary", "exploratory"]
    method: str
    instrument: str
    instrument_label: str
    days: tuple[int, ...]
    definition: SetDefinition
    missing: MissingRule | None
    outcome: str = "change"
    factors: tuple[Factor, ...] = ()
    terms: tuple[str, ...] = ()
    term_names: tuple[str, ...] = ()
    covariance: tuple[str, ...] = ()
    degrees_of_freedom: str = ""
    model_days: tuple[int, ...] = ()
    from_primary: bool = False
    imputation: PlannedImputation | None = None
    times: PlannedTimes | None = None
    filled_in: tuple[str, ...] = ()
    mark: str = ""
    higher_is_better: bool = False
    estimand: PlannedEstimand | None = None

    @property
    def key(self) -> str:
        """The anchor of its section."""
        return self.code.lower().replace("_", "-").replace(".", "-")

    @property
    def endpoint_day(self) -> int:
        """The day of its result."""
        return self.days[-1]

    @property
    def better(self) -> str:
        """Where better lies in a figure of its change."""
        return "up is better" if self.higher_is_better else "down is better"

    @property
    def favorable(self) -> str:
        """The sign of a difference that favors the first arm named."""
        return "positive" if self.higher_is_better else "negative"


@dataclass(frozen=True, slots=True)
class EventOfInterest:
    """A kind of adverse event that is followed closely, told by the words that its term as reported holds."""

    label: str
    terms: tuple[str, ...]

    def holds(self, event: AdverseEventRecord) -> bool:
        """Whether an event is one."""
        return any(term.lower() in event.term.lower() for term in self.terms)


@dataclass(frozen=True, slots=True)
class ReportPlan:
    """One report's choices.

    `arms` in the protocol's order, or None for a reader who must not know them: then everything is pooled,
    nothing is compared, and counts of participants below `hide_below` are withheld. `reference` is the arm
    that the others are compared with (the last one if not given). `response_share` and `remission_at_most`
    are the protocol's cut-offs; `days` the visits with the scale after baseline. Without `characteristics`
    the baseline table shows whatever the records hold. `reason_labels` turns criterion codes into words.
    `guess_asked`: participants are asked which treatment they believe they had. `placing` is the rule by which readings
    were assigned to visits. `estimands` begin with the primary one, `event_labels` names the intercurrent events by
    kind. `analyses` are made in their order,
    `families` tested in theirs.
    """

    instrument: str
    instrument_label: str
    days: tuple[int, ...]
    endpoint_day: int
    response_share: float
    remission_at_most: float
    arms: tuple[Arm, ...] | None = None
    reference: str | None = None
    kind: Kind = "DAY28"
    analyses: tuple[PlannedAnalysis, ...] = ()
    families: tuple[Family, ...] = ()
    gate: str = ""
    sets: tuple[SetDefinition, ...] = ()
    estimand: str = ""
    strategy: str = ""
    characteristics: tuple[str, ...] = ()
    onset: OnsetRule | None = None
    full_set: SetDefinition = FULL_ANALYSIS
    safety_set: SetDefinition = SAFETY
    weights: Weights = Weights.EQUAL
    level: float = 0.95
    hide_below: int = 5
    event_threshold: float = 0.05
    emergent_days: int = 30
    of_interest: tuple[EventOfInterest, ...] = ()
    baseline_day: int = 1
    fictional: bool = False
    guess_asked: bool = False
    placing: Placing | None = None
    estimands: tuple[PlannedEstimand, ...] = ()
    event_labels: Mapping[str, str] = field(default_factory=dict)
    reason_labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def pooled(self) -> bool:
        """Whether the reader must not know the arms."""
        return self.arms is None

    @property
    def least_shown(self) -> int:
        """The smallest count of participants that may be printed: 1 for a reader who knows the arms."""
        return self.hide_below if self.pooled else 1

    @property
    def reference_arm(self) -> Arm | None:
        """The arm that the others are compared with; None where nothing is compared."""
        if self.arms is None or len(self.arms) < 2:
            return None
        return next((arm for arm in self.arms if arm.code == self.reference), self.arms[-1])

    @property
    def compared(self) -> tuple[Arm, ...]:
        """The arms compared with the reference."""
        return tuple(arm for arm in self.arms or () if self.reference_arm and arm != self.reference_arm)

    @property
    def primary(self) -> PlannedAnalysis | None:
        """The primary analysis."""
        return next((one for one in self.analyses if one.role == "primary"), None)

    @property
    def seeds(self) -> tuple[tuple[str, int], ...]:
        """(What for, seed) of everything that draws random numbers."""
        return tuple((one.code, one.imputation.seed) for one in self.analyses if one.imputation is not None)

    def arm_brief(self, code: str) -> str:
        """The short label of an arm by its code, for narrow columns."""
        return next((arm.brief for arm in self.arms or () if arm.code == code), code)

    def arm_label(self, code: str) -> str:
        """The label of an arm by its code."""
        return next((arm.label for arm in self.arms or () if arm.code == code), code)
