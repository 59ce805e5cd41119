"""`python -m benchmarks.estimators [--trials N] [--only times|trials]`: needs no database and no server.

Times imputation, tipping point and time to an event on one core (processor time), then draws trials whose truth is
known, imputes what is missing at random, and counts how often the interval covers it. It asserts nothing.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from apps.endpoints.domain.imputation import (
    ImputationPlan,
    ImputationRow,
    Sampling,
    affected_by_leaving,
    analyse,
    complete,
    conditional_mean_imputation,
    multiple_imputation,
    tipping_grid,
)
from apps.endpoints.domain.results import NotEstimable
from apps.endpoints.domain.survival import EventTime, fit_cox, log_rank, survival_curve

DAYS = (2, 8, 15, 28)
PLAN = ImputationPlan(DAYS, 28, ("ESK", "PBO"), "PBO", factors=("country", "oad"))
MEANS = -np.array([3.0, 8.0, 11.0, 15.0])
ROOT = np.linalg.cholesky(100 * 0.7 ** np.abs(np.subtract.outer(range(4), range(4))))

T = TypeVar("T")


def main() -> None:
    """Measure what was asked for and print it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--trials", type=int, default=100, help="simulated trials for each line")
    asked.add_argument("--only", choices=["times", "trials"])
    options = asked.parse_args()
    print("load average {:.2f} {:.2f} {:.2f}".format(*os.getloadavg()))
    if options.only in (None, "times"):
        times()
    if options.only in (None, "trials"):
        for effect in (0.0, -5.0):
            trials(effect, options.trials)


def made_up(source: np.random.Generator, n: int, *, effect: float) -> tuple[ImputationRow, ...]:
    """A trial with changes correlated over time, in which who does badly is likelier to leave."""
    rows = []
    for i in range(n):
        arm, base = ("ESK", "PBO")[i % 2], float(source.normal(37, 5))
        change = MEANS - 0.2 * (base - 37) + ROOT @ source.normal(size=4)
        if arm == "ESK":
            change = change + effect * np.array([0.5, 0.8, 0.9, 1.0])
        seen = {DAYS[0]: float(change[0])}
        for place in range(1, 4):
            if source.random() < 1 / (1 + np.exp(1.56 - 0.08 * change[place - 1])):
                break
            seen[DAYS[place]] = float(change[place])
        factors = {"country": "ABCDE"[i % 5], "oad": ("SNRI", "SSRI")[i // 2 % 2]}
        rows.append(ImputationRow(f"{i:05}", arm, seen, base, factors))
    return affected_by_leaving(rows, days=DAYS)


def timed(name: str, work: Callable[[], T]) -> T:
    """Do it once and print the processor time."""
    start = time.process_time()
    found = work()
    print(f"{name:<70} {time.process_time() - start:8.3f} s")
    return found


def times() -> None:
    """How long each takes."""
    source = np.random.default_rng(1)
    rows = made_up(source, 223, effect=-4)
    sets = timed(
        "200 imputations of 223 participants", lambda: complete(rows, plan=PLAN, sampling=Sampling(1, 200))
    )
    timed("their analysis", lambda: analyse(sets))
    timed(
        "a grid of 55 shifts",
        lambda: tipping_grid(sets, arm="ESK", arm_deltas=range(11), reference_deltas=range(5)),
    )
    timed("conditional means with 223 refits", lambda: conditional_mean_imputation(rows, plan=PLAN))
    many = made_up(source, 2000, effect=-4)
    timed(
        "100 imputations of 2000 participants", lambda: complete(many, plan=PLAN, sampling=Sampling(1, 100))
    )
    events = [
        EventTime(
            f"{i:04}",
            "AB"[i % 2],
            float(source.exponential(100) // 1),
            bool(source.random() < 0.6),
            "xy"[i % 3 == 0],
        )
        for i in range(300)
    ]
    timed(
        "Cox, 300 participants in two strata",
        lambda: fit_cox(events, arms="AB", reference="A", stratified=True),
    )
    timed(
        "curve and log-rank of the same",
        lambda: (survival_curve(events, arm="A"), log_rank(events, arms="AB")),
    )


def trials(effect: float, count: int) -> None:
    """Impute and count: bias, coverage of the 95% interval, rejections."""
    source, plan = np.random.default_rng(99), replace(PLAN, factors=())
    values, covered, rejected, missing = [], 0, 0, 0
    for number in range(count):
        rows = made_up(source, 120, effect=effect)
        missing += sum(28 not in row.outcomes for row in rows)
        found = multiple_imputation(rows, plan=plan, sampling=Sampling(number, sets=30, burn_in=50, thin=5))
        pooled = found.differences[0].estimate
        assert not isinstance(pooled, NotEstimable)
        values.append(pooled.estimate.estimate)
        covered += pooled.estimate.interval.low <= effect <= pooled.estimate.interval.high
        rejected += pooled.estimate.p_value < 0.05
    error = np.std(values) / count**0.5
    print(
        f"{count} trials, effect {effect}: bias {np.mean(values) - effect:.3f} (error {error:.3f}), "
        f"covered {covered / count:.3f}, rejected {rejected / count:.3f}, missing {missing / count / 120:.2f}"
    )


if __name__ == "__main__":
    main()
