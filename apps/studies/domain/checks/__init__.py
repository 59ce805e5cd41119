"""The checks that look across blocks. Each names the sections it reads, and runs when those are sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from apps.studies.domain.checks.conduct import CONDUCT_CHECKS
from apps.studies.domain.checks.design import DESIGN_CHECKS
from apps.studies.domain.checks.dose import DOSE_CHECKS
from apps.studies.domain.checks.eligibility import ELIGIBILITY_CHECKS
from apps.studies.domain.checks.endpoints import ENDPOINT_CHECKS
from apps.studies.domain.checks.everywhere import EVERYWHERE_CHECKS
from apps.studies.domain.checks.observation import OBSERVATION_CHECKS
from apps.studies.domain.checks.randomization import RANDOMIZATION_CHECKS
from apps.studies.domain.checks.time_to_event import TIME_CHECKS
from apps.studies.domain.checks.visits import VISIT_CHECKS
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.yaml_reading import Fault

CrossCheck = tuple[tuple[str, ...], Callable[[Protocol], Iterator[Fault]]]

CROSS_CHECKS: tuple[CrossCheck, ...] = (
    *EVERYWHERE_CHECKS,
    *RANDOMIZATION_CHECKS,
    *DESIGN_CHECKS,
    *VISIT_CHECKS,
    *DOSE_CHECKS,
    *ELIGIBILITY_CHECKS,
    *OBSERVATION_CHECKS,
    *ENDPOINT_CHECKS,
    *TIME_CHECKS,
    *CONDUCT_CHECKS,
)
