"""The random stream gives the agreed bytes everywhere, and nothing else decides them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from apps.randomization.domain.stream import Stream

VECTORS = json.loads((Path(__file__).parent / "data" / "stream_vectors.json").read_text())
SEED = bytes.fromhex(VECTORS["seed_hex"])
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("label", VECTORS["stream"])
def test_stream_gives_the_agreed_bytes(label: str) -> None:
    expected = bytes.fromhex(VECTORS["stream"][label])
    stream = Stream(seed=SEED, label=label)
    assert b"".join(stream.u64().to_bytes(8, "big") for _ in range(len(expected) // 8)) == expected


def test_below_gives_the_agreed_numbers() -> None:
    below = VECTORS["below"]
    stream = Stream(seed=SEED, label=below["label"])
    assert [stream.below(bound) for bound in below["bounds"]] == below["numbers"]


def test_below_rejects_the_partial_last_cycle(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter([2**64 - 1, 2**64 - 2, 7])
    stream = Stream(seed=SEED, label="x")
    monkeypatch.setattr(stream, "u64", lambda: next(numbers))
    # 2**64 = 3 * k + 1, so for a bound of 3 exactly one number, 2**64 - 1, would make a zero too many.
    assert stream.below(3) == (2**64 - 2) % 3
    assert stream.below(3) == 7 % 3


@given(
    bound=st.integers(1, 2**64),
    label=st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1),
)
def test_below_stays_below_its_bound(bound: int, label: str) -> None:
    assert 0 <= Stream(seed=SEED, label=label).below(bound) < bound


@pytest.mark.parametrize("bound", [0, -1, 2**64 + 1])
def test_below_refuses_an_impossible_bound(bound: int) -> None:
    with pytest.raises(ValueError, match="bound"):
        Stream(seed=SEED, label="x").below(bound)


@pytest.mark.parametrize("seed", [b"", SEED[:-1], SEED + b"\0"])
def test_a_seed_of_another_length_is_refused(seed: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Stream(seed=seed, label="x")


@pytest.mark.parametrize("label", ["", "pb/Züri/0", "a\0b"])
def test_a_label_that_could_be_read_two_ways_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match="label"):
        Stream(seed=SEED, label=label)


def test_shuffle_makes_every_order_equally_often() -> None:
    counts: dict[str, int] = {}
    for number in range(24_000):
        items = list("abcd")
        Stream(seed=SEED, label=f"shuffle/{number}").shuffle(items)
        counts["".join(items)] = counts.get("".join(items), 0) + 1
    assert len(counts) == 24
    assert chisquare(list(counts.values())).pvalue > 1e-4


@given(items=st.lists(st.integers()))
def test_shuffle_keeps_every_item(items: list[int]) -> None:
    shuffled = list(items)
    Stream(seed=SEED, label="x").shuffle(shuffled)
    assert sorted(shuffled) == sorted(items)


@pytest.mark.parametrize("bit", [0, 100, 255])
def test_one_bit_of_the_seed_changes_half_of_the_stream(bit: int) -> None:
    other = (int.from_bytes(SEED, "big") ^ 1 << bit).to_bytes(32, "big")
    one, two = (Stream(seed=seed, label="x") for seed in (SEED, other))
    words = 2_000
    different = sum((one.u64() ^ two.u64()).bit_count() for _ in range(words))
    # Binomial(64 * words, 1/2): standard deviation 179; five of them either way.
    assert abs(different - 32 * words) < 900


def test_the_stream_is_the_same_in_another_process_with_another_hash_seed() -> None:
    program = (
        "from apps.randomization.domain.blocks import ArmShare, ListPlan, build_list\n"
        "from apps.randomization.domain.commitment import list_digest\n"
        "plan = ListPlan('T.main', (ArmShare('A', 1), ArmShare('B', 2)), (3, 6))\n"
        "slots = build_list(plan=plan, seed=bytes(range(32)), strata={'x=2', 'x=1', 'y=3'}, places=50)\n"
        "print(list_digest(slots))\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1", "4242")
    }
    assert len(digests) == 1
    assert len(digests.pop().strip()) == 64
