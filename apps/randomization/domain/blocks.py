"""Permuted blocks within strata.

Every stratum is a row of blocks. Each block holds the arms in the exact ratio, shuffled; its size is drawn
first when the protocol allows several. Each block has a stream of its own, ``pb/<trial>/<stratum>/<block>``,
so a block can be made without those before it. The list always ends with a complete block.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd

from apps.randomization.domain.stream import Stream


@dataclass(frozen=True, slots=True)
class ArmShare:
    """An arm's code and its integer share in the ratio (1:1:2 is three arms with shares 1, 1 and 2)."""

    arm: str
    share: int


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in a list: `seq` counts from 1 within the stratum, `block` from 0; `size` is the block's."""

    stratum: str
    seq: int
    block: int
    size: int
    arm: str


@dataclass(frozen=True, slots=True)
class ListPlan:
    """Everything but the seed that determines a list.

    `trial` names the study and the list within it in the stream's labels; `slots_per_stratum` is the least
    number of places wanted in each stratum (the last block is completed beyond it).
    """

    trial: str
    arms: tuple[ArmShare, ...]
    block_sizes: tuple[int, ...]
    strata: tuple[str, ...]
    slots_per_stratum: int


def plan_faults(plan: ListPlan) -> tuple[str, ...]:
    """Return every reason why no list can be made from this plan; empty when one can."""
    faults = []
    if not plan.trial or not plan.trial.isascii() or "/" in plan.trial or "\0" in plan.trial:
        faults.append("The trial's name in the stream must be ASCII without a slash.")
    codes = [share.arm for share in plan.arms]
    if len(codes) < 2 or len(set(codes)) != len(codes):
        faults.append("A randomization list needs at least two different arms.")
    if any(share.share < 1 for share in plan.arms):
        faults.append("Every arm's share in the ratio must be 1 or more.")
    else:
        step = _smallest_block(plan.arms)
        faults += [
            f"A block of {size} cannot hold the arms in their ratio: sizes must be multiples of {step}."
            for size in plan.block_sizes
            if size < 1 or size % step
        ]
    if not plan.block_sizes or len(set(plan.block_sizes)) != len(plan.block_sizes):
        faults.append("Block sizes must be given, each once.")
    if not plan.strata or len(set(plan.strata)) != len(plan.strata):
        faults.append("Strata must be given, each once.")
    if any(not key or not key.isascii() or "/" in key or "\0" in key for key in plan.strata):
        faults.append("A stratum's key must be ASCII without a slash.")
    if plan.slots_per_stratum < 1:
        faults.append("A stratum needs at least one place.")
    return tuple(faults)


def build_list(*, plan: ListPlan, seed: bytes) -> tuple[Slot, ...]:
    """Return all places, strata in the order of their keys. The same seed and plan give the same list.

    Raises ValueError with every fault of the plan, or for a seed that is not 32 bytes.
    """
    if faults := plan_faults(plan):
        raise ValueError(" ".join(faults))
    return tuple(slot for stratum in sorted(plan.strata) for slot in _stratum(plan, seed, stratum))


def build_block(*, plan: ListPlan, seed: bytes, stratum: str, block: int) -> tuple[str, ...]:
    """Return the arms of one block in order; its length is the block's size."""
    stream = Stream(seed=seed, label=f"pb/{plan.trial}/{stratum}/{block}")
    sizes = plan.block_sizes
    size = sizes[stream.below(len(sizes))] if len(sizes) > 1 else sizes[0]
    total = sum(share.share for share in plan.arms)
    arms = [share.arm for share in plan.arms for _ in range(size * share.share // total)]
    stream.shuffle(arms)
    return tuple(arms)


def _stratum(plan: ListPlan, seed: bytes, stratum: str) -> Iterator[Slot]:
    seq = block = 0
    while seq < plan.slots_per_stratum:
        arms = build_block(plan=plan, seed=seed, stratum=stratum, block=block)
        for arm in arms:
            seq += 1
            yield Slot(stratum=stratum, seq=seq, block=block, size=len(arms), arm=arm)
        block += 1


def _smallest_block(arms: tuple[ArmShare, ...]) -> int:
    shares = [share.share for share in arms]
    return sum(shares) // gcd(*shares) if shares else 1
