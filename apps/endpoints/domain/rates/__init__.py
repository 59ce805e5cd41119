"""Rates beyond one interval and one difference: exact and score intervals, and comparisons over strata.

Wilson's interval and Newcombe's difference are in `binary`; what is here takes counts and gives frozen values
that name their method, their weights, and the strata that could not be used.
"""

from apps.endpoints.domain.rates.clopper_pearson import clopper_pearson_interval
from apps.endpoints.domain.rates.mantel_haenszel import (
    cochran_mantel_haenszel,
    mantel_haenszel_difference,
    mantel_haenszel_odds_ratio,
)
from apps.endpoints.domain.rates.miettinen_nurminen import (
    miettinen_nurminen_difference,
    miettinen_nurminen_interval,
    miettinen_nurminen_test,
)
from apps.endpoints.domain.rates.needed import needed_in_words
from apps.endpoints.domain.rates.odds_homogeneity import breslow_day
from apps.endpoints.domain.rates.strata import (
    ChiSquareTest,
    FourFold,
    StratifiedEstimate,
    StratumWeights,
    four_folds,
)
from apps.endpoints.domain.rates.stratified_newcombe import stratified_newcombe

__all__ = [
    "ChiSquareTest",
    "FourFold",
    "StratifiedEstimate",
    "StratumWeights",
    "breslow_day",
    "clopper_pearson_interval",
    "cochran_mantel_haenszel",
    "four_folds",
    "mantel_haenszel_difference",
    "mantel_haenszel_odds_ratio",
    "miettinen_nurminen_difference",
    "miettinen_nurminen_interval",
    "miettinen_nurminen_test",
    "needed_in_words",
    "stratified_newcombe",
]
