"""Reading what may be known of randomization. Nothing here can answer with a participant's arm."""

from apps.randomization.selectors.allocations import (
    allocation_for,
    allocation_get,
    allocation_known,
    allocation_of,
    allocations_visible,
    strata_compared,
)
from apps.randomization.selectors.draw import DrawPreview, DrawState, draw_preview, draw_state
from apps.randomization.selectors.lists import (
    commitments_of,
    draws_of_test_list,
    factors_of,
    list_for_tests,
    list_get,
    list_live,
    lists_visible,
    sealed_lengths,
    sealed_seed,
    verifications_of,
)
from apps.randomization.selectors.outlook import StratumSpan, strata_spans
from apps.randomization.selectors.replaying import owner_material, plan_of, replayed

__all__ = [
    "DrawPreview",
    "DrawState",
    "StratumSpan",
    "allocation_for",
    "allocation_get",
    "allocation_known",
    "allocation_of",
    "allocations_visible",
    "commitments_of",
    "draw_preview",
    "draw_state",
    "draws_of_test_list",
    "factors_of",
    "list_for_tests",
    "list_get",
    "list_live",
    "lists_visible",
    "owner_material",
    "plan_of",
    "replayed",
    "sealed_lengths",
    "sealed_seed",
    "strata_compared",
    "strata_spans",
    "verifications_of",
]
