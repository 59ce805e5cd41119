"""Trials whose truth is known: intervals cover it as often as they say, and nothing is found where nothing is.

`benchmarks/mmrm` does the same with more trials and more structures.
"""

from __future__ import annotations

from scipy import stats

from apps.endpoints.domain.mmrm import Covariance, fit_mmrm
from apps.endpoints.domain.results import ModelEstimate
from tests.domain.endpoints.mmrm.cast import real, trial, trial_model

TRIALS = 200


def test_intervals_cover_the_truth_and_nothing_is_found_by_chance_too_often() -> None:
    """Small trials with drop-out, where plain standard errors would be too short; fails by chance once in 10,000."""

    def at_the_end(seed: int, effect: float) -> ModelEstimate:
        frame = trial(subjects=24, visits=4, seed=seed, drop_out=0.1, effect=effect)
        return real(fit_mmrm(frame, model=trial_model()).differences[-1].estimate)

    covered = sum(not at_the_end(50_000 + seed, -6).interval.excludes(-6) for seed in range(TRIALS))
    found = sum(at_the_end(90_000 + seed, 0).p_value < 0.05 for seed in range(TRIALS))
    assert stats.binomtest(covered, TRIALS, 0.95).pvalue > 1e-4, covered
    assert stats.binomtest(found, TRIALS, 0.05).pvalue > 1e-4, found


def test_the_ladder_carries_small_trials_and_says_how() -> None:
    """Twelve to twenty subjects at five visits: the unstructured matrix is often too much to ask for."""
    ladder = (
        Covariance.UNSTRUCTURED,
        Covariance.TOEPLITZ_HETEROGENEOUS,
        Covariance.ANTE_DEPENDENCE_HETEROGENEOUS,
        Covariance.AUTOREGRESSIVE_HETEROGENEOUS,
        Covariance.COMPOUND_SYMMETRY_HETEROGENEOUS,
        Covariance.AUTOREGRESSIVE,
        Covariance.COMPOUND_SYMMETRY,
    )
    refused = 0
    for seed in range(6):
        fit = fit_mmrm(trial(subjects=16, visits=5, seed=seed, drop_out=0.2), model=trial_model(*ladder))
        assert [one.covariance for one in fit.attempts] == list(ladder[: len(fit.attempts)])
        assert fit.attempts[-1].accepted
        assert all(one.refused for one in fit.attempts[:-1])
        assert fit.attempts[-1].gradient < 1e-8
        assert fit.attempts[-1].eigenvalue > 0
        refused += len(fit.attempts) - 1
    assert refused
