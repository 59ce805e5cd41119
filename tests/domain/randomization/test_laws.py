"""Lists follow their exact laws: over many fixed seeds, against enumeration, failing at p < 1e-4."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction
from math import comb
from pathlib import Path

import pytest
from scipy.stats import chi2_contingency, chisquare

from apps.randomization.domain.blocks import build_block
from apps.randomization.domain.methods import build_list
from apps.randomization.domain.shapes import ArmShare, ListPlan, Method

Law = dict[str, Fraction]
DATA = Path(__file__).parent / "data"


def plan_of(
    *shares: int, sizes: tuple[int, ...] = (), method: Method = "permuted_blocks", trial: str = "T.main"
) -> ListPlan:
    arms = tuple(ArmShare(str(place), share) for place, share in enumerate(shares))
    return ListPlan(trial=trial, arms=arms, block_sizes=sizes, method=method)


def simple(*shares: int) -> ListPlan:
    return plan_of(*shares, method="simple")


def seeds(count: int) -> Iterable[bytes]:
    return (number.to_bytes(32, "big") for number in range(1, count + 1))


def arms_of(plan: ListPlan, seed: bytes, places: int, stratum: str = "all") -> str:
    slots = build_list(plan=plan, seed=seed, strata=(stratum,), places=places)
    return "".join(slot.arm for slot in slots[:places])


def orders(content: str) -> list[str]:
    return sorted({"".join(order) for order in itertools.permutations(content)})


def blocks_law(content: str, blocks: int) -> Law:
    """Every sequence of so many blocks of this content, each as likely."""
    every = ["".join(parts) for parts in itertools.product(orders(content), repeat=blocks)]
    return {sequence: Fraction(1, len(every)) for sequence in every}


def eights_law() -> Law:
    """All ways to place four of eight."""
    chosen = itertools.combinations(range(8), 4)
    every = ["".join("1" if place in ones else "0" for place in range(8)) for ones in map(set, chosen)]
    return {sequence: Fraction(1, comb(8, 4)) for sequence in every}


def simple_law(shares: tuple[int, ...], places: int) -> Law:
    """Independent places, each arm by its share."""
    law: Law = {}
    for sequence in itertools.product(range(len(shares)), repeat=places):
        chance = Fraction(1)
        for arm in sequence:
            chance *= Fraction(shares[arm], sum(shares))
        law["".join(map(str, sequence))] = chance
    return law


def published_law() -> Law:
    """Blocks of 4 or 6, as enumerated elsewhere."""
    given = json.loads((DATA / "blocks_4_6_first_six.json").read_text())["sequences"]
    return {sequence: Fraction(chance).limit_denominator(10_000) for sequence, chance in given.items()}


LAWS: list[tuple[str, ListPlan, Callable[[], Law], int]] = [
    ("blocks of four, eight places", plan_of(1, 1, sizes=(4,)), lambda: blocks_law("0011", 2), 10_000),
    ("blocks of eight", plan_of(1, 1, sizes=(8,)), eights_law, 10_000),
    ("blocks of four or six, six places", plan_of(1, 1, sizes=(4, 6)), published_law, 10_000),
    ("1:1:2, blocks of four", plan_of(1, 1, 2, sizes=(4,)), lambda: blocks_law("0122", 1), 10_000),
    ("1:2, blocks of three, six places", plan_of(1, 2, sizes=(3,)), lambda: blocks_law("011", 2), 5_000),
    ("simple 1:1, five places", simple(1, 1), lambda: simple_law((1, 1), 5), 4_000),
    ("simple 1:2, three places", simple(1, 2), lambda: simple_law((1, 2), 3), 5_000),
    ("simple 1:1:2, two places", simple(1, 1, 2), lambda: simple_law((1, 1, 2), 2), 6_000),
]


@pytest.mark.parametrize(("plan", "law_of", "count"), [row[1:] for row in LAWS], ids=[row[0] for row in LAWS])
def test_sequences_follow_their_exact_law(plan: ListPlan, law_of: Callable[[], Law], count: int) -> None:
    law = law_of()
    assert sum(law.values()) == 1
    places = len(next(iter(law)))
    observed = Counter(arms_of(plan, seed, places) for seed in seeds(count))
    assert not set(observed) - set(law), "a sequence that cannot be"
    expected = [float(law[sequence] * count) for sequence in law]
    assert min(expected) > 5
    assert chisquare([observed[sequence] for sequence in law], expected).pvalue > 1e-4


def test_the_law_test_has_teeth() -> None:
    # The same seeds fail the law of a generator that differs a little.
    law = blocks_law("0011", 1)
    observed = Counter(arms_of(plan_of(1, 1, sizes=(4,)), seed, 4) for seed in seeds(4_000))
    observed["0011"] += 150
    total = sum(observed.values())
    expected = [float(law[sequence] * total) for sequence in law]
    assert chisquare([observed[sequence] for sequence in law], expected).pvalue < 1e-4


def guessed_right(sequence: str) -> Fraction:
    """The share right of guesses for the arm that is behind; half a hit where none is (convergence strategy)."""
    right, ahead = Fraction(0), 0
    for arm in sequence:
        step = 1 if arm == "1" else -1
        right += Fraction(1, 2) if ahead == 0 else Fraction(int(step * ahead < 0))
        ahead += step
    return right / len(sequence)


@pytest.mark.parametrize(("size", "published"), [(4, ".70833"), (6, ".68333"), (8, ".66607")])
def test_lists_are_as_predictable_as_their_blocks_and_no_more(size: int, published: str) -> None:
    every = [
        "".join("1" if place in ones else "0" for place in range(size))
        for ones in itertools.combinations(range(size), size // 2)
    ]
    exact = sum(guessed_right(sequence) for sequence in every) / len(every)
    assert f"{float(exact):.5f}".lstrip("0") == published
    plan = plan_of(1, 1, sizes=(size,))
    hits = [float(guessed_right(arms_of(plan, seed, size))) for seed in seeds(4_000)]
    # Between sequences the standard deviation is below 0.13; five standard errors of 4,000 are 0.010.
    assert abs(sum(hits) / len(hits) - float(exact)) < 0.010


def test_simple_places_cannot_be_guessed() -> None:
    places = arms_of(simple(1, 1), bytes(32), 10_000)
    # 5,000 expected by any guess, standard deviation 50; five of them either way.
    assert abs(int(guessed_right(places) * 10_000) - 5_000) < 250


def independent(pairs: Iterable[tuple[str, str]]) -> float:
    """The p-value of the hypothesis that the two of a pair have nothing to do with each other."""
    cells = Counter(pairs)
    rows, columns = ({pair[side] for pair in cells} for side in (0, 1))
    table = [[cells[row, column] for column in sorted(columns)] for row in sorted(rows)]
    return float(chi2_contingency(table).pvalue)


def test_blocks_that_follow_each_other_are_independent() -> None:
    plan = plan_of(1, 1, sizes=(4,))
    blocks = ["".join(build_block(plan=plan, seed=bytes(32), stratum="all", block=n)) for n in range(8_001)]
    assert independent(itertools.pairwise(blocks)) > 1e-4
    assert independent(zip(blocks, blocks[2:], strict=False)) > 1e-4


def test_the_next_size_of_a_block_is_independent_of_the_last() -> None:
    plan = plan_of(1, 1, sizes=(4, 6, 8))
    sizes = [str(len(build_block(plan=plan, seed=bytes(32), stratum="all", block=n))) for n in range(6_001)]
    assert independent(itertools.pairwise(sizes)) > 1e-4


@pytest.mark.parametrize("method", ["permuted_blocks", "simple"])
def test_strata_and_lists_have_streams_of_their_own(method: Method) -> None:
    sizes = (4,) if method == "permuted_blocks" else ()
    one, other = (plan_of(1, 1, sizes=sizes, method=method, trial=trial) for trial in ("T.A", "T.B"))
    places = 8_000
    reference = arms_of(one, bytes(32), places, "a")
    for beside in (arms_of(one, bytes(32), places, "b"), arms_of(other, bytes(32), places, "a")):
        fours = [range(start, start + 4) for start in range(0, places, 4)]
        pairs = [("".join(reference[n] for n in four), "".join(beside[n] for n in four)) for four in fours]
        agreed = sum(left == right for left, right in zip(reference, beside, strict=True))
        assert abs(agreed - places / 2) < 5 * 45  # binomial, five standard deviations
        if method == "permuted_blocks":
            assert independent(pairs) > 1e-4


@pytest.mark.parametrize("bit", [0, 77, 255])
@pytest.mark.parametrize("method", ["permuted_blocks", "simple"])
def test_one_bit_of_the_seed_leaves_half_of_the_places_as_they_were(method: Method, bit: int) -> None:
    plan = plan_of(1, 1, sizes=(4,) if method == "permuted_blocks" else (), method=method)
    other = (1 << bit).to_bytes(32, "big")
    places = 8_000
    pairs = zip(arms_of(plan, bytes(32), places), arms_of(plan, other, places), strict=True)
    assert abs(sum(left == right for left, right in pairs) - places / 2) < 5 * 45
