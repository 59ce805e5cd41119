"""What the protocol and the reader decide about a report: arms or none, days, cut-offs, terms of the
model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.endpoints.domain.binary import OnsetRule
from apps.endpoints.domain.results import Weights
from apps.endpoints.domain.sets import FULL_ANALYSIS, SAFETY, SetDefinition
from apps.endpoints.domain.values import Arm


@dataclass(frozen=True, slots=True)
class Factor:
    """A stratification factor that is a term of the model: its code in `strata`, and the word for it."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class ReportPlan:
    """One report's choices.

    `arms` in the protocol's order, or None for a reader who must not know them: then everything is pooled,
    nothing is compared, and counts of participants below `hide_below` are withheld. `reference` is the arm
    that the others are compared with (the last one if not given). `response_share` and `remission_at_most`
    are the protocol's cut-offs; `days` the visits with the scale after baseline. Without `characteristics`
    the baseline table shows whatever the records hold. `reason_labels` turns criterion codes into words.
    `guess_asked`: participants are asked which treatment they believe they had.
    """

    instrument: str
    instrument_label: str
    days: tuple[int, ...]
    endpoint_day: int
    response_share: float
    remission_at_most: float
    arms: tuple[Arm, ...] | None = None
    reference: str | None = None
    factors: tuple[Factor, ...] = ()
    characteristics: tuple[str, ...] = ()
    onset: OnsetRule | None = None
    full_set: SetDefinition = FULL_ANALYSIS
    safety_set: SetDefinition = SAFETY
    weights: Weights = Weights.EQUAL
    level: float = 0.95
    hide_below: int = 5
    event_threshold: float = 0.05
    baseline_day: int = 1
    fictional: bool = False
    guess_asked: bool = False
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
