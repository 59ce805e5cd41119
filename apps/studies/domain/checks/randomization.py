"""Checks on how participants are shared among the arms: method, block sizes, minimization, caps."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from apps.studies.domain.protocol import Protocol
from apps.studies.domain.yaml_reading import Fault

_SAID = {
    "permuted_blocks": "permuted blocks",
    "simple": "simple randomization",
    "minimization": "minimization",
    "uploaded": "an uploaded list",
    "none": "a trial without randomization",
}


def method_suits_the_arms(protocol: Protocol) -> Iterator[Fault]:
    """Several arms need a method, and a method needs several arms."""
    if protocol.randomization.method != "none":
        if len(protocol.arms) < 2:
            yield Fault("arms", "randomization needs at least two arms")
    elif len(protocol.arms) > 1:
        yield Fault("randomization.method", "several arms need a method that shares participants among them")


def blocks_hold_the_ratio(protocol: Protocol) -> Iterator[Fault]:
    """A block can only be balanced when its size is a multiple of the ratio's sum."""
    method, sizes = protocol.randomization.method, protocol.randomization.block_sizes
    if method == "none" and sizes:
        yield Fault("randomization.block_sizes", "there are no blocks without randomization")
    elif method != "permuted_blocks" and sizes:
        yield Fault("randomization.block_sizes", f"{_SAID[method]} has no block sizes to choose")
    if method != "permuted_blocks":
        return
    if not sizes:
        yield Fault("randomization.block_sizes", "permuted blocks need at least one block size")
    total = sum(arm.ratio for arm in protocol.arms)
    ratio = ":".join(str(arm.ratio) for arm in protocol.arms)
    for index, size in enumerate(sizes):
        if size <= 0 or size % total:
            yield Fault(
                f"randomization.block_sizes[{index}]",
                f"a block of {size} cannot hold the ratio {ratio}; use a multiple of {total}",
            )


def minimization_is_whole(protocol: Protocol) -> Iterator[Fault]:
    """Minimization needs its parameters and factors; no other method has a use for them."""
    method, rule = protocol.randomization.method, protocol.randomization.minimization
    if method != "minimization":
        if rule is not None:
            yield Fault("randomization.minimization", f"{_SAID[method]} does not minimize anything")
        return
    factors = [factor.code for factor in protocol.randomization.strata]
    if not factors:
        yield Fault("randomization.strata", "minimization needs at least one factor to balance")
    if rule is None:
        yield Fault("randomization.minimization", "minimization needs its imbalance and its probability")
        return
    for code in rule.weights:
        if code not in factors:
            yield Fault(
                f"randomization.minimization.weights.{code}",
                f"no factor {code} to weigh; the factors are {', '.join(factors) or 'missing'}",
            )
    arms = len(protocol.arms)
    # Above 1/K the preferred arm is always likelier than its share, whatever the ratio (Han et al. 2009).
    if arms > 1 and rule.coin <= Fraction(1, arms):
        yield Fault(
            "randomization.minimization.probability",
            f"{rule.probability} does not prefer the balancing arm; with {arms} arms use more than 1/{arms}",
        )


def caps_leave_room(protocol: Protocol) -> Iterator[Fault]:
    """A cap belongs to a randomized trial and lets it reach its target."""
    caps, target = protocol.randomization.caps, protocol.enrolment.target
    given = [name for name in ("study", "site", "stratum") if getattr(caps, name) is not None]
    if protocol.randomization.method == "none":
        for name in given:
            yield Fault(f"randomization.caps.{name}", "there is nobody to cap without randomization")
        return
    if caps.study is not None and caps.study < target:
        yield Fault("randomization.caps.study", f"stops the trial before its target of {target}")


RANDOMIZATION_CHECKS = (
    (("arms", "randomization"), method_suits_the_arms),
    (("arms", "randomization"), blocks_hold_the_ratio),
    (("arms", "randomization"), minimization_is_whole),
    (("randomization", "enrolment"), caps_leave_room),
)
