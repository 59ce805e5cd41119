"""Whether the times differ between arms: the log-rank test, also stratified.

Mantel, Cancer Chemother Rep 1966;50:163; Peto and Peto, J R Stat Soc A 1972;135:185, with the hypergeometric variance.
With strata, observed, expected and variance are added up over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from apps.endpoints.domain.survival.times import EventTime, RiskTable, checked
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True)
class LogRank:
    """`observed` and `expected` events by arm. With two arms, `z` is above nought where the first has more events
    than expected, `score` is its excess and `information` the excess's variance; else they are None."""

    arms: tuple[str, ...]
    strata: int
    observed: tuple[int, ...]
    expected: tuple[float, ...]
    statistic: float
    df: int
    p_value: float
    z: float | None
    score: float | None
    information: float | None


def log_rank(rows: Iterable[EventTime], *, arms: Sequence[str], stratified: bool = False) -> LogRank:
    """Compare two or more arms; with `stratified`, within the rows' strata.

    :raises NotAnalysable: if fewer than two arms have participants, there is no event while two arms are at
        risk, or a row cannot be used.
    """
    known = checked(rows, arms=arms)
    strata = sorted({row.stratum for row in known}) if stratified else [""]
    if len({row.arm for row in known}) < len(arms) or len(arms) < 2:
        raise NotAnalysable("A log-rank test needs participants in every one of at least two arms.")
    observed, expected = np.zeros(len(arms)), np.zeros(len(arms))
    variance = np.zeros((len(arms), len(arms)))
    for stratum in strata:
        members = [row for row in known if not stratified or row.stratum == stratum]
        table = RiskTable.of(members, arms=arms)
        total, d = table.at_risk.sum(axis=0), table.events.sum(axis=0)
        share = table.at_risk / total
        observed += table.events.sum(axis=1)
        expected += (d * share).sum(axis=1)
        spread = np.where(total > 1, d * (total - d) / np.maximum(total - 1, 1), 0.0)
        variance += np.diag((spread * share).sum(axis=1)) - (spread * share) @ share.T
    excess, inner = (observed - expected)[:-1], variance[:-1, :-1]
    if not np.linalg.matrix_rank(inner) == len(arms) - 1:
        raise NotAnalysable("There is no event while two arms are at risk; there is no log-rank test.")
    statistic = float(excess @ np.linalg.solve(inner, excess))
    two = len(arms) == 2
    return LogRank(
        tuple(arms),
        len(strata),
        tuple(int(count) for count in observed),
        tuple(float(value) for value in expected),
        statistic,
        len(arms) - 1,
        float(stats.chi2.sf(statistic, len(arms) - 1)),
        float(excess[0] / inner[0, 0] ** 0.5) if two else None,
        float(excess[0]) if two else None,
        float(inner[0, 0]) if two else None,
    )
