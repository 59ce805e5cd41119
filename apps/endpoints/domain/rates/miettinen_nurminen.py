"""The score interval of a difference of two rates (Miettinen and Nurminen, Stat Med 1985;4:213).

For every difference `d` that could be true, the two rates are estimated under ``p1 - p2 = d``; the variance of the
observed difference is taken at those estimates and enlarged by N / (N - 1). The interval holds every `d` whose
statistic stays within the quantile. It exists for every table, those with empty cells too.
"""

from __future__ import annotations

from math import acos, cos, pi

from scipy import optimize, stats

from apps.endpoints.domain.results import Interval, Rate, RateDifference
from apps.endpoints.domain.values import NotAnalysable


def restricted_rates(x1: int, n1: int, x2: int, n2: int, *, difference: float) -> tuple[float, float]:
    """The most likely pair of rates with ``p1 - p2 = difference``, -1 to 1.

    The likelihood's maximum is the middle root of a cubic, found by its trigonometric solution (appendix of
    the paper).
    """
    d, n = difference, n1 + n2
    cubic, square = float(n), (n1 + 2 * n2) * d - n - (x1 + x2)
    linear, constant = (n2 * d - n - 2 * x2) * d + x1 + x2, x2 * d * (1 - d)
    third = square / (3 * cubic)
    v = third**3 - square * linear / (6 * cubic**2) + constant / (2 * cubic)
    size = max(third**2 - linear / (3 * cubic), 0.0) ** 0.5
    u = size if v >= 0 else -size
    angle = 0.0 if u == 0 else (pi + acos(min(1.0, max(-1.0, v / u**3)))) / 3
    second = 2 * u * cos(angle) - third
    second = min(max(second, 0.0, -d), 1.0, 1 - d)
    return min(max(second + d, 0.0), 1.0), second


def score_statistic(x1: int, n1: int, x2: int, n2: int, *, difference: float) -> float:
    """The standardized distance of the observed difference from `difference`; falls as `difference` grows."""
    p1, p2 = restricted_rates(x1, n1, x2, n2, difference=difference)
    distance = x1 / n1 - x2 / n2 - difference
    variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
    if abs(distance) < 1e-14:
        return 0.0
    return distance / variance**0.5 if variance > 0 else distance * float("inf")


def miettinen_nurminen_interval(x1: int, n1: int, x2: int, n2: int, *, level: float = 0.95) -> Interval:
    """The interval of ``x1/n1 - x2/n2``.

    :raises NotAnalysable: if a count does not fit its denominator, or a denominator is zero.
    """
    _refuse(x1, n1, x2, n2)
    quantile = float(stats.norm.ppf((1 + level) / 2))
    observed = x1 / n1 - x2 / n2

    def limit(end: float) -> float:
        """Where the statistic meets the quantile between the observed difference and `end`."""
        sign = -end
        if abs(observed - end) < 1e-14:
            return end
        inside = end * (1 - 1e-13)
        if sign * score_statistic(x1, n1, x2, n2, difference=inside) < quantile:
            return end
        return float(
            optimize.brentq(
                lambda d: sign * score_statistic(x1, n1, x2, n2, difference=d) - quantile,
                *sorted((observed, inside)),
                xtol=1e-14,
                rtol=1e-14,
            )
        )

    return Interval(limit(-1.0), limit(1.0), level, "Miettinen-Nurminen")


def miettinen_nurminen_test(x1: int, n1: int, x2: int, n2: int, *, difference: float = 0.0) -> float:
    """Two-sided p value that the true difference is `difference`; in agreement with the interval.

    :raises NotAnalysable: if a count does not fit its denominator, or a denominator is zero.
    """
    _refuse(x1, n1, x2, n2)
    return 2 * float(stats.norm.sf(abs(score_statistic(x1, n1, x2, n2, difference=difference))))


def miettinen_nurminen_difference(first: Rate, second: Rate, *, level: float = 0.95) -> RateDifference:
    """First minus second, with the score interval.

    :raises NotAnalysable: if a denominator is zero, or the two rates treat missing data differently.
    """
    if first.rule is not second.rule:
        raise NotAnalysable("Two rates with different rules for missing data cannot be compared.")
    interval = miettinen_nurminen_interval(
        first.count, first.denominator, second.count, second.denominator, level=level
    )
    value = first.count / first.denominator - second.count / second.denominator
    return RateDifference(first, second, value, interval)


def _refuse(x1: int, n1: int, x2: int, n2: int) -> None:
    if min(n1, n2) == 0:
        raise NotAnalysable("A rate without participants cannot be compared.")
    if not (0 <= x1 <= n1 and 0 <= x2 <= n2):
        raise NotAnalysable(f"{x1} of {n1} and {x2} of {n2} cannot both be rates.")
