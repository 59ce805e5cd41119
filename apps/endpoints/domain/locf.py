"""One score for the target day: as observed, or carried forward, as derivations that keep track of what they did.

Observed cases (OC): the score of the day itself. Last observation carried forward (LOCF): the latest observed score
after baseline and not after the target day stands in for a missing one. The baseline itself is not carried: a
participant without any score after baseline has no derived value and leaves the analysis (in TRANSFORM-2 this leaves
112 and 109 of the 114 and 109 in the full analysis set). Baseline observation carried forward (BOCF): whoever has no
score on the target day counts as unchanged from baseline, whatever was seen in between; only those without a baseline
leave.

Measurements are never changed; the derived value exists only in the result.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.endpoints.domain.results import MissingRule
from apps.endpoints.domain.values import NotAnalysable, ScoreSeries


@dataclass(frozen=True, slots=True)
class DerivedScore:
    """A score for the target day, and the day on which it was really observed."""

    number: str
    baseline: float
    score: float
    observed_day: int
    target_day: int

    @property
    def change(self) -> float:
        """Score minus baseline."""
        return self.score - self.baseline

    @property
    def carried(self) -> bool:
        """Whether the score comes from an earlier day."""
        return self.observed_day != self.target_day


@dataclass(frozen=True, slots=True)
class Derivation:
    """Everybody's score for the day by one rule, and (number, reason) of each who has none."""

    rule: MissingRule
    scores: tuple[DerivedScore, ...]
    left_out: tuple[tuple[str, str], ...]


def derive(
    series: Iterable[ScoreSeries], *, day: int, rule: MissingRule, baseline_day: int = 1
) -> Derivation:
    """Derive everybody's score for `day` by `rule`: observed cases, LOCF or BOCF.

    :raises NotAnalysable: if the rule derives no score.
    """
    pick = {MissingRule.OBSERVED_CASES: _observed, MissingRule.LOCF: _last, MissingRule.BOCF: _baseline}
    if rule not in pick:
        raise NotAnalysable(f'The rule "{rule.label}" derives no score.')
    scores: list[DerivedScore] = []
    left_out: list[tuple[str, str]] = []
    for item in sorted(series, key=lambda one: one.number):
        if item.baseline is None:
            left_out.append((item.number, "no baseline"))
            continue
        observed_day = pick[rule](item, day, baseline_day)
        if observed_day is None:
            without = (
                f"no score on Day {day}"
                if rule is MissingRule.OBSERVED_CASES
                else f"no score after baseline and up to Day {day}"
            )
            left_out.append((item.number, without))
            continue
        score = item.visits.get(observed_day, item.baseline)
        scores.append(DerivedScore(item.number, item.baseline, score, observed_day, day))
    return Derivation(rule, tuple(scores), tuple(left_out))


def carry_forward(series: Iterable[ScoreSeries], *, day: int) -> tuple[DerivedScore, ...]:
    """Derive everybody's score for `day` by LOCF; those without baseline or without any score after it are
    left out."""
    return derive(series, day=day, rule=MissingRule.LOCF).scores


def _observed(item: ScoreSeries, day: int, baseline_day: int) -> int | None:
    return day if day in item.visits else None


def _last(item: ScoreSeries, day: int, baseline_day: int) -> int | None:
    return max((seen for seen in item.visits if seen <= day), default=None)


def _baseline(item: ScoreSeries, day: int, baseline_day: int) -> int | None:
    return day if day in item.visits else baseline_day
