"""The statistic of the timing benchmark: silent where nothing differs, loud where 20 microseconds do."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmarks.blind_timing.welch import SEEN, compare


def like_requests(seed: int, *, count: int = 20_000) -> np.ndarray:
    """Times of requests in seconds: five milliseconds, some scatter, and a long tail."""
    chance = np.random.default_rng(seed)
    return (
        5e-3
        + np.abs(chance.normal(0, 2e-4, count))
        + np.where(chance.random(count) < 0.05, chance.exponential(0.02, count), 0)
    )


def test_it_is_welch_s_t_when_nothing_is_cropped() -> None:
    one, other = like_requests(1, count=400), like_requests(2, count=300)
    found = compare(one, other, crop=1.0)
    assert found.t == pytest.approx(stats.ttest_ind(one, other, equal_var=False).statistic)
    assert found.kept == 700


@pytest.mark.parametrize("seed", range(10))
def test_equal_times_are_not_told_apart(seed: int) -> None:
    found = compare(like_requests(2 * seed), like_requests(2 * seed + 1))
    assert abs(found.t) < SEEN
    assert not found.is_seen


@pytest.mark.parametrize("seed", range(5))
def test_twenty_microseconds_are_seen_on_either_side(seed: int) -> None:
    slow, usual = like_requests(2 * seed) + 20e-6, like_requests(2 * seed + 1)
    assert compare(slow, usual).t > SEEN
    assert compare(usual, slow).t < -SEEN
    assert compare(slow, usual).difference == pytest.approx(20e-6, abs=10e-6)


def test_the_crop_takes_the_slowest_tenth_of_both_together() -> None:
    assert compare(like_requests(1), like_requests(2)).kept == pytest.approx(36_000, abs=2)
