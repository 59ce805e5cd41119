"""Analysis of covariance on ranks, for scales with few steps such as the CGI-S.

The changes of all analysed participants are ranked together, equal changes sharing the mean of their ranks, and the
ordinary model is fitted to the ranks (Conover and Iman, Biometrics 1982;38:715). In TRANSFORM-3 (registry record
NCT02422186) the CGI-S is analysed so. The p value is the result; means and differences are in ranks, not in points
of the scale, and must not be read as points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from apps.endpoints.domain.ancova import AncovaResult, AncovaRow, fit_ancova
from apps.endpoints.domain.results import Weights


def rank_rows(rows: Sequence[AncovaRow], *, rank_covariate: bool = False) -> tuple[AncovaRow, ...]:
    """The rows with the outcome, and if asked for every covariate, replaced by its mid-rank (1 is the lowest)."""
    if not rows:
        return ()
    outcome = _ranks([row.outcome for row in rows])
    ranked = [replace(row, outcome=rank) for row, rank in zip(rows, outcome, strict=True)]
    if not rank_covariate:
        return tuple(ranked)
    covariate = _ranks([row.covariate for row in rows])
    further = {name: _ranks([row.further[name] for row in rows]) for name in rows[0].further}
    return tuple(
        replace(row, covariate=rank, further={name: ranks[place] for name, ranks in further.items()})
        for place, (row, rank) in enumerate(zip(ranked, covariate, strict=True))
    )


def _ranks(values: Sequence[float]) -> list[float]:
    return [float(rank) for rank in stats.rankdata(np.array(values))]


def fit_rank_ancova(
    rows: Sequence[AncovaRow],
    *,
    arms: Sequence[str],
    reference: str,
    factors: Sequence[str],
    covariate: str,
    rank_covariate: bool = False,
    further: Sequence[str] = (),
    weights: Weights = Weights.EQUAL,
    level: float = 0.95,
) -> AncovaResult:
    """Fit the model of `fit_ancova` to the ranks of the outcome.

    Covariates stay as they were measured unless `rank_covariate`. Every estimate of the result is in ranks.

    :raises NotAnalysable: as `fit_ancova`.
    """
    return fit_ancova(
        rank_rows(rows, rank_covariate=rank_covariate),
        arms=arms,
        reference=reference,
        factors=factors,
        covariate=f"rank of {covariate}" if rank_covariate and covariate else covariate,
        further=further,
        weights=weights,
        level=level,
    )
