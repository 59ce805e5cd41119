"""Against R itself, where R is installed; elsewhere these are skipped and say so.

nlme's optimiser stops at a flat top, so its coefficients agree to the fourth digit of a standard error and its
likelihood to eight places; ours must never be the lower one.
"""

from __future__ import annotations

import numpy as np
import pytest

from apps.endpoints.domain.mmrm import Covariance, DegreesOfFreedom, fit_mmrm
from tests.domain.endpoints.mmrm.cast import estimates, trial, trial_model
from tests.domain.endpoints.mmrm.r import Absent, fit_in_r

NLME = ["us", "cs", "csh", "ar1", "ar1h"]


@pytest.mark.parametrize(
    ("package", "structure"), [("nlme", one) for one in NLME] + [("mmrm", one.value) for one in Covariance]
)
def test_r_finds_the_same_and_nothing_better(package: str, structure: str) -> None:
    frame = trial(subjects=80, visits=4, seed=3, drop_out=0.08, effect=-3)
    try:
        told = fit_in_r(frame, package=package, structure=structure, patience=120)
    except Absent as reason:
        pytest.skip(str(reason))
    model = trial_model(Covariance(structure), degrees_of_freedom=DegreesOfFreedom.SATTERTHWAITE)
    fit = fit_mmrm(frame, model=model)
    ours = fit.statistics.minus_two_log_likelihood
    assert ours <= told.minus_two_log_likelihood + 1e-8
    assert ours == pytest.approx(told.minus_two_log_likelihood, abs=1e-5)
    named = {
        name.replace("AVISIT=", "VISIT").replace("=", "").replace("intercept", "(Intercept)"): one
        for name, one in estimates(fit).items()
    }
    renamed = {":".join(sorted(name.split(":"))): one for name, one in named.items()}
    assert len(told.coefficients) == len(renamed)
    for name, (estimate, error) in told.coefficients.items():
        mine = renamed[":".join(sorted(name.split(":")))]
        assert abs(mine.estimate - estimate) < 1e-3 * mine.standard_error
        assert np.log(mine.standard_error / error) == pytest.approx(0, abs=1e-3)
