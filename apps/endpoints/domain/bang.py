"""How well each arm stayed blind: Bang's index from the guesses of its participants.

Bang, Ni and Davis, Control Clin Trials 2004;25:143. In one arm, every answer has a weight: 1 for a right guess, -1
for a wrong one, 0 for "does not know"; with five grades, certain guesses weigh 1 and uncertain ones a half. The index
is the mean weight: 1 if all guess right, -1 if all guess wrong, 0 where guesses are chance. Answers are multinomial,
so its variance is (mean of the squared weights minus the squared index) divided by the answers; the interval is the
index plus and minus the normal quantile times the root of that, cut at -1 and 1.

The arms are never averaged: right guesses in one and wrong ones in the other would cancel, which is the very thing the
index was made to show.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from scipy import stats

from apps.endpoints.domain.results import Interval
from apps.endpoints.domain.values import NotAnalysable


class Belief(IntEnum):
    """What a participant believes they had; the values are those of the instrument."""

    CERTAINLY_DRUG = 1
    RATHER_DRUG = 2
    UNKNOWN = 3
    RATHER_PLACEBO = 4
    CERTAINLY_PLACEBO = 5


@dataclass(frozen=True, slots=True)
class GuessCounts:
    """How many of one arm gave each answer, from `CERTAINLY_DRUG` to `CERTAINLY_PLACEBO`."""

    counts: tuple[int, int, int, int, int]

    def __post_init__(self) -> None:
        if min(self.counts) < 0:
            raise NotAnalysable("A number of guesses cannot be negative.")

    @property
    def answered(self) -> int:
        """How many answered at all, whatever they believe."""
        return sum(self.counts)

    @property
    def drug(self) -> int:
        """How many believe they had the study drug, certain or not."""
        return self.counts[0] + self.counts[1]

    @property
    def placebo(self) -> int:
        """How many believe they had the placebo, certain or not."""
        return self.counts[3] + self.counts[4]

    @property
    def unknown(self) -> int:
        """How many do not know."""
        return self.counts[2]


@dataclass(frozen=True, slots=True)
class BangIndex:
    """The index of one arm with its variance and interval; `interval` is None where the variance is nought."""

    value: float
    variance: float
    answered: int
    interval: Interval | None


def guess_counts(beliefs: Iterable[int]) -> GuessCounts:
    """
    Count answers of one arm.

    :raises NotAnalysable: if an answer is none of the five
    """
    counts = [0] * len(Belief)
    for belief in beliefs:
        if belief not in set(Belief):
            raise NotAnalysable(f"{belief} is none of the five answers about the treatment.")
        counts[belief - 1] += 1
    first, second, third, fourth, fifth = counts
    return GuessCounts((first, second, third, fourth, fifth))


def bang_three(counts: GuessCounts, *, active: bool, level: float = 0.95) -> BangIndex | None:
    """Bang's index of one arm from drug, placebo, does not know; None where nobody answered."""
    return _index(counts, (1.0, 1.0, 0.0, -1.0, -1.0), active=active, level=level)


def bang_five(counts: GuessCounts, *, active: bool, level: float = 0.95) -> BangIndex | None:
    """Bang's index of one arm from the five grades, uncertain guesses at half weight; None where nobody answered."""
    return _index(counts, (1.0, 0.5, 0.0, -0.5, -1.0), active=active, level=level)


def _index(counts: GuessCounts, weights: Sequence[float], *, active: bool, level: float) -> BangIndex | None:
    answered = counts.answered
    if answered == 0:
        return None
    right = weights if active else [-weight for weight in weights]
    value = sum(weight * count for weight, count in zip(right, counts.counts, strict=True)) / answered
    square = sum(weight**2 * count for weight, count in zip(right, counts.counts, strict=True)) / answered
    variance = max(0.0, square - value**2) / answered
    if variance == 0.0:
        return BangIndex(value, 0.0, answered, None)
    half = float(stats.norm.ppf((1 + level) / 2)) * variance**0.5
    interval = Interval(max(-1.0, value - half), min(1.0, value + half), level, "normal")
    return BangIndex(value, variance, answered, interval)
