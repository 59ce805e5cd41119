"""What must hold of minimization whatever the trial: exact probabilities, and nothing that should not matter."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import gcd
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.randomization.domain.minimization import Earlier, allocate, probabilities, scores
from apps.randomization.domain.shapes import ArmShare, ListPlan, MinimizationRule

SHARES = st.lists(st.integers(1, 6), min_size=2, max_size=5).map(tuple)
FACTORS = ("age", "country", "sex")
SEEDS = st.binary(min_size=32, max_size=32)


def coins(arms: int) -> st.SearchStrategy[Fraction]:
    """Every probability that a protocol may choose for so many arms: above 1/K and below 1."""
    return st.fractions(Fraction(1, arms), 1, max_denominator=200).filter(
        lambda p: 1 / Fraction(arms) < p < 1
    )


@st.composite
def trials(draw: st.DrawFn) -> tuple[ListPlan, list[Earlier], dict[str, str]]:
    """A plan, some earlier participants, and the levels of the next."""
    shares = draw(SHARES)
    weights = tuple((factor, draw(st.integers(1, 5))) for factor in FACTORS)
    imbalance: Any = draw(st.sampled_from(("range", "squared_difference")))
    plan = ListPlan(
        trial="T",
        arms=tuple(ArmShare(f"arm{place}", share) for place, share in enumerate(shares)),
        factors=tuple((factor, ()) for factor in FACTORS),
        method="minimization",
        minimization=MinimizationRule(imbalance, draw(coins(len(shares))), weights),
    )
    levels = st.fixed_dictionaries({factor: st.sampled_from("ab") for factor in FACTORS})
    earlier = draw(st.lists(st.builds(Earlier, st.sampled_from(plan.codes), levels), max_size=12))
    return plan, earlier, draw(levels)


@settings(max_examples=60)
@given(trial=trials(), seed=SEEDS)
def test_probabilities_are_exact_and_prefer_the_balancing_arms(trial: Any, seed: bytes) -> None:
    plan, earlier, levels = trial
    made = allocate(plan=plan, seed=seed, levels=levels, earlier=earlier)
    assert sum(made.numerators) == made.denominator
    assert all(numerator >= 0 for numerator in made.numerators)
    assert gcd(made.denominator, *made.numerators) == 1
    assert 0 <= made.drawn < made.denominator
    place = plan.codes.index(made.arm)
    assert sum(made.numerators[:place]) <= made.drawn < sum(made.numerators[: place + 1])
    best = [arm for arm, score in enumerate(made.scores) if score == min(made.scores)]
    together = Fraction(sum(made.numerators[arm] for arm in best), made.denominator)
    assert together >= Fraction(sum(plan.shares[arm] for arm in best), sum(plan.shares))


@settings(max_examples=60)
@given(trial=trials(), seed=SEEDS, data=st.data())
def test_the_order_of_factors_and_of_earlier_participants_changes_nothing(
    trial: Any, seed: bytes, data: st.DataObject
) -> None:
    plan, earlier, levels = trial
    factors = data.draw(st.permutations(plan.factors))
    rule = replace(plan.minimization, weights=tuple(data.draw(st.permutations(plan.minimization.weights))))
    other = replace(plan, factors=tuple(factors), minimization=rule)
    made = allocate(plan=plan, seed=seed, levels=levels, earlier=earlier)
    turned = dict(reversed(levels.items()))
    assert made == allocate(plan=other, seed=seed, levels=turned, earlier=data.draw(st.permutations(earlier)))


@settings(max_examples=60)
@given(trial=trials(), seed=SEEDS, data=st.data())
def test_arms_in_another_order_keep_their_scores_and_probabilities(
    trial: Any, seed: bytes, data: st.DataObject
) -> None:
    plan, earlier, levels = trial
    other = replace(plan, arms=tuple(data.draw(st.permutations(plan.arms))))
    one = allocate(plan=plan, seed=seed, levels=levels, earlier=earlier)
    two = allocate(plan=other, seed=seed, levels=levels, earlier=earlier)
    assert dict(zip(plan.codes, one.scores, strict=True)) == dict(zip(other.codes, two.scores, strict=True))
    assert dict(zip(plan.codes, one.numerators, strict=True)) == dict(
        zip(other.codes, two.numerators, strict=True)
    )


@settings(max_examples=60)
@given(trial=trials(), seed=SEEDS, factor=st.integers(2, 4))
def test_a_ratio_or_weights_multiplied_through_change_no_draw(trial: Any, seed: bytes, factor: int) -> None:
    plan, earlier, levels = trial
    arms = tuple(ArmShare(share.arm, share.share * factor) for share in plan.arms)
    weights = tuple((name, weight * factor) for name, weight in plan.minimization.weights)
    other = replace(plan, arms=arms, minimization=replace(plan.minimization, weights=weights))
    one = allocate(plan=plan, seed=seed, levels=levels, earlier=earlier)
    two = allocate(plan=other, seed=seed, levels=levels, earlier=earlier)
    assert (one.numerators, one.drawn, one.arm) == (two.numerators, two.drawn, two.arm)


@given(shares=SHARES, data=st.data())
def test_the_ratio_is_kept_when_arms_are_preferred_in_it(
    shares: tuple[int, ...], data: st.DataObject
) -> None:
    """Han, Enas and McEntegart (2009): sum over k of P(k preferred) P(l | k preferred) is l's share."""
    coin = data.draw(coins(len(shares)))
    total = sum(shares)
    whole = [Fraction(0)] * len(shares)
    for preferred, share in enumerate(shares):
        left = [int(arm != preferred) for arm in range(len(shares))]
        numerators, denominator = probabilities(shares=shares, scores=left, coin=coin)
        for arm, numerator in enumerate(numerators):
            whole[arm] += Fraction(share, total) * Fraction(numerator, denominator)
        if share == min(shares):
            assert Fraction(numerators[preferred], denominator) == coin
    assert whole == [Fraction(share, total) for share in shares]


@given(
    shares=SHARES,
    data=st.data(),
    imbalance=st.sampled_from(("range", "squared_difference")),
    k=st.integers(0, 9),
)
def test_balance_in_the_ratio_counts_as_balance(
    shares: tuple[int, ...], data: st.DataObject, imbalance: Any, k: int
) -> None:
    """Groups in the exact ratio score alike, whatever their size; the arm one short of it scores least."""
    rule = MinimizationRule(imbalance, Fraction(9, 10), (("f", 1),))
    lacking = data.draw(st.integers(0, len(shares) - 1))
    complete = tuple(share * k for share in shares)
    empty = scores(shares=shares, counts=(("f", (0,) * len(shares)),), rule=rule)
    assert scores(shares=shares, counts=(("f", complete),), rule=rule) == empty
    short = tuple(share * (k + 1) - (arm == lacking) for arm, share in enumerate(shares))
    left = scores(shares=shares, counts=(("f", short),), rule=rule)
    assert left[lacking] == min(left) == 0
    assert left.count(0) == 1


@settings(max_examples=30)
@given(trial=trials(), seeds=st.tuples(SEEDS, SEEDS))
def test_a_seed_decides_the_number_drawn_and_nothing_before_it(trial: Any, seeds: Any) -> None:
    plan, earlier, levels = trial
    one, two = (allocate(plan=plan, seed=seed, levels=levels, earlier=earlier) for seed in seeds)
    assert replace(one, drawn=0, arm="") == replace(two, drawn=0, arm="")
