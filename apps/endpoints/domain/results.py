"""What the analysis gives back. Each type says by itself what kind of number it holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MissingRule(StrEnum):
    """What became of participants without the value that was asked for; the values are the protocol file's
    words."""

    NONE = "none"
    OBSERVED_CASES = "observed_case"
    LOCF = "locf"
    BOCF = "bocf"
    NON_RESPONDER = "nonresponder"

    @property
    def label(self) -> str:
        """The rule in the words of a table."""
        return _MISSING_RULE_LABELS[self]


_MISSING_RULE_LABELS = {
    MissingRule.NONE: "nobody can be missing",
    MissingRule.OBSERVED_CASES: "observed cases",
    MissingRule.LOCF: "last observation carried forward",
    MissingRule.BOCF: "baseline observation carried forward",
    MissingRule.NON_RESPONDER: "missing counts as not achieved",
}


class Weights(StrEnum):
    """How the levels of a factor are averaged in a least-squares mean. Differences between arms do not depend
    on it."""

    EQUAL = "EQUAL"
    OBSERVED = "OBSERVED"

    @property
    def label(self) -> str:
        """The weights in the words of a table note."""
        return (
            "equal weight for every factor level"
            if self is Weights.EQUAL
            else "factor levels weighted as they occur in the analysed rows"
        )


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval with its level (0.95) and the method by its name."""

    low: float
    high: float
    level: float
    method: str

    def excludes(self, value: float) -> bool:
        """Whether the value lies outside."""
        return value < self.low or value > self.high


@dataclass(frozen=True, slots=True)
class Summary:
    """An observed distribution. Every field is descriptive: nothing here comes from a model.

    Quartiles average at jumps of the empirical distribution (definition 2 of Hyndman and Fan, the SAS
    default). `sd` is None for fewer than two values, everything but `n` is None for none.
    """

    n: int
    mean: float | None
    sd: float | None
    median: float | None
    q1: float | None
    q3: float | None
    minimum: float | None
    maximum: float | None
    mean_interval: Interval | None


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of participants: who was counted, out of whom, and what was done about the missing."""

    count: int
    denominator: int
    rule: MissingRule
    interval: Interval | None

    @property
    def value(self) -> float | None:
        """The share between 0 and 1, or None where nobody could be counted."""
        return self.count / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class RateDifference:
    """First rate minus second, with its interval."""

    first: Rate
    second: Rate
    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class NumberNeeded:
    """How many must be treated for one more (benefit) or one fewer (harm) to reach the endpoint.

    When the difference's interval contains zero the limits lie on both sides of infinity; `crosses_infinity`
    says so, and `low` and `high` are then the harm and the benefit limit (Altman, BMJ 1998;317:1309).
    """

    value: float | None
    low: float
    high: float
    crosses_infinity: bool


@dataclass(frozen=True, slots=True)
class ModelEstimate:
    """A quantity estimated by a fitted model, never a raw mean."""

    estimate: float
    standard_error: float
    df: float
    t: float
    p_value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class NotEstimable:
    """The data leave this quantity undetermined. Printed as "not estimable", never as zero."""

    reason: str
