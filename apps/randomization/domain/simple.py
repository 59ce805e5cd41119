"""Simple randomization: every place of a list is drawn for itself, by the ratio.

Each place has a stream of its own, ``sr/<trial>/<stratum>/<seq>``. Nothing balances the arms but chance; in
return no place can be guessed from the others.
"""

from collections.abc import Iterable
from itertools import accumulate

from apps.randomization.domain.shapes import ListPlan, Slot, common_faults, strata_faults
from apps.randomization.domain.stream import Stream


def build_simple(*, plan: ListPlan, seed: bytes, strata: Iterable[str], places: int) -> tuple[Slot, ...]:
    """Return exactly `places` places for each stratum, strata in the order of their keys.

    Raises ValueError as `blocks.build_list` does.
    """
    keys = sorted(strata)
    faults = [*common_faults(plan), *strata_faults(keys, places)]
    if faults:
        raise ValueError(" ".join(faults))
    return tuple(
        Slot(
            stratum=key,
            seq=seq,
            block=seq - 1,
            size=1,
            arm=simple_arm(plan=plan, seed=seed, stratum=key, seq=seq),
        )
        for key in keys
        for seq in range(1, places + 1)
    )


def simple_arm(*, plan: ListPlan, seed: bytes, stratum: str, seq: int) -> str:
    """Return the arm of one place: the first, in the protocol's order, whose summed shares pass the number
    drawn.
    """
    drawn = Stream(seed=seed, label=f"sr/{plan.trial}/{stratum}/{seq}").below(sum(plan.shares))
    passed = zip(plan.codes, accumulate(plan.shares), strict=True)
    return next(arm for arm, total in passed if drawn < total)
