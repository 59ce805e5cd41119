"""Missing outcomes filled in by an assumption that is stated: multiple imputation and its deterministic sister.

Read `records` first (what is asked), then `model` (the multivariate normal), `posterior` (its parameters) and
`multiple` (draw, complete, analyse, pool).
"""

from apps.endpoints.domain.imputation.conditional_mean import (
    ConditionalMean,
    ConditionalMeanResult,
    conditional_mean_imputation,
)
from apps.endpoints.domain.imputation.from_records import RowsToImpute, imputation_rows
from apps.endpoints.domain.imputation.multiple import (
    CompletedSets,
    ImputationResult,
    PooledDifference,
    PooledMean,
    Sampling,
    analyse,
    complete,
    multiple_imputation,
)
from apps.endpoints.domain.imputation.records import (
    Assumption,
    ImputationPlan,
    ImputationRow,
    affected_by_leaving,
)
from apps.endpoints.domain.imputation.rubin import PooledEstimate, barnard_rubin, pool
from apps.endpoints.domain.imputation.tipping import TippingCell, TippingGrid, tipping_grid

__all__ = [
    "Assumption",
    "CompletedSets",
    "ConditionalMean",
    "ConditionalMeanResult",
    "ImputationPlan",
    "ImputationResult",
    "ImputationRow",
    "PooledDifference",
    "PooledEstimate",
    "PooledMean",
    "RowsToImpute",
    "Sampling",
    "TippingCell",
    "TippingGrid",
    "affected_by_leaving",
    "analyse",
    "barnard_rubin",
    "complete",
    "conditional_mean_imputation",
    "imputation_rows",
    "multiple_imputation",
    "pool",
    "tipping_grid",
]
