"""The exact interval of a rate (Clopper and Pearson, Biometrika 1934;26:404), by quantiles of the beta law."""

from __future__ import annotations

from scipy import stats

from apps.endpoints.domain.results import Interval
from apps.endpoints.domain.values import NotAnalysable


def clopper_pearson_interval(count: int, denominator: int, *, level: float = 0.95) -> Interval | None:
    """The exact interval of a share, or None where nobody was counted.

    Each limit is the share at which the count seen, or one further out, has half of ``1 - level`` as its
    probability. It covers at least `level` always, and mostly more.

    :raises NotAnalysable: if the count is negative or larger than the denominator.
    """
    if not 0 <= count <= denominator:
        raise NotAnalysable(f"{count} of {denominator} cannot be a rate.")
    if denominator == 0:
        return None
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else float(stats.beta.ppf(tail, count, denominator - count + 1))
    high = 1.0 if count == denominator else float(stats.beta.isf(tail, count + 1, denominator - count))
    return Interval(low, high, level, "Clopper-Pearson")
