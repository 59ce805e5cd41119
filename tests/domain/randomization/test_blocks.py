"""Permuted blocks follow the agreed vectors and their exact law, and every block is complete."""

import itertools
import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from apps.randomization.domain.blocks import ArmShare, ListPlan, Slot, build_block, build_list, plan_faults

VECTORS = json.loads((Path(__file__).parent / "data" / "stream_vectors.json").read_text())
SEED = bytes.fromhex(VECTORS["seed_hex"])


def plan_of(*shares: int, sizes: tuple[int, ...], trial: str = "T.main") -> ListPlan:
    arms = tuple(ArmShare(f"arm{index}", share) for index, share in enumerate(shares))
    return ListPlan(trial=trial, arms=arms, block_sizes=sizes)


def built(
    plan: ListPlan, seed: bytes = SEED, strata: tuple[str, ...] = ("all",), places: int = 24
) -> tuple[Slot, ...]:
    return build_list(plan=plan, seed=seed, strata=strata, places=places)


def blocks_of(slots: tuple[Slot, ...]) -> list[tuple[Slot, ...]]:
    return [
        tuple(group) for _, group in itertools.groupby(slots, key=lambda slot: (slot.stratum, slot.block))
    ]


def seeds(count: int) -> list[bytes]:
    return [number.to_bytes(32, "big") for number in range(1, count + 1)]


@pytest.mark.parametrize("name", VECTORS["permuted"])
def test_lists_agree_with_the_vectors(name: str) -> None:
    case = VECTORS["permuted"][name]
    expected = case["rows_block_size_arm"]
    plan = plan_of(*case["shares"], sizes=tuple(case["sizes"]), trial=VECTORS["trial"])
    slots = built(plan, strata=tuple(expected))
    for stratum, rows in expected.items():
        made = [
            f"{slot.block} {slot.size} {slot.arm.removeprefix('arm')}"
            for slot in slots
            if slot.stratum == stratum
        ]
        assert made[: len(rows)] == rows


@st.composite
def plans(draw: st.DrawFn) -> ListPlan:
    shares = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    multiples = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True))
    return plan_of(*shares, sizes=tuple(sum(shares) * multiple for multiple in multiples))


STRATA = st.lists(st.sampled_from(["a=1", "a=2", "b=1|c=2", "all"]), min_size=1, unique=True).map(tuple)
SEEDS = st.binary(min_size=32, max_size=32)
PLACES = st.integers(1, 60)


