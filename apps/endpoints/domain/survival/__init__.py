"""Time to relapse and the like: curves, tests, hazard ratios, and two stages put together.

Own code on NumPy and SciPy rather than lifelines: docs/decisions says why.
"""

from apps.endpoints.domain.survival.cox import ChiSquare, CoxResult, HazardRatio, Ties, fit_cox
from apps.endpoints.domain.survival.kaplan_meier import (
    QuantileTime,
    SurvivalCurve,
    SurvivalStep,
    survival_curve,
)
from apps.endpoints.domain.survival.log_rank import LogRank, log_rank
from apps.endpoints.domain.survival.stages import (
    Combined,
    combine_estimates,
    combine_statistics,
    second_stage,
)
from apps.endpoints.domain.survival.times import EventTime

__all__ = [
    "ChiSquare",
    "Combined",
    "CoxResult",
    "EventTime",
    "HazardRatio",
    "LogRank",
    "QuantileTime",
    "SurvivalCurve",
    "SurvivalStep",
    "Ties",
    "combine_estimates",
    "combine_statistics",
    "fit_cox",
    "log_rank",
    "second_stage",
    "survival_curve",
]
