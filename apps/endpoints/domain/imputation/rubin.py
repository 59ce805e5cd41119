"""Putting the results of several completed data sets together (Rubin, Multiple Imputation, Wiley 1987, p. 76).

Degrees of freedom by Barnard and Rubin (Biometrika 1999;86:948), which never exceed those of the complete data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from apps.endpoints.domain.results import Interval, ModelEstimate
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True)
class PooledEstimate:
    """One quantity over `sets` completed data sets.

    `within` is the mean of their variances, `between` the variance of their estimates; the total is
    ``within + (1 + 1 / sets) between``. `fraction_missing` is the share of the information that was missing, with
    the correction for few degrees of freedom; `monte_carlo_error` how far another run of as many sets would move
    the estimate.
    """

    estimate: ModelEstimate
    sets: int
    within: float
    between: float
    relative_increase: float
    fraction_missing: float
    monte_carlo_error: float


def pool(
    estimates: Sequence[float], variances: Sequence[float], *, complete_df: float, level: float = 0.95
) -> PooledEstimate:
    """Pool the estimates of one quantity; `complete_df` are the degrees of freedom without missing data.

    :raises NotAnalysable: if there are fewer than two sets, their numbers differ, or no variance is above zero.
    """
    m = len(estimates)
    faults = ["Rubin's rules need at least two completed data sets."] * (m < 2)
    faults += ["Every estimate needs its variance."] * (m != len(variances))
    faults += ["A variance is negative, or all are nought."] * (
        min(variances, default=0) < 0 or max(variances, default=0) <= 0
    )
    if faults:
        raise NotAnalysable(*faults)
    value, within = float(np.mean(estimates)), float(np.mean(variances))
    between = float(np.var(estimates, ddof=1))
    added = (1 + 1 / m) * between
    total = within + added
    df = barnard_rubin(share=added / total, sets=m, complete_df=complete_df)
    increase = added / within
    error = total**0.5
    t = value / error
    half = float(stats.t.ppf((1 + level) / 2, df)) * error
    interval = Interval(value - half, value + half, level, "t, Rubin's rules with Barnard-Rubin df")
    p = 2 * float(stats.t.sf(abs(t), df))
    return PooledEstimate(
        ModelEstimate(value, error, df, t, p, interval),
        m,
        within,
        between,
        increase,
        (increase + 2 / (df + 3)) / (1 + increase),
        (between / m) ** 0.5,
    )


def barnard_rubin(*, share: float, sets: int, complete_df: float) -> float:
    """Degrees of freedom when `share` of the total variance comes from the missing data."""
    inverse = share**2 / (sets - 1)
    if complete_df != float("inf"):
        inverse += 1 / ((complete_df + 1) / (complete_df + 3) * complete_df * (1 - share))
    return 1 / inverse if inverse > 0 else float("inf")
