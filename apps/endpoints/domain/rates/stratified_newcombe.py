"""Newcombe's interval for a difference over strata (Yan and Su, Stat Biopharm Res 2010;2:482).

Each arm gets a stratified Wilson interval: the weighted mean of the strata's Wilson limits, each taken at a smaller
quantile, so that together they have the level asked for. The two are then joined as Newcombe joins two Wilson
intervals. With one stratum it is Newcombe's interval itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from apps.endpoints.domain.rates.strata import FourFold, StratifiedEstimate, StratumWeights, usable
from apps.endpoints.domain.results import Interval

Vector = NDArray[np.float64]


def stratified_newcombe(
    tables: Sequence[FourFold],
    *,
    weights: StratumWeights = StratumWeights.MANTEL_HAENSZEL,
    level: float = 0.95,
) -> StratifiedEstimate:
    """The weighted difference of rates, first arm minus second, with the stratified Newcombe interval.

    Both arms are averaged with the same weights; strata without one of the arms are left out with a note.

    :raises NotAnalysable: if no stratum has participants in both arms.
    """
    kept, notes = usable(tables)
    x1, n1, x2, n2 = (
        np.array([getattr(table, name) for table in kept], dtype=float) for name in ("x1", "n1", "x2", "n2")
    )
    z = float(stats.norm.ppf((1 + level) / 2))
    share = n1 * n2 / (n1 + n2) if weights is StratumWeights.MANTEL_HAENSZEL else _wilson(x1 + x2, n1 + n2, z)
    share = share / share.sum()
    low1, high1 = stratified_wilson(x1, n1, share, z=z)
    low2, high2 = stratified_wilson(x2, n2, share, z=z)
    scale1, scale2 = float((share**2 / n1).sum()), float((share**2 / n2).sum())
    value = float(share @ (x1 / n1 - x2 / n2))
    down = z * (scale1 * low1 * (1 - low1) + scale2 * high2 * (1 - high2)) ** 0.5
    up = z * (scale1 * high1 * (1 - high1) + scale2 * low2 * (1 - low2)) ** 0.5
    method = f"stratified Newcombe; {weights.label}"
    interval = Interval(max(-1.0, value - down), min(1.0, value + up), level, method)
    return StratifiedEstimate(value, None, interval, method, len(kept), notes)


def stratified_wilson(count: Vector, n: Vector, share: Vector, *, z: float) -> tuple[float, float]:
    """Low and high limit of the weighted rate of one arm; `share` adds up to one."""
    inner = _inner_quantile(count, n, share, z=z)
    rate = count / n
    scale = 1 + inner**2 / n
    centre = (rate + inner**2 / (2 * n)) / scale
    half = inner * (rate * (1 - rate) / n + inner**2 / (4 * n**2)) ** 0.5 / scale
    return max(0.0, float(share @ (centre - half))), min(1.0, float(share @ (centre + half)))


def _inner_quantile(count: Vector, n: Vector, share: Vector, *, z: float) -> float:
    """The quantile at which each stratum's limits are taken.

    Where no stratum varies (all rates nought or one), the strata count as equally variable.
    """
    rate = count / n
    errors = share * (rate * (1 - rate) / n) ** 0.5
    if not errors.any():
        errors = share
    return z * float((errors**2).sum() ** 0.5 / errors.sum())


def _wilson(count: Vector, n: Vector, z: float, *, rounds: int = 100) -> Vector:
    """Weights inverse to the squared half-width of each stratum's Wilson interval, both arms pooled.

    The quantile depends on the weights and the weights on the quantile; they are repeated until they stand.
    """
    rate = count / n
    share: Vector = np.full(n.shape, 1 / n.size)
    for _ in range(rounds):
        inner = _inner_quantile(count, n, share, z=z)
        inverse = (1 + inner**2 / n) ** 2 / (rate * (1 - rate) / n + inner**2 / (4 * n**2))
        fresh: Vector = inverse / inverse.sum()
        if float(np.abs(fresh - share).max()) < 1e-12:
            return fresh
        share = fresh
    return share
