"""`python -m benchmarks.mmrm [--json FILE] [--trials N] [--patience S] [--only accuracy|fits|r|trials]`.

Says how far its numbers are from the references, times whole fits (rows to least-squares means) on one core, then the
same trials by R's packages where they are installed, then draws trials whose truth is known and counts. It asserts
nothing: read the numbers beside the load.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from apps.endpoints.domain.mmrm import (
    Covariance,
    DegreesOfFreedom,
    MmrmModel,
    ModelFrame,
    fit_mmrm,
)
from benchmarks.mmrm.accuracy import against_definitions, against_reference
from benchmarks.mmrm.truth import Counts, count
from tests.domain.endpoints.mmrm.cast import fev_frame, fev_model, trial, trial_model
from tests.domain.endpoints.mmrm.r import Absent, fit_in_r

ROUNDS = 7
WHAT = ("estimate", "SE", "df", "vcov", "Sigma", "F", "p", "-2logL")
SIZES = ((200, 4), (1000, 10), (10_000, 5))


def main() -> None:
    """Measure what was asked for and print it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--json", type=Path, help="keep the figures here")
    asked.add_argument("--trials", type=int, default=200, help="simulated trials for each line")
    asked.add_argument("--patience", type=float, default=300, help="seconds to wait for a fit by R")
    asked.add_argument("--only", choices=["accuracy", "fits", "r", "trials"])
    options = asked.parse_args()
    figures: dict[str, Any] = {"load": os.getloadavg()}
    print("load average {:.2f} {:.2f} {:.2f}".format(*os.getloadavg()))
    if options.only in (None, "accuracy"):
        figures["accuracy"] = _accuracy()
    if options.only in (None, "fits"):
        figures["fits"] = _fits()
    if options.only in (None, "r"):
        figures["r"] = _beside_r(options.patience)
    if options.only in (None, "trials"):
        figures["trials"] = _trials(options.trials)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def _accuracy() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for title, cases in (("R's mmrm", against_reference()), ("the definitions", against_definitions())):
        print(f"\n{'largest deviation from ' + title:40}" + "".join(f"{what:>10}" for what in WHAT))
        for name, apart in cases:
            found[f"{title}: {name}"] = apart
            cells = (f"{apart[what]:10.0e}" if what in apart else f"{'':>10}" for what in WHAT)
            print(f"{name:40}" + "".join(cells))
    return found


def _fits() -> list[dict[str, Any]]:
    print(f"\n{'fit':36}{'best s':>9}{'median s':>10}{'CPU s':>9}{'steps':>7}")
    cases: list[tuple[str, ModelFrame, MmrmModel]] = [
        ("fev_data, us, Kenward-Roger", fev_frame(), fev_model())
    ]
    cases += [(f"{n} x {v}, us, Kenward-Roger", _trial(n, v), trial_model()) for n, v in SIZES[1:]]
    cases += [
        (f"1000 x 10, {one.value}, Kenward-Roger", _trial(1000, 10), trial_model(one))
        for one in (Covariance.TOEPLITZ_HETEROGENEOUS, Covariance.ANTE_DEPENDENCE_HETEROGENEOUS)
    ]
    found = []
    for name, frame, model in cases:
        wall, cpu, steps = _timed(
            lambda frame=frame, model=model: fit_mmrm(frame, model=model).attempts[-1].iterations
        )
        found.append({"fit": name, "best": min(wall), "median": statistics.median(wall), "cpu": min(cpu)})
        print(f"{name:36}{min(wall):9.3f}{statistics.median(wall):10.3f}{min(cpu):9.3f}{steps:7}")
    return found


def _timed(fit: Callable[[], int]) -> tuple[list[float], list[float], int]:
    wall, cpu, steps = [], [], 0
    for _ in range(ROUNDS):
        at, used = time.perf_counter(), time.process_time()
        steps = fit()
        wall.append(time.perf_counter() - at)
        cpu.append(time.process_time() - used)
    return wall, cpu, steps


def _beside_r(patience: float) -> list[dict[str, Any]]:
    print(f"\n{'beside R':36}{'ours s':>9}{'R s':>9}{'ratio':>8}  -2logL of R less ours")
    found = []
    for package in ("nlme", "mmrm", "lme4"):
        for subjects, visits in SIZES:
            name, frame = f"{package}, {subjects} x {visits}, us", _trial(subjects, visits)
            model = trial_model(degrees_of_freedom=DegreesOfFreedom.SATTERTHWAITE)
            wall, _, _ = _timed(
                lambda frame=frame, model=model: fit_mmrm(frame, model=model).attempts[-1].iterations
            )
            ours = fit_mmrm(frame, model=model).statistics.minus_two_log_likelihood
            try:
                told = fit_in_r(frame, package=package, structure="us", patience=patience)
            except Absent as reason:
                print(f"{name:36}{min(wall):9.3f}  {reason}")
                break
            except subprocess.TimeoutExpired:
                print(f"{name:36}{min(wall):9.3f}  more than {patience:.0f} s")
                continue
            except subprocess.SubprocessError as fault:
                print(f"{name:36}{min(wall):9.3f}  failed: {fault}")
                continue
            apart = told.minus_two_log_likelihood - ours
            found.append({"fit": name, "ours": min(wall), "r": told.seconds, "apart": apart})
            print(f"{name:36}{min(wall):9.3f}{told.seconds:9.2f}{told.seconds / min(wall):8.0f}  {apart:.1e}")
    return found


def _trials(trials: int) -> list[dict[str, Any]]:
    print(
        f"\n{trials} trials each; within chance: coverage {_band(trials, 0.95)}, type I error {_band(trials, 0.05)}"
    )
    print(f"{'trials':44}{'coverage':>10}{'type I':>9}{'fell back':>11}{'no fit':>8}")
    found = []
    for subjects, visits, drop_out in ((24, 4, 0.10), (60, 5, 0.08), (200, 5, 0.06)):
        for method in DegreesOfFreedom:
            counted: Counts = count(
                trials, subjects=subjects, visits=visits, drop_out=drop_out, effect=-5, method=method
            )
            name = f"{subjects} x {visits}, drop-out {drop_out:.0%} a visit, {method.value}"
            found.append({"trials": name, **counted.shares})
            print(
                f"{name:44}{counted.shares['coverage']:10.3f}{counted.shares['type_one']:9.3f}"
                f"{counted.fell_back:11}{counted.no_fit:8}"
            )
    return found


def _band(trials: int, share: float) -> str:
    half = 1.96 * (share * (1 - share) / trials) ** 0.5
    return f"{share - half:.3f} to {share + half:.3f}"


def _trial(subjects: int, visits: int) -> ModelFrame:
    return trial(subjects=subjects, visits=visits, seed=1, drop_out=0.05, effect=-3)


if __name__ == "__main__":
    main()
