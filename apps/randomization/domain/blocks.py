"""Permuted blocks within strata.

Every stratum is a row of blocks. Each block holds the arms in the exact ratio, shuffled; its size is drawn
first when the protocol allows several. Each block has a stream of its own, ``pb/<trial>/<stratum>/<block>``,
so a block can be made without those before it. The list always ends with a complete block.
"""

from collections.abc import Iterable, Iterator
from math import gcd

from apps.randomization.domain.shapes import ArmShare, ListPlan, Slot, common_faults, strata_faults
from apps.randomization.domain.stream import Stream

__all__ = ["ArmShare", "ListPlan", "Slot", "build_block", "build_list", "plan_faults"]


def plan_faults(plan: ListPlan) -> tuple[str, ...]:
    """Return every reason why no list of permuted blocks can be made from this plan; empty when one can."""
    faults = list(common_faults(plan))
    if all(share >= 1 for share in plan.shares):
        step = _smallest_block(plan.shares)
        faults += [
            f"A block of {size} cannot hold the arms in their ratio: sizes must be multiples of {step}."
            for size in plan.block_sizes
            if size < 1 or size % step
        ]
    if not plan.block_sizes or len(set(plan.block_sizes)) != len(plan.block_sizes):
        faults.append("Block sizes must be given, each once.")
    return tuple(faults)


def build_list(*, plan: ListPlan, seed: bytes, strata: Iterable[str], places: int) -> tuple[Slot, ...]:
    """Return at least `places` places (complete blocks) for each stratum, strata in the order of their keys.

    The same seed, plan and stratum give the same places, whatever else is built with them.

    Raises ValueError with every fault of the plan, for a seed that is not 32 bytes, for a stratum that cannot
    be part of a label or is named twice, and for less than one place.
    """
    keys = sorted(strata)
    faults = [*plan_faults(plan), *strata_faults(keys, places)]
    if faults:
        raise ValueError(" ".join(faults))
    return tuple(slot for key in keys for slot in _stratum(plan, seed, key, places))


def build_block(*, plan: ListPlan, seed: bytes, stratum: str, block: int) -> tuple[str, ...]:
    """Return the arms of one block in order; its length is the block's size."""
    stream = Stream(seed=seed, label=f"pb/{plan.trial}/{stratum}/{block}")
    sizes = plan.block_sizes
    size = sizes[stream.below(len(sizes))] if len(sizes) > 1 else sizes[0]
    total = sum(plan.shares)
    arms = [share.arm for share in plan.arms for _ in range(size * share.share // total)]
    stream.shuffle(arms)
    return tuple(arms)


def _stratum(plan: ListPlan, seed: bytes, stratum: str, places: int) -> Iterator[Slot]:
    seq = block = 0
    while seq < places:
        arms = build_block(plan=plan, seed=seed, stratum=stratum, block=block)
        for arm in arms:
            seq += 1
            yield Slot(stratum=stratum, seq=seq, block=block, size=len(arms), arm=arm)
        block += 1


def _smallest_block(shares: tuple[int, ...]) -> int:
    return sum(shares) // gcd(*shares) if shares else 1
