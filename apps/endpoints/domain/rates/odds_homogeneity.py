"""Whether one odds ratio fits all strata: the test of Breslow and Day with Tarone's correction.

Breslow and Day, Statistical Methods in Cancer Research I, IARC 1980, p. 142; Tarone, Biometrika 1985;72:91.
"""

from __future__ import annotations

from collections.abc import Sequence

from scipy import stats

from apps.endpoints.domain.rates.mantel_haenszel import mantel_haenszel_odds_ratio
from apps.endpoints.domain.rates.strata import ChiSquareTest, FourFold, usable
from apps.endpoints.domain.values import NotAnalysable


def breslow_day(tables: Sequence[FourFold], *, tarone: bool = True) -> ChiSquareTest:
    """The test that the odds ratio is the same in every stratum; strata less one degrees of freedom.

    Strata in which everybody or nobody reached the endpoint have no odds ratio and are left out with a note.

    :raises NotAnalysable: if fewer than two strata are left, or the common odds ratio does not exist.
    """
    both, notes = usable(tables)
    ratio = mantel_haenszel_odds_ratio(both).value
    kept = [t for t in both if 0 < t.reached < t.n]
    notes += tuple(
        f"Stratum {t.stratum} was left out: everybody or nobody reached the endpoint."
        for t in both
        if t not in kept
    )
    if len(kept) < 2:
        raise NotAnalysable("Fewer than two strata have an odds ratio; there is nothing to compare.")
    gaps: list[float] = []
    variances: list[float] = []
    for table in kept:
        fitted = fitted_count(table, ratio=ratio)
        cells = (fitted, table.reached - fitted, table.n1 - fitted, table.n2 - table.reached + fitted)
        gaps.append(table.x1 - fitted)
        variances.append(1 / sum(1 / cell for cell in cells))
    statistic = sum(gap * gap / variance for gap, variance in zip(gaps, variances, strict=True))
    if tarone:
        statistic -= sum(gaps) ** 2 / sum(variances)
    df = len(kept) - 1
    method = "Breslow-Day with Tarone's correction" if tarone else "Breslow-Day"
    return ChiSquareTest(statistic, df, float(stats.chi2.sf(statistic, df)), method, len(kept), notes)


def fitted_count(table: FourFold, *, ratio: float) -> float:
    """The count of the first arm that gives the stratum, with its margins, exactly this odds ratio.

    The root of ``a (n2 - m + a) = ratio (m - a) (n1 - a)`` within the margins, in the form that loses no
    digits when the ratio is near one.
    """
    m, n1, n2 = table.reached, table.n1, table.n2
    square = 1 - ratio
    linear = n2 - m + ratio * (m + n1)
    constant = -ratio * m * n1
    root: float = max(linear * linear - 4 * square * constant, 0.0) ** 0.5
    return float(-2 * constant / (linear + root))
