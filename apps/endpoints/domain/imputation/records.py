"""What is imputed, and by which assumption: the participants' changes by planned day, and what happened to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from apps.endpoints.domain.values import NotAnalysable


class Assumption(StrEnum):
    """What missing values after the intercurrent event are taken to be (Carpenter, Roger and Kenward,
    J Biopharm Stat 2013;23:1352).

    Missing at random: as the participant's own arm would have gone on, given what was seen. Jump to reference:
    from the event on, the mean of the reference arm. Copy reference: as if the participant had been in the
    reference arm all along. Copy increments in reference: from the event on, the changes of the reference arm
    from visit to visit, added to the own mean reached before.
    """

    MISSING_AT_RANDOM = "mar"
    JUMP_TO_REFERENCE = "j2r"
    COPY_REFERENCE = "cr"
    COPY_INCREMENTS = "cir"

    @property
    def label(self) -> str:
        """The assumption in the words of a table note."""
        return {
            Assumption.MISSING_AT_RANDOM: "missing at random",
            Assumption.JUMP_TO_REFERENCE: "jump to reference",
            Assumption.COPY_REFERENCE: "copy reference",
            Assumption.COPY_INCREMENTS: "copy increments in reference",
        }[self]


@dataclass(frozen=True, slots=True)
class ImputationRow:
    """One participant: the changes by planned day (absent where missing), factor levels, and the covariate.

    `affected_from` is the first planned day after the intercurrent event; only what is missing from then on is
    imputed by a reference-based assumption. None: nothing happened, and whatever is missing is missing at
    random.
    """

    number: str
    arm: str
    outcomes: Mapping[int, float]
    covariate: float
    factors: Mapping[str, str]
    affected_from: int | None = None


@dataclass(frozen=True, slots=True)
class ImputationPlan:
    """The imputation model and the analysis that follows it.

    The model: normal changes at all `days`, with treatment by day, covariate by day, and the factors (by day if
    `factors_by_day`), and one unstructured covariance matrix for all arms. The analysis: covariance at
    `analysis_day` with treatment, factors and covariate, in every completed data set.
    """

    days: tuple[int, ...]
    analysis_day: int
    arms: tuple[str, ...]
    reference: str
    factors: tuple[str, ...] = ()
    factors_by_day: bool = False
    covariate: str = "baseline"
    assumption: Assumption = Assumption.MISSING_AT_RANDOM

    def __post_init__(self) -> None:
        faults = []
        if self.analysis_day not in self.days:
            faults.append(f"Day {self.analysis_day} is not among the days of the model.")
        if self.reference not in self.arms:
            faults.append(f"{self.reference} is not an arm of this analysis.")
        if len(set(self.days)) < len(self.days) or list(self.days) != sorted(self.days):
            faults.append("The days must be distinct and in order.")
        if faults:
            raise NotAnalysable(*faults)


def affected_by_leaving(rows: Iterable[ImputationRow], *, days: Sequence[int]) -> tuple[ImputationRow, ...]:
    """Take leaving as the event: the first planned day after the last score.

    For records that hold no event of their own. A gap before a later score is no leaving.
    """
    changed = []
    for row in rows:
        after = [day for day in sorted(days) if day > max(row.outcomes, default=float("-inf"))]
        changed.append(replace(row, affected_from=after[0] if after else None))
    return tuple(changed)


def refuse_faults(rows: Sequence[ImputationRow], plan: ImputationPlan) -> None:
    """Name everything that keeps the rows from being imputed, at once.

    :raises NotAnalysable: with every fault.
    """
    numbers = [row.number for row in rows]
    faults = ["There is no participant to analyse."] * (not rows)
    if len(set(numbers)) < len(numbers):
        faults.append("A participant occurs twice.")
    for row in rows:
        if row.arm not in plan.arms:
            faults.append(f"The arm of {row.number} is not among {', '.join(plan.arms)}.")
        faults += [f"{row.number} has no {name}." for name in plan.factors if name not in row.factors]
        strange = sorted(set(row.outcomes) - set(plan.days))
        faults += [f"{row.number} has a score on Day {day}, which is not planned." for day in strange]
        values = [row.covariate, *row.outcomes.values()]
        if not all(abs(value) < float("inf") for value in values):
            faults.append(f"{row.number} has a value that is not a finite number.")
    for arm in sorted({row.arm for row in rows} & set(plan.arms)):
        for day in plan.days:
            if not any(row.arm == arm and day in row.outcomes for row in rows):
                faults.append(f"Nobody in {arm} has a score on Day {day}; nothing can be imputed from.")
    if faults:
        raise NotAnalysable(*faults)
