"""Pages of the two hours: the board of chairs, one session at the chairside, who watches it, and leaving."""

from apps.monitoring.views.attendance import attendance, attendance_file
from apps.monitoring.views.chairside import (
    board,
    board_fragment,
    due_fragment,
    finding_acknowledge,
    ward,
    ward_fragment,
    watch,
    watch_fragment,
    watch_readings,
    watch_side,
)
from apps.monitoring.views.leaving import discharge, discharge_fragment, release_early
from apps.monitoring.views.paper import paper_readings
from apps.monitoring.views.watchers import handover, leave, presence, spray_note

__all__ = [
    "attendance",
    "attendance_file",
    "board",
    "board_fragment",
    "discharge",
    "discharge_fragment",
    "due_fragment",
    "finding_acknowledge",
    "handover",
    "leave",
    "paper_readings",
    "presence",
    "release_early",
    "spray_note",
    "ward",
    "ward_fragment",
    "watch",
    "watch_fragment",
    "watch_readings",
    "watch_side",
]
