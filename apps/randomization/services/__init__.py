"""What can be done: commit a list and extend it, draw for a participant, remark on a draw, test, replay."""

from apps.randomization.models import sealed_call
from apps.randomization.services.draw import Randomized, participant_randomize
from apps.randomization.services.history import PastDraw, Replayed, allocations_replay
from apps.randomization.services.lists import list_build, list_extend, list_upload, list_verify_record
from apps.randomization.services.remarks import allocation_remark
from apps.randomization.services.testing import list_test_draw
from apps.randomization.services.verification import (
    verification_claim,
    verification_fail,
    verification_make,
    verification_request,
)

__all__ = [
    "PastDraw",
    "Randomized",
    "Replayed",
    "allocation_remark",
    "allocations_replay",
    "list_build",
    "list_extend",
    "list_test_draw",
    "list_upload",
    "list_verify_record",
    "participant_randomize",
    "sealed_call",
    "verification_claim",
    "verification_fail",
    "verification_make",
    "verification_request",
]
