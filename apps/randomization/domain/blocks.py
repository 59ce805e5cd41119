"""Permuted blocks within strata.

Every stratum is a row of blocks. Each block holds the arms in the exact ratio, shuffled; its size is drawn
first when the protocol allows several. Each block has a stream of its own, ``pb/<trial>/<stratum>/<block>``,
so a block can be made without those before it. The list always ends with a complete block.
"""

from collections.abc import Iterable, Iterator
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

    `trial` names the study and the list within it in the stream's labels. `factors` maps each stratification
    factor to its levels; a factor without levels takes them from the sites. Neither the strata nor their
    length are part of a plan: each stratum has streams of its own and a longer one begins with the shorter.
    """

    trial: str
    arms: tuple[ArmShare, ...]
    block_sizes: tuple[int, ...]
    factors: tuple[tuple[str, tuple[str, ...]], ...] = ()


def plan_faults(plan: ListPlan) -> tuple[str, ...]:
    """Return every reason why no list can be made from this plan; empty when one can."""
    faults = []
    if not _fits_label(plan.trial):
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
    return tuple(faults)


def build_list(*, plan: ListPlan, seed: bytes, strata: Iterable[str], places: int) -> tuple[Slot, ...]:
    """Return at least `places` places (complete blocks) for each stratum, strata in the order of their keys.

    The same seed, plan and stratum give the same places, whatever else is built with them.

    Raises ValueError with every fault of the plan, for a seed that is not 32 bytes, for a stratum that cannot
    be part of a label or is named twice, and for less than one place.
    """
    keys = sorted(strata)
    faults = list(plan_faults(plan))
    if not keys or len(set(keys)) != len(keys):
        faults.append("Strata must be given, each once.")
    if not all(_fits_label(key) for key in keys):
        faults.append("A stratum's key must be ASCII without a slash.")
    if places < 1:
        faults.append("A stratum needs at least one place.")
    if faults:
        raise ValueError(" ".join(faults))
    return tuple(slot for key in keys for slot in _stratum(plan, seed, key, places))


def build_block(*, plan: ListPlan, seed: bytes, stratum: str, block: int) -> tuple[str, ...]:
    """Return the arms of one block in order; its length is the block's size."""
    stream = Stream(seed=seed, label=f"pb/{plan.trial}/{stratum}/{block}")
    sizes = plan.block_sizes
    size = sizes[stream.below(len(sizes))] if len(sizes) > 1 else sizes[0]
    total = sum(share.share for share in plan.arms)
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


def _fits_label(text: str) -> bool:
    return bool(text) and text.isascii() and "/" not in text and "\0" not in text


def _smallest_block(arms: tuple[ArmShare, ...]) -> int:
    shares = [share.share for share in arms]
    return sum(shares) // gcd(*shares) if shares else 1
