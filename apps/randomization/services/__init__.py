"""What can be done: commit a list, extend it when a site opens, draw a place for a participant."""

from apps.randomization.models import sealed_call
from apps.randomization.services.draw import Randomized, participant_randomize
from apps.randomization.services.history import PastDraw, Replayed, allocations_replay
from apps.randomization.services.lists import list_build, list_extend

__all__ = [
    "PastDraw",
    "Randomized",
    "Replayed",
    "allocations_replay",
    "list_build",
    "list_extend",
    "participant_randomize",
    "sealed_call",
]
