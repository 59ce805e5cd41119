"""One door to every method: what is wrong with a plan, and the places of a list that are known beforehand."""

from collections.abc import Iterable

from apps.randomization.domain import blocks
from apps.randomization.domain.minimization import minimization_faults
from apps.randomization.domain.shapes import ListPlan, Slot, common_faults
from apps.randomization.domain.simple import build_simple


def plan_faults(plan: ListPlan) -> tuple[str, ...]:
    """Return every reason why no list can be made from this plan; empty when one can."""
    if plan.method == "permuted_blocks":
        faults = blocks.plan_faults(plan)
    elif plan.method == "minimization":
        faults = minimization_faults(plan)
    else:
        faults = common_faults(plan)
    if plan.method != "permuted_blocks" and plan.block_sizes:
        faults = (*faults, "Only permuted blocks have block sizes.")
    if plan.method != "minimization" and plan.minimization is not None:
        faults = (*faults, "Only minimization has an imbalance, a probability and weights.")
    return faults


def build_list(*, plan: ListPlan, seed: bytes, strata: Iterable[str], places: int) -> tuple[Slot, ...]:
    """Return at least `places` places for each stratum, strata in the order of their keys; none for
    minimization, where a place arises with its draw.

    The same seed, plan and stratum give the same places, whatever else is built with them.

    Raises ValueError with every fault of the plan and of the strata, and for an uploaded list: its places
    come from its file (see `upload`).
    """
    faults = plan_faults(plan)
    if faults:
        raise ValueError(" ".join(faults))
    if plan.method == "minimization":
        return ()
    if plan.method == "uploaded":
        raise ValueError("The places of an uploaded list come from its file.")
    build = blocks.build_list if plan.method == "permuted_blocks" else build_simple
    return build(plan=plan, seed=seed, strata=strata, places=places)
