"""Pages of the two hours: the board of chairs, one session at the chairside, and leaving."""

from apps.monitoring.views.chairside import (
    board,
    board_fragment,
    finding_acknowledge,
    watch,
    watch_fragment,
    watch_readings,
    watch_side,
)
from apps.monitoring.views.leaving import discharge, discharge_fragment, release_early

__all__ = [
    "board",
    "board_fragment",
    "discharge",
    "discharge_fragment",
    "finding_acknowledge",
    "release_early",
    "watch",
    "watch_fragment",
    "watch_readings",
    "watch_side",
]
