"""Two stages with weights set beforehand: the combination test, its estimate and its interval.

Cui, Hung and Wang, Biometrics 1999;55:853; Lehmacher and Wassmer, Biometrics 1999;55:1286. Each stage gives an
independent standard normal statistic, and the weights are those planned, whatever size the second stage came to have:
z = (w1 z1 + w2 z2) / sqrt(w1^2 + w2^2). Estimate and interval turn the same combination round (Lawrence and Hung,
Biom J 2003;45:595); the estimate is median unbiased where no stop was possible between the stages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

from apps.endpoints.domain.results import Interval
from apps.endpoints.domain.survival.log_rank import LogRank
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True)
class Combined:
    """The combined statistic and its two-sided p value; estimate and interval where the stages have them."""

    z: float
    p_value: float
    weights: tuple[float, ...]
    estimate: float | None
    interval: Interval | None


def combine_statistics(statistics: Sequence[float], *, weights: Sequence[float]) -> Combined:
    """Combine the stages' independent z statistics; the weights are scaled so that their squares add up to one.

    :raises NotAnalysable: if the numbers of both differ, or a weight is not above nought.
    """
    scaled = _scaled(weights, len(statistics))
    z = sum(weight * one for weight, one in zip(scaled, statistics, strict=True))
    return Combined(z, 2 * float(stats.norm.sf(abs(z))), scaled, None, None)


def combine_estimates(
    estimates: Sequence[float],
    standard_errors: Sequence[float],
    *,
    weights: Sequence[float],
    level: float = 0.95,
) -> Combined:
    """Combine the stages' independent estimates of one effect, such as differences or log hazard ratios.

    :raises NotAnalysable: as `combine_statistics`, or if a standard error is not above nought.
    """
    if len(estimates) != len(standard_errors) or min(standard_errors, default=0) <= 0:
        raise NotAnalysable("Every stage needs an estimate with a standard error above nought.")
    scaled = _scaled(weights, len(estimates))
    precision = sum(weight / error for weight, error in zip(scaled, standard_errors, strict=True))
    ratios = [one / error for one, error in zip(estimates, standard_errors, strict=True)]
    z = sum(weight * ratio for weight, ratio in zip(scaled, ratios, strict=True))
    half = float(stats.norm.ppf((1 + level) / 2)) / precision
    value = z / precision
    interval = Interval(value - half, value + half, level, "weighted combination of stages")
    return Combined(z, 2 * float(stats.norm.sf(abs(z))), scaled, value, interval)


def second_stage(first: LogRank, whole: LogRank) -> float:
    """The log-rank statistic of what came after the interim: the increment of the score over its own deviation.

    `first` is the test at the interim, `whole` of all data up to the end; the increments are independent
    (Tsiatis, Biometrika 1981;68:311).

    :raises NotAnalysable: if one of them compares more than two arms, or the information did not grow.
    """
    if first.score is None or whole.score is None or first.arms != whole.arms:
        raise NotAnalysable("Stages are combined for the same two arms.")
    assert first.information is not None
    assert whole.information is not None
    gained = whole.information - first.information
    if gained <= 0:
        raise NotAnalysable("There is no information after the interim.")
    return float((whole.score - first.score) / gained**0.5)


def _scaled(weights: Sequence[float], stages: int) -> tuple[float, ...]:
    if len(weights) != stages or min(weights, default=0) <= 0:
        raise NotAnalysable("Every stage needs a weight above nought.")
    size = sum(weight * weight for weight in weights) ** 0.5
    return tuple(weight / size for weight in weights)
