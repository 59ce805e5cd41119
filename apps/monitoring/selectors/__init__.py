"""Reading the two hours. A session of another site is not there; a rater or a sponsor finds none at all."""

from apps.monitoring.selectors.attendance import Attendance, Attended, attendance, attendance_sites
from apps.monitoring.selectors.boards import Board, board, board_version, site_of_board
from apps.monitoring.selectors.drawing import drawn_of, limits_passed
from apps.monitoring.selectors.recording import Recording, recording
from apps.monitoring.selectors.rows import (
    finding_get,
    findings_waiting_with,
    measured_on_paper,
    observation_get,
    observations_of,
    release_of,
)
from apps.monitoring.selectors.watchers import (
    OnSite,
    Watching,
    may_mark_presence,
    people_who_may_watch,
    prescribers_on_site,
    presence_site,
    rule_of,
    stays_at,
    watched_by,
    watched_now,
    watching,
    watching_of,
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
    "Attendance",
    "Attended",
    "Board",
    "OnSite",
    "Recording",
    "Watch",
    "Watching",
    "attendance",
    "attendance_sites",
    "board",
    "board_version",
    "drawn_of",
    "finding_get",
    "findings_waiting_with",
    "limits_passed",
    "may_mark_presence",
    "measured_on_paper",
    "observation_get",
    "observations_of",
    "people_who_may_watch",
    "prescribers_on_site",
    "presence_site",
    "reading_of",
    "recording",
    "release_of",
    "rule_of",
    "session_site",
    "site_of_board",
    "stays_at",
    "watch",
    "watch_version",
    "watched_by",
    "watched_now",
    "watches_of",
    "watching",
    "watching_of",
]
