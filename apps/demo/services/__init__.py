"""Writing the demo: a story told by `apps.demo.domain`, put into the tables as the services would have written it."""

from apps.demo.services.people import accounts_ensure
from apps.demo.services.planned import PLANNED, planned_study_seed
from apps.demo.services.seed import (
    FINISHED,
    RUNNING,
    finished_study_seed,
    running_study_seed,
)

__all__ = [
    "FINISHED",
    "PLANNED",
    "RUNNING",
    "accounts_ensure",
    "finished_study_seed",
    "planned_study_seed",
    "running_study_seed",
]
