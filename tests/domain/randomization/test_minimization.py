"""Minimization gives the agreed vectors, the published example, and the probabilities worked out by hand."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from scipy.stats import chisquare

from apps.randomization.domain.minimization import (
    Earlier,
    Step,
    Tally,
    allocate,
    minimization_faults,
    probabilities,
    scores,
    step,
)
from apps.randomization.domain.shapes import ArmShare, ListPlan, MinimizationRule
from apps.randomization.domain.stream import Stream

DATA = Path(__file__).parent / "data"
VECTORS = json.loads((DATA / "adaptive_vectors.json").read_text())
SEED = bytes.fromhex(VECTORS["seed_hex"])


def plan_of(
    *shares: int,
    coin: Fraction = Fraction(17, 20),
    weights: tuple[int, ...] = (1, 1, 1),
    imbalance: str = "range",
    trial: str = "T.main",
) -> ListPlan:
    names = tuple(f"factor{place}" for place in range(len(weights)))
    return ListPlan(
        trial=trial,
        arms=tuple(ArmShare(f"arm{place}", share) for place, share in enumerate(shares)),
        factors=tuple((name, ()) for name in names),
        method="minimization",
        minimization=MinimizationRule(imbalance, coin, tuple(zip(names, weights, strict=True))),  # type: ignore[arg-type]
    )


def levels_of(*levels: str) -> dict[str, str]:
    return {f"factor{place}": level for place, level in enumerate(levels)}


def test_thirty_participants_agree_with_the_vectors_step_by_step() -> None:
    case = VECTORS["minimisation"]
    plan = plan_of(
        1, 1, coin=Fraction(case["probability"]), imbalance=case["imbalance"], trial=VECTORS["trial"]
    )
    earlier: list[Earlier] = []
    for row in case["steps_levels_arm_scores_probabilities"]:
        at, arm, left, chances = row.split()
        levels = levels_of(*at.split(","))
        made = allocate(plan=plan, seed=SEED, levels=levels, earlier=earlier)
        assert made.arm == f"arm{arm}"
        assert list(made.scores) == [int(score) for score in left.split(",")]
        assert [Fraction(numerator, made.denominator) for numerator in made.numerators] == [
            Fraction(chance) for chance in chances.split(",")
        ]
        assert made.label == f"min/{VECTORS['trial']}/{len(earlier)}"
        earlier.append(Earlier(made.arm, levels))
    assert len(earlier) == 30


def test_the_stream_serves_efrons_coin_and_the_urn_of_the_vectors() -> None:
    # Both are drawn from streams of their own by the same rule: below the sum of whole-number weights.
    where = f"{VECTORS['trial']}/{VECTORS['stratum']}"
    coin, balls = Counter[str](), Counter({"0": 1, "1": 1})
    for n, (by_coin, by_urn) in enumerate(zip(VECTORS["efron_two_thirds"], VECTORS["urn_1_1"], strict=True)):
        ahead = coin["0"] - coin["1"]
        for_zero, total = (1, 2) if not ahead else (1, 3) if ahead > 0 else (2, 3)
        drawn = Stream(seed=SEED, label=f"bcd/{where}/{n}").below(total)
        assert by_coin == ("0" if drawn < for_zero else "1")
        coin[by_coin] += 1
        drawn = Stream(seed=SEED, label=f"urn/{where}/{n}").below(balls.total())
        assert by_urn == ("0" if drawn < balls["0"] else "1")
        balls["1" if by_urn == "0" else "0"] += 1


def test_the_worked_example_of_1975() -> None:
    # Pocock and Simon (1975): the fifty of table 1, then one with the levels 1, 2 and 2.
    names = ("Factor1", "Factor2", "Factor3")
    weights = (("Factor1", 2), ("Factor2", 1), ("Factor3", 1))
    plan = ListPlan(
        trial="T",
        arms=tuple(ArmShare(f"Arm{place}", 1) for place in (1, 2, 3)),
        factors=tuple((name, ()) for name in names),
        method="minimization",
        minimization=MinimizationRule("range", Fraction(2, 3), weights),
    )
    with (DATA / "pocock_simon_1975_table_1.csv").open(newline="") as file:
        earlier = [
            Earlier(row["Arm"], {name: row[name] for name in names})
            for row in csv.DictReader(file)
            for _ in range(int(row["Count"]))
        ]
    assert len(earlier) == 50
    newcomer = {"Factor1": "level1", "Factor2": "level2", "Factor3": "level2"}
    made = allocate(plan=plan, seed=SEED, levels=newcomer, earlier=earlier)
    assert made.counts == (("Factor1", (9, 10, 9)), ("Factor2", (9, 11, 9)), ("Factor3", (4, 5, 3)))
    assert made.scores == (6, 10, 5)
    assert (made.numerators, made.denominator) == ((1, 1, 4), 6)


HAN: list[tuple[tuple[int, ...], str, tuple[int, ...], tuple[int, ...], int]] = [
    # shares, coin, scores, numerators, denominator; the preferred arms are those of score 0
    ((1, 2), "17/20", (0, 9), (17, 3), 20),
    ((1, 2), "17/20", (9, 0), (3, 37), 40),
    ((1, 2), "17/20", (0, 0), (1, 2), 3),
    ((1, 1, 2), "4/5", (0, 9, 9), (12, 1, 2), 15),
    ((1, 1, 2), "4/5", (9, 9, 0), (1, 1, 13), 15),
    ((1, 1, 2), "4/5", (0, 0, 9), (13, 13, 4), 30),
    ((1, 1, 2), "4/5", (0, 9, 0), (14, 3, 28), 45),
    ((1, 1, 2), "4/5", (0, 0, 0), (1, 1, 2), 4),
    ((1, 2, 3), "3/4", (0, 9, 9), (15, 2, 3), 20),
    ((1, 2, 3), "3/4", (9, 0, 9), (1, 16, 3), 20),
    ((1, 2, 3), "3/4", (9, 9, 0), (1, 2, 17), 20),
    ((1, 2, 3), "3/4", (9, 0, 0), (5, 38, 57), 100),
    ((1, 1, 1), "2/3", (9, 0, 9), (1, 4, 1), 6),
    ((2, 2), "17/20", (9, 0), (3, 17), 20),
]


@pytest.mark.parametrize(("shares", "coin", "left", "numerators", "denominator"), HAN)
def test_probabilities_are_those_worked_out_by_hand(
    shares: tuple[int, ...], coin: str, left: tuple[int, ...], numerators: tuple[int, ...], denominator: int
) -> None:
    assert probabilities(shares=shares, scores=left, coin=Fraction(coin)) == (numerators, denominator)


@pytest.mark.parametrize(
    ("shares", "held", "imbalance", "left"),
    [
        ((1, 2), (0, 0), "range", (2, 1)),
        ((1, 2), (0, 0), "squared_difference", (4, 1)),
        ((1, 2), (1, 2), "range", (2, 1)),
        ((1, 2, 3), (1, 1, 1), "range", (10, 4, 3)),
        ((1, 2, 3), (1, 1, 1), "squared_difference", (182, 32, 14)),
        ((1, 1, 1), (3, 2, 4), "range", (2, 1, 3)),
        ((1, 1, 1), (3, 2, 4), "squared_difference", (8, 2, 14)),
        ((1, 1, 2), (5, 5, 10), "range", (2, 2, 1)),
    ],
)
def test_scores_are_those_worked_out_by_hand(
    shares: tuple[int, ...], held: tuple[int, ...], imbalance: str, left: tuple[int, ...]
) -> None:
    rule = MinimizationRule(imbalance, Fraction(4, 5), (("f", 1), ("g", 2)))  # type: ignore[arg-type]
    assert scores(shares=shares, counts=(("f", held),), rule=rule) == left
    twice = scores(shares=shares, counts=(("f", held), ("g", held)), rule=rule)
    assert twice == tuple(3 * score for score in left)


def after(plan: ListPlan, count: int) -> Tally:
    """The tally after so many participants whose levels go round."""
    tally = Tally(plan)
    for n in range(count):
        levels = levels_of(str(n % 2), str(n % 3), str(n // 2 % 2))
        made = step(plan=plan, seed=SEED, n=n, counts=tally.counts(levels))
        tally.add(Earlier(made.arm, levels))
    return tally


@pytest.mark.parametrize("shares", [(1, 1), (1, 2), (1, 1, 2), (1, 2, 3)])
def test_a_trial_keeps_the_ratio_in_all_and_at_every_level(shares: tuple[int, ...]) -> None:
    tally = after(plan_of(*shares), 600)
    for place, level in ((0, "0"), (0, "1"), (1, "0"), (1, "2"), (2, "1")):
        levels = levels_of("0", "0", "0") | {f"factor{place}": level}
        held = dict(tally.counts(levels))[f"factor{place}"]
        for count, share in zip(held, shares, strict=True):
            # Complete randomization would have a standard deviation of about 8.
            assert abs(count - Fraction(sum(held) * share, sum(shares))) <= 6


@pytest.mark.parametrize("shares", [(1, 1), (1, 1, 2), (1, 2, 3)])
def test_draws_follow_their_probabilities(shares: tuple[int, ...]) -> None:
    plan = plan_of(*shares)
    counts = after(plan, 31).counts(levels_of("1", "2", "0"))
    drawn = [step(plan=plan, seed=SEED, n=n, counts=counts) for n in range(6_000)]
    expected = [6_000 * numerator / drawn[0].denominator for numerator in drawn[0].numerators]
    observed = Counter(made.arm for made in drawn)
    assert len(set(drawn[0].numerators)) > 1
    assert chisquare([observed[arm] for arm in plan.codes], expected).pvalue > 1e-4


RULE = plan_of(1, 1).minimization
assert RULE is not None
FAULTY: list[tuple[ListPlan, str]] = [
    (plan_of(1, 1, coin=Fraction(1)), "predictable"),
    (plan_of(1, 1, coin=Fraction(1, 2)), "above 1/2"),
    (plan_of(1, 1, 2, coin=Fraction(1, 3)), "above 1/3"),
    (plan_of(1, 1, weights=()), "at least one factor"),
    (plan_of(1, 1, weights=(1, 0)), "one weight of 1 or more"),
    (plan_of(1, 1, imbalance="variance"), "by range or by squared_difference"),
    (replace(plan_of(1, 1), factors=(("factor0", ()),)), "one weight of 1 or more"),
    (replace(plan_of(1, 1), minimization=None), "its imbalance, its probability"),
    (replace(plan_of(1, 1), trial="a/b"), "slash"),
    (plan_of(1, 0), "share"),
]


@pytest.mark.parametrize(("plan", "fault"), FAULTY, ids=[fault for _, fault in FAULTY])
def test_a_plan_that_cannot_minimize_is_refused_and_says_why(plan: ListPlan, fault: str) -> None:
    assert any(fault in sentence for sentence in minimization_faults(plan))
    levels = {name: "x" for name, _ in plan.factors}
    with pytest.raises(ValueError, match=fault):
        allocate(plan=plan, seed=SEED, levels=levels, earlier=())


@pytest.mark.parametrize("levels", [levels_of("a", "b"), levels_of("a", "b", "c", "d"), {}])
def test_a_participant_without_the_level_of_a_factor_is_refused(levels: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="level of every factor"):
        allocate(plan=plan_of(1, 1), seed=SEED, levels=levels, earlier=())


def test_a_step_holds_everything_that_led_to_it() -> None:
    made = allocate(plan=plan_of(1, 1), seed=SEED, levels=levels_of("a", "b", "c"), earlier=())
    held = tuple((f"factor{place}", (0, 0)) for place in range(3))
    assert made == Step(held, (3, 3), (1, 1), 2, "min/T.main/0", made.drawn, f"arm{made.drawn}")
