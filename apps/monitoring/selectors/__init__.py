"""Reading the two hours. A session of another site is not there; a rater or a sponsor finds none at all."""

from apps.monitoring.selectors.boards import Board, board, board_version
from apps.monitoring.selectors.rows import (
    finding_get,
    findings_waiting_with,
    observation_get,
    observations_of,
    release_of,
)
from apps.monitoring.selectors.watching import (
    Watch,
    reading_of,
    session_site,
    watch,
    watch_version,
    watches_of,
)

__all__ = [
    "Board",
    "Watch",
    "board",
    "board_version",
    "finding_get",
    "findings_waiting_with",
    "observation_get",
    "observations_of",
    "reading_of",
    "release_of",
    "session_site",
    "watch",
    "watch_version",
    "watches_of",
]
