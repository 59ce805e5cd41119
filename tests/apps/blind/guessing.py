"""Whether what is seen tells the truth: rank tests one by one, and a classifier on everything at once."""

from __future__ import annotations

import numpy as np
from scipy import stats

from tests.apps.blind.draws import Seen


def telling(seen: Seen, *, level: float) -> dict[str, float]:
    """Each feature whose ranks (Mann and Whitney, two-sided) differ by the truth at this level, with its p value."""
    found = {}
    for name, values in seen.features.items():
        if len(np.unique(values)) > 1:
            p = float(stats.mannwhitneyu(values[seen.truth], values[~seen.truth]).pvalue)
            if p < level:
                found[name] = p
    return found


def guessed(seen: Seen) -> tuple[int, int, float]:
    """
    Train on one half, guess the other; return hits, guesses and the exact binomial p value against the larger class.

    Features enter as ranks, their squares and their neighbours' products; the classifier is linear in these.
    """
    ranks = np.column_stack(
        [
            stats.rankdata(values) / len(values) - 0.5
            for values in seen.features.values()
            if len(np.unique(values)) > 1
        ]
    )
    design = np.column_stack(
        [
            np.ones(len(ranks)),
            ranks,
            ranks**2,
            *(ranks[:, i] * ranks[:, i + 1] for i in range(ranks.shape[1] - 1)),
        ]
    )
    half = np.arange(len(ranks)) % 2 == 0
    wanted = np.where(seen.truth, 1.0, -1.0) - np.where(seen.truth[half], 1.0, -1.0).mean()
    weights, *_ = np.linalg.lstsq(design[half], wanted[half], rcond=None)
    score = design[~half] @ weights
    truth = seen.truth[~half]
    share = seen.truth[half].mean()
    guess = score > np.quantile(score, 1 - share)
    hits, total = int((guess == truth).sum()), len(truth)
    # Guessing with the right shares and no knowledge hits this often.
    chance = guess.mean() * truth.mean() + (1 - guess.mean()) * (1 - truth.mean())
    return hits, total, float(stats.binomtest(hits, total, float(chance)).pvalue)
