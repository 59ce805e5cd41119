"""Score and Hessian against finite differences, at random parameters of random trials."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apps.endpoints.domain.mmrm.likelihood import Likelihood
from apps.endpoints.domain.mmrm.model import Covariance
from apps.endpoints.domain.mmrm.patterns import Patterns
from apps.endpoints.domain.mmrm.structures import Structure

VISITS = 4


def likelihood(seed: int, *, restricted: bool) -> Likelihood:
    random = np.random.default_rng(seed)
    seen = random.random((25, VISITS)) < 0.7
    subject, visit = np.nonzero(seen)
    subject = np.unique(subject, return_inverse=True)[1]
    columns = random.standard_normal((len(subject), 5))
    return Likelihood(
        Patterns.of(
            columns,
            columns @ random.standard_normal(5) + random.standard_normal(len(subject)),
            subject_of=subject,
            visit_of=visit,
            visits=VISITS,
        ),
        restricted=restricted,
    )


@pytest.mark.parametrize("structure", Covariance)
@given(seed=st.integers(0, 10_000), restricted=st.booleans())
@settings(max_examples=8, deadline=None, derandomize=True)
def test_gradient_and_hessian_are_the_derivatives_of_the_value(
    structure: Covariance, seed: int, restricted: bool
) -> None:
    at = likelihood(seed, restricted=restricted)
    shape = Structure.of(structure, visits=VISITS)
    random = np.random.default_rng(seed)
    theta = 0.25 * random.standard_normal(shape.parameters)
    # Well inside, or the differences themselves are not exact enough.
    assume(np.linalg.eigvalsh(shape.value(theta))[0] > 0.3)
    here = at.expand(shape, theta)
    assert here is not None
    assert here.value == pytest.approx(at.value(shape.value(theta)), rel=1e-13)
    step = 2e-5

    def slope_of(place: int) -> tuple[float, np.ndarray]:
        ahead, behind = theta.copy(), theta.copy()
        ahead[place] += step
        behind[place] -= step
        first, second = at.expand(shape, ahead), at.expand(shape, behind)
        assert first is not None
        assert second is not None
        return (first.value - second.value) / (2 * step), (first.gradient - second.gradient) / (2 * step)

    found = [slope_of(place) for place in range(shape.parameters)]
    size = max(1.0, float(np.max(np.abs(here.hessian))))
    assert here.gradient == pytest.approx(np.array([one for one, _ in found]), abs=1e-6 * size)
    assert here.hessian == pytest.approx(np.array([one for _, one in found]), abs=1e-6 * size)


@pytest.mark.parametrize("structure", Covariance)
def test_jacobian_and_curvature_are_the_derivatives_of_sigma(structure: Covariance) -> None:
    shape = Structure.of(structure, visits=5)
    random = np.random.default_rng(1)
    theta = 0.3 * random.standard_normal(shape.parameters)
    weights = random.standard_normal((5, 5))
    weights = weights + weights.T
    step = 1e-5
    columns, curvature = [], []
    for place in range(shape.parameters):
        move = step * np.eye(shape.parameters)[place]
        columns.append((shape.value(theta + move) - shape.value(theta - move)) / (2 * step))
        slopes = [
            np.einsum("ab,abh->h", weights, shape.jacobian(one)) for one in (theta + move, theta - move)
        ]
        curvature.append((slopes[0] - slopes[1]) / (2 * step))
    assert shape.jacobian(theta) == pytest.approx(np.stack(columns, axis=2), abs=1e-8)
    assert shape.curvature(theta, weights) == pytest.approx(np.array(curvature), abs=1e-7)
