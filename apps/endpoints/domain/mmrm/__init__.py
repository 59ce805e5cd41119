"""The mixed model for repeated measures: restricted maximum likelihood, Kenward-Roger, least-squares means.

Own code on NumPy and SciPy, because no Python package fits these models; docs/statistics.md says how closely it
agrees with R's. Read `fit` first, then `likelihood` and `inference`.
"""

from apps.endpoints.domain.mmrm.fit import NoFit, fit_mmrm
from apps.endpoints.domain.mmrm.fitted import (
    ArmMean,
    Coefficient,
    FitStatistics,
    MmrmFit,
    PatternCount,
    VisitDifference,
)
from apps.endpoints.domain.mmrm.frame import Factor, ModelFrame, Numeric, SetAside
from apps.endpoints.domain.mmrm.inference import FTest
from apps.endpoints.domain.mmrm.model import (
    Covariance,
    DegreesOfFreedom,
    Estimation,
    MmrmModel,
    usual_terms,
)
from apps.endpoints.domain.mmrm.search import Attempt

__all__ = [
    "ArmMean",
    "Attempt",
    "Coefficient",
    "Covariance",
    "DegreesOfFreedom",
    "Estimation",
    "FTest",
    "Factor",
    "FitStatistics",
    "MmrmFit",
    "MmrmModel",
    "ModelFrame",
    "NoFit",
    "Numeric",
    "PatternCount",
    "SetAside",
    "VisitDifference",
    "fit_mmrm",
    "usual_terms",
]
