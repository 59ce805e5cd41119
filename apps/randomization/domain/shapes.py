"""What a list is made of: shares, places, the rule of minimization, and the plan that determines a list."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Method = Literal["permuted_blocks", "simple", "minimization", "uploaded"]
Imbalance = Literal["range", "squared_difference"]


@dataclass(frozen=True, slots=True)
class ArmShare:
    """An arm's code and its integer share in the ratio (1:1:2 is three arms with shares 1, 1 and 2)."""

    arm: str
    share: int


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in a list: `seq` counts from 1 within the stratum, `block` from 0; `size` is the block's.

    Where there are no blocks, every place is a block of its own.
    """

    stratum: str
    seq: int
    block: int
    size: int
    arm: str


@dataclass(frozen=True, slots=True)
class MinimizationRule:
    """How the factors' imbalance is measured and weighted, and the biased coin for the least arm.

    `weights` names every factor of the plan once.
    """

    imbalance: Imbalance
    probability: Fraction
    weights: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ListPlan:
    """Everything but the seed that determines a list.

    `trial` names the study and the list within it in the stream's labels. `factors` maps each stratification
    factor to its levels; a factor without levels takes them from the sites. Neither the strata nor their
    length are part of a plan: each stratum has streams of its own and a longer one begins with the shorter.
    `uploaded` is the digest of an uploaded list's places (64 hexadecimal digits): those the seed cannot give.
    """

    trial: str
    arms: tuple[ArmShare, ...]
    block_sizes: tuple[int, ...] = ()
    factors: tuple[tuple[str, tuple[str, ...]], ...] = ()
    method: Method = "permuted_blocks"
    minimization: MinimizationRule | None = None
    uploaded: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """The arms' codes, in the protocol's order."""
        return tuple(share.arm for share in self.arms)

    @property
    def shares(self) -> tuple[int, ...]:
        """The arms' shares in the ratio, in the protocol's order."""
        return tuple(share.share for share in self.arms)


def common_faults(plan: ListPlan) -> tuple[str, ...]:
    """Return what is wrong with a plan whatever its method: the trial's name, the arms, their shares."""
    faults = []
    if not fits_label(plan.trial):
        faults.append("The trial's name in the stream must be ASCII without a slash.")
    if len(plan.codes) < 2 or len(set(plan.codes)) != len(plan.codes):
        faults.append("A randomization list needs at least two different arms.")
    if any(share < 1 for share in plan.shares):
        faults.append("Every arm's share in the ratio must be 1 or more.")
    return tuple(faults)


def strata_faults(strata: tuple[str, ...] | list[str], places: int) -> tuple[str, ...]:
    """Return what is wrong with the strata to build, and with their length."""
    faults = []
    if not strata or len(set(strata)) != len(strata):
        faults.append("Strata must be given, each once.")
    if not all(fits_label(key) for key in strata):
        faults.append("A stratum's key must be ASCII without a slash.")
    if places < 1:
        faults.append("A stratum needs at least one place.")
    return tuple(faults)


def fits_label(text: str) -> bool:
    """Return whether a name can be one part of a stream's label, read one way only."""
    return bool(text) and text.isascii() and "/" not in text and "\0" not in text