@given(plan=plans(), seed=SEEDS, strata=STRATA, places=PLACES)
def test_every_block_holds_the_arms_in_their_exact_ratio(
    plan: ListPlan, seed: bytes, strata: tuple[str, ...], places: int
) -> None:
    total = sum(share.share for share in plan.arms)
    for block in blocks_of(built(plan, seed, strata, places)):
        size = block[0].size
        assert size in plan.block_sizes
        assert len(block) == size
        counts = Counter(slot.arm for slot in block)
        assert counts == {share.arm: size * share.share // total for share in plan.arms}


@given(plan=plans(), seed=SEEDS, strata=STRATA, places=PLACES)
def test_sequences_count_from_one_without_a_gap_and_reach_the_wanted_length(
    plan: ListPlan, seed: bytes, strata: tuple[str, ...], places: int
) -> None:
    slots = built(plan, seed, strata, places)
    for stratum in strata:
        seqs = [slot.seq for slot in slots if slot.stratum == stratum]
        assert seqs == list(range(1, len(seqs) + 1))
        assert places <= len(seqs) < places + max(plan.block_sizes)


@given(plan=plans(), seed=SEEDS, strata=STRATA, places=PLACES)
def test_a_new_stratum_or_a_longer_list_moves_nothing_that_was_there(
    plan: ListPlan, seed: bytes, strata: tuple[str, ...], places: int
) -> None:
    before = built(plan, seed, strata, places)
    assert set(before) <= set(built(plan, seed, ("z=9", *reversed(strata)), places + 7))


def test_the_order_in_which_strata_are_named_changes_nothing() -> None:
    plan = plan_of(1, 1, sizes=(4,))
    assert built(plan, strata=("a", "b")) == built(plan, strata=("b", "a"))


def test_blocks_of_four_follow_their_exact_law() -> None:
    # Every one of the 6 orders of AABB is as likely; 12,000 seeds, fixed.
    plan = plan_of(1, 1, sizes=(4,))
    counts = Counter(build_block(plan=plan, seed=seed, stratum="all", block=0) for seed in seeds(12_000))
    assert len(counts) == 6
    assert chisquare(list(counts.values())).pvalue > 1e-4


def test_blocks_in_the_ratio_1_1_2_follow_their_exact_law() -> None:
    plan = plan_of(1, 1, 2, sizes=(4,))
    counts = Counter(build_block(plan=plan, seed=seed, stratum="all", block=3) for seed in seeds(12_000))
    assert len(counts) == 12
    assert chisquare(list(counts.values())).pvalue > 1e-4


def law_of_first_six() -> dict[str, Fraction]:
    """Enumerate the first six arms of blocks of 4 or 6 (each size as likely), ratio 1:1."""
    law: Counter[str] = Counter()
    fours, sixes = ({"".join(order) for order in itertools.permutations("01" * half)} for half in (2, 3))
    for six in sixes:
        law[six] += Fraction(1, 2) / len(sixes)
    for four in fours:
        for following in (fours, sixes):
            for block in following:
                law[four + block[:2]] += Fraction(1, 4) / len(fours) / len(following)
    assert sum(law.values()) == 1
    return dict(law)


def test_blocks_of_four_or_six_follow_their_enumerated_law() -> None:
    law = law_of_first_six()
    assert len(law) == 32
    plan = plan_of(1, 1, sizes=(4, 6))
    counts: Counter[str] = Counter()
    count = 20_000
    for seed in seeds(count):
        slots = built(plan, seed, places=6)
        counts["".join(slot.arm.removeprefix("arm") for slot in slots[:6])] += 1
    assert set(counts) <= set(law)
    observed = [counts[sequence] for sequence in sorted(law)]
    assert chisquare(observed, [float(law[sequence] * count) for sequence in sorted(law)]).pvalue > 1e-4


def test_block_sizes_are_drawn_evenly() -> None:
    plan = plan_of(1, 1, sizes=(4, 6, 8))
    sizes = Counter(len(build_block(plan=plan, seed=seed, stratum="all", block=0)) for seed in seeds(9_000))
    assert chisquare([sizes[size] for size in (4, 6, 8)]).pvalue > 1e-4


def test_strata_and_successive_blocks_are_independent() -> None:
    # First arms of two strata, and of two successive blocks, agree as often as coins do.
    plan = plan_of(1, 1, sizes=(4,))
    for left, right in ((("a", 0), ("b", 0)), (("a", 0), ("a", 1))):
        cells: Counter[tuple[str, str]] = Counter()
        for seed in seeds(8_000):
            one = build_block(plan=plan, seed=seed, stratum=left[0], block=left[1])[0]
            two = build_block(plan=plan, seed=seed, stratum=right[0], block=right[1])[0]
            cells[one, two] += 1
        assert len(cells) == 4
        assert chisquare(list(cells.values())).pvalue > 1e-4


def test_two_trials_with_one_seed_have_unrelated_lists() -> None:
    one, two = (
        built(plan_of(1, 1, sizes=(4,), trial=trial), places=4_000) for trial in ("T.main", "T.second")
    )
    agree = sum(left.arm == right.arm for left, right in zip(one, two, strict=True))
    assert abs(agree - 2_000) < 200


@pytest.mark.parametrize(
    ("plan", "fault"),
    [
        (plan_of(1, 1, sizes=(4, 5)), "block of 5"),
        (plan_of(1, 1, 2, sizes=(6,)), "block of 6"),
        (plan_of(1, 1, sizes=(0,)), "block of 0"),
        (plan_of(1, 1, sizes=()), "Block sizes must be given"),
        (plan_of(1, 1, sizes=(4, 4)), "each once"),
        (plan_of(1, 0, sizes=(4,)), "share"),
        (plan_of(1, sizes=(4,)), "two different arms"),
        (plan_of(1, 1, sizes=(4,), trial="a/b"), "slash"),
    ],
)
def test_a_plan_that_cannot_hold_is_refused_and_says_why(plan: ListPlan, fault: str) -> None:
    assert any(fault in sentence for sentence in plan_faults(plan))
    with pytest.raises(ValueError, match=fault):
        built(plan)


@pytest.mark.parametrize(
    ("strata", "places", "fault"),
    [
        ((), 4, "Strata must be given"),
        (("a", "a"), 4, "each once"),
        (("a/0",), 4, "slash"),
        (("Île",), 4, "ASCII"),
        (("a",), 0, "at least one place"),
    ],
)
def test_strata_that_cannot_be_built_are_refused(strata: tuple[str, ...], places: int, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        built(plan_of(1, 1, sizes=(4,)), strata=strata, places=places)


def test_a_plan_with_many_faults_names_them_all() -> None:
    assert len(plan_faults(plan_of(1, 1, sizes=(5, 5), trial="a/b"))) == 4


def test_a_ratio_that_shares_a_divisor_needs_no_larger_blocks() -> None:
    block = build_block(plan=plan_of(2, 2, sizes=(2,)), seed=SEED, stratum="all", block=0)
    assert sorted(block) == ["arm0", "arm1"]
