"""Reading what is rehearsed, what was found, and what stands in the way of going live."""

from apps.rehearsal.selectors.configuration import configuration_read
from apps.rehearsal.selectors.runs import (
    NOT_YET_THROUGH,
    proof_of,
    run_get,
    run_latest,
    runs_of,
    runs_waiting,
    signatures_of,
    standing_of,
)

__all__ = [
    "NOT_YET_THROUGH",
    "configuration_read",
    "proof_of",
    "run_get",
    "run_latest",
    "runs_of",
    "runs_waiting",
    "signatures_of",
    "standing_of",
]
