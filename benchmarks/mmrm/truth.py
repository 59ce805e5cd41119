"""Trials whose truth is known: how often the interval holds it, and how often something is found where nothing is."""

from __future__ import annotations

from dataclasses import dataclass

from apps.endpoints.domain.mmrm import Covariance, DegreesOfFreedom, MmrmFit, NoFit, fit_mmrm
from apps.endpoints.domain.results import ModelEstimate
from tests.domain.endpoints.mmrm.cast import trial, trial_model

LADDER = (
    Covariance.UNSTRUCTURED,
    Covariance.TOEPLITZ_HETEROGENEOUS,
    Covariance.ANTE_DEPENDENCE_HETEROGENEOUS,
    Covariance.COMPOUND_SYMMETRY_HETEROGENEOUS,
)


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the trials: with an effect and, as many again, without."""

    trials: int
    covered: int
    found_by_chance: int
    fell_back: int
    no_fit: int

    @property
    def shares(self) -> dict[str, float]:
        """Coverage and type I error of the last visit's difference."""
        return {"coverage": self.covered / self.trials, "type_one": self.found_by_chance / self.trials}


def count(
    trials: int, *, subjects: int, visits: int, drop_out: float, effect: float, method: DegreesOfFreedom
) -> Counts:
    """Draw and fit; seeds are fixed. A trial that no structure fits counts as not covered, and as nothing found."""
    covered = found = fell_back = no_fit = 0
    for seed in range(trials):
        for truth, start in ((effect, 10_000), (0.0, 20_000)):
            frame = trial(
                subjects=subjects, visits=visits, seed=start + seed, drop_out=drop_out, effect=truth
            )
            fit: MmrmFit | None = None
            try:
                fit = fit_mmrm(frame, model=trial_model(*LADDER, degrees_of_freedom=method))
            except NoFit:
                no_fit += 1
                continue
            last = fit.differences[-1].estimate
            fell_back += len(fit.attempts) > 1
            if not isinstance(last, ModelEstimate):
                no_fit += 1
            elif truth:
                covered += not last.interval.excludes(truth)
            else:
                found += last.p_value < 0.05
    return Counts(trials, covered, found, fell_back, no_fit)
