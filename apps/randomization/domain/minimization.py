"""Minimization: a biased coin that prefers the arm which balances the factors best.

Pocock and Simon (1975), Biometrics 31:103, where all shares in the ratio are equal. Otherwise the biased coin
of Han, Enas and McEntegart (2009), Statistics in Medicine 28:3329, which keeps the ratio: the arm of the
least share gets the rule's probability when it is preferred, and the others follow from it.

Integers only: counts are compared after multiplication by L / share, with L the least common multiple of the
shares, so ties are exact and a database computes the same. The stream is ``min/<trial>/<n>`` for the draw
after n others of the list.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate, combinations
from math import gcd, lcm

from apps.randomization.domain.shapes import ListPlan, MinimizationRule, common_faults
from apps.randomization.domain.stream import Stream

Counts = tuple[tuple[str, tuple[int, ...]], ...]
"""For each factor, in alphabetical order: how many participants each arm holds, in the protocol's order."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A participant drawn before: the arm, and the level of each factor."""

    arm: str
    levels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One draw with all that led to it; arms are in the protocol's order.

    `counts` are those before the draw, `scores` the imbalance each arm would leave, `numerators` over
    `denominator` the probabilities in lowest terms, `drawn` the number from the stream `label`.
    """

    counts: Counts
    scores: tuple[int, ...]
    numerators: tuple[int, ...]
    denominator: int
    label: str
    drawn: int
    arm: str


@dataclass(slots=True)
class Tally:
    """The participants so far, counted by factor, level and arm."""

    plan: ListPlan
    size: int = 0
    _held: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, earlier: Earlier) -> None:
        """Count one more participant."""
        self.size += 1
        self._held.update((factor, level, earlier.arm) for factor, level in earlier.levels.items())

    def counts(self, levels: Mapping[str, str]) -> Counts:
        """Return, for each factor, how many with the same level each arm holds."""
        return tuple(
            (factor, tuple(self._held[factor, levels[factor], arm] for arm in self.plan.codes))
            for factor in sorted(name for name, _ in self.plan.factors)
        )


def minimization_faults(plan: ListPlan) -> tuple[str, ...]:
    """Return every reason why nobody can be drawn by this plan; empty when somebody can."""
    faults = list(common_faults(plan))
    factors = sorted(name for name, _ in plan.factors)
    rule = plan.minimization
    if not factors:
        faults.append("Minimization needs at least one factor to balance.")
    if rule is None:
        return (*faults, "Minimization needs its imbalance, its probability and its weights.")
    if sorted(name for name, _ in rule.weights) != factors or any(weight < 1 for _, weight in rule.weights):
        faults.append("Every factor of minimization needs one weight of 1 or more, and nothing else has one.")
    if rule.imbalance not in ("range", "squared_difference"):
        faults.append("Imbalance is measured by range or by squared_difference.")
    if rule.probability >= 1:
        faults.append("A probability of 1 makes the next arm predictable; it must be less.")
    # Above 1/K it is above the least share, so no numerator is negative and no arm is put off when preferred.
    if plan.arms and rule.probability <= Fraction(1, len(plan.arms)):
        faults.append(f"The probability must be above 1/{len(plan.arms)}, or it prefers no arm.")
    return tuple(faults)


def scores(*, shares: Sequence[int], counts: Counts, rule: MinimizationRule) -> tuple[int, ...]:
    """Return the weighted imbalance each arm would leave behind if the participant joined it."""
    common, weights = lcm(*shares), dict(rule.weights)

    def left_behind(candidate: int, held: tuple[int, ...]) -> int:
        scaled = [(count + (arm == candidate)) * (common // shares[arm]) for arm, count in enumerate(held)]
        if rule.imbalance == "range":
            return max(scaled) - min(scaled)
        return sum((one - other) ** 2 for one, other in combinations(scaled, 2))

    return tuple(
        sum(weights[factor] * left_behind(candidate, held) for factor, held in counts)
        for candidate in range(len(shares))
    )


def probabilities(
    *, shares: Sequence[int], scores: Sequence[int], coin: Fraction
) -> tuple[tuple[int, ...], int]:
    """Return the arms' numerators and their denominator, in lowest terms.

    Arms of equal least score are preferred by their shares. The preferred arm k has 1 - (1 - p)(R - r_k) /
    (R - r_1), every other arm l has (1 - p) r_l / (R - r_1); R sums the shares, r_1 is the least.
    """
    total, rest = sum(shares), sum(shares) - min(shares)
    won, whole = coin.as_integer_ratio()
    best = [arm for arm, score in enumerate(scores) if score == min(scores)]

    def when_preferred(arm: int, preferred: int) -> int:
        if arm == preferred:
            return whole * rest - (whole - won) * (total - shares[arm])
        return (whole - won) * shares[arm]

    numerators = [
        sum(shares[preferred] * when_preferred(arm, preferred) for preferred in best)
        for arm in range(len(shares))
    ]
    denominator = whole * rest * sum(shares[arm] for arm in best)
    divisor = gcd(denominator, *numerators)
    return tuple(numerator // divisor for numerator in numerators), denominator // divisor


def step(*, plan: ListPlan, seed: bytes, n: int, counts: Counts) -> Step:
    """Return the draw after `n` others, given the counts before it.

    Raises ValueError with every fault of the plan.
    """
    rule, faults = plan.minimization, minimization_faults(plan)
    if faults or rule is None:
        raise ValueError(" ".join(faults))
    left = scores(shares=plan.shares, counts=counts, rule=rule)
    numerators, denominator = probabilities(shares=plan.shares, scores=left, coin=rule.probability)
    label = f"min/{plan.trial}/{n}"
    drawn = Stream(seed=seed, label=label).below(denominator)
    passed = zip(plan.codes, accumulate(numerators), strict=True)
    arm = next(code for code, total in passed if drawn < total)
    return Step(counts, left, numerators, denominator, label, drawn, arm)


def allocate(*, plan: ListPlan, seed: bytes, levels: Mapping[str, str], earlier: Iterable[Earlier]) -> Step:
    """Return the draw of a participant with these levels, after all earlier ones of the list.

    Raises ValueError with every fault of the plan, and for a participant without a level of each factor.
    """
    if set(levels) != {name for name, _ in plan.factors}:
        raise ValueError("Minimization needs the level of every factor, and of no other.")
    tally = Tally(plan)
    for participant in earlier:
        tally.add(participant)
    return step(plan=plan, seed=seed, n=tally.size, counts=tally.counts(levels))
