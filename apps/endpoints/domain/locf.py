"""Last observation carried forward, as a derivation that keeps track of what it did.

The rule: the latest observed score after baseline and not after the target day stands in for a missing one.
The baseline itself is not carried: a participant without any score after baseline has no derived value and
leaves the analysis (in TRANSFORM-2 this leaves 112 and 109 of the 114 and 109 in the full analysis set).
Measurements are never changed; the derived value exists only in the result.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.endpoints.domain.values import ScoreSeries


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


def carry_forward(series: Iterable[ScoreSeries], *, day: int) -> tuple[DerivedScore, ...]:
    """Derive everybody's score for `day`; those without baseline or without any score after it are left
    out."""
    derived = []
    for item in sorted(series, key=lambda one: one.number):
        days = [seen for seen in item.visits if seen <= day]
        if item.baseline is not None and days:
            latest = max(days)
            derived.append(DerivedScore(item.number, item.baseline, item.visits[latest], latest, day))
    return tuple(derived)
