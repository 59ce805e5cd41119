"""Two arms over strata: the Cochran-Mantel-Haenszel test, the common difference and the common odds ratio.

Test: Mantel and Haenszel, J Natl Cancer Inst 1959;22:719. Difference: Mantel-Haenszel weights with the variance of
Sato (Biometrics 1989;45:1323), which holds for few large strata and for many small ones alike. Odds ratio: the
variance of its logarithm by Robins, Breslow and Greenland (Biometrics 1986;42:311).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

from scipy import stats

from apps.endpoints.domain.rates.strata import ChiSquareTest, FourFold, StratifiedEstimate, usable
from apps.endpoints.domain.results import Interval
from apps.endpoints.domain.values import NotAnalysable


def cochran_mantel_haenszel(tables: Sequence[FourFold], *, continuity: bool = False) -> ChiSquareTest:
    """Whether the arms differ, with the margins of each stratum given. One degree of freedom.

    Without continuity correction unless asked for. Strata in which everybody or nobody reached the endpoint
    say nothing and do not move the statistic.

    :raises NotAnalysable: if no stratum has both arms and both outcomes.
    """
    kept, notes = usable(tables)
    informative = [t for t in kept if 0 < t.reached < t.n]
    if not informative:
        raise NotAnalysable("In every stratum everybody or nobody reached the endpoint; there is no test.")
    excess = sum(t.x1 - t.n1 * t.reached / t.n for t in informative)
    variance = sum(t.n1 * t.n2 * t.reached * (t.n - t.reached) / (t.n * t.n * (t.n - 1)) for t in informative)
    distance = max(abs(excess) - 0.5, 0.0) if continuity else abs(excess)
    statistic = distance * distance / variance
    method = "Cochran-Mantel-Haenszel, " + ("with" if continuity else "without") + " continuity correction"
    return ChiSquareTest(statistic, 1, float(stats.chi2.sf(statistic, 1)), method, len(informative), notes)


def mantel_haenszel_difference(tables: Sequence[FourFold], *, level: float = 0.95) -> StratifiedEstimate:
    """The common difference of rates, first arm minus second, with Sato's variance.

    :raises NotAnalysable: if no stratum has participants in both arms.
    """
    kept, notes = usable(tables)
    weight = sum(t.n1 * t.n2 / t.n for t in kept)
    value = sum((t.x1 * t.n2 - t.x2 * t.n1) / t.n for t in kept) / weight
    slope = sum((t.n1**2 * t.x2 - t.n2**2 * t.x1 + t.n1 * t.n2 * (t.n2 - t.n1) / 2) / t.n**2 for t in kept)
    base = sum((t.x1 * (t.n2 - t.x2) + t.x2 * (t.n1 - t.x1)) / (2 * t.n) for t in kept)
    error = max(value * slope + base, 0.0) ** 0.5 / weight
    half = float(stats.norm.ppf((1 + level) / 2)) * error
    method = "Mantel-Haenszel difference, Sato variance"
    interval = Interval(max(-1.0, value - half), min(1.0, value + half), level, method)
    return StratifiedEstimate(value, error, interval, method, len(kept), notes)


def mantel_haenszel_odds_ratio(tables: Sequence[FourFold], *, level: float = 0.95) -> StratifiedEstimate:
    """The common odds ratio, first arm over second, with the interval of Robins, Breslow and Greenland.

    :raises NotAnalysable: if no stratum has both arms, or a cell is empty in such a way that the ratio is
        nought or infinite.
    """
    kept, notes = usable(tables)
    parts = [
        (
            t.x1 * (t.n2 - t.x2) / t.n,
            (t.n1 - t.x1) * t.x2 / t.n,
            (t.x1 + t.n2 - t.x2) / t.n,
            (t.n1 - t.x1 + t.x2) / t.n,
        )
        for t in kept
    ]
    r, s = sum(p[0] for p in parts), sum(p[1] for p in parts)
    if r == 0 or s == 0:
        raise NotAnalysable("The odds ratio is nought or infinite in these strata; it has no interval.")
    variance = (
        sum(p * ri for ri, _, p, _ in parts) / (2 * r * r)
        + sum(p * si + q * ri for ri, si, p, q in parts) / (2 * r * s)
        + sum(q * si for _, si, _, q in parts) / (2 * s * s)
    )
    error = variance**0.5
    half = float(stats.norm.ppf((1 + level) / 2)) * error
    method = "Mantel-Haenszel odds ratio, Robins-Breslow-Greenland variance"
    centre = log(r / s)
    interval = Interval(exp(centre - half), exp(centre + half), level, method)
    return StratifiedEstimate(r / s, error, interval, method, len(kept), notes)
