"""Recording the two hours: readings, the findings they give, who watches, and the release at the end.

A finding is written with the reading it comes from, in one transaction; telling people is another's work, for which
these rows are the queue.
"""

from apps.monitoring.services.attendance import attendance_export
from apps.monitoring.services.early import NotEarly, participant_release_early
from apps.monitoring.services.findings import (
    finding_acknowledge,
    overdue_findings_raise,
    unwatched_findings_raise,
)
from apps.monitoring.services.observations import observation_record
from apps.monitoring.services.paper import paper_readings_record
from apps.monitoring.services.presence import prescriber_mark
from apps.monitoring.services.release import NotReady, participant_release
from apps.monitoring.services.watch_effects import (
    DoseUnattended,
    watch_begin_with_spray,
    watch_check_before_dose,
    watches_lapse,
)
from apps.monitoring.services.watch_rows import WatchRefused
from apps.monitoring.services.watchers import watch_leave, watch_take_over

__all__ = [
    "DoseUnattended",
    "NotEarly",
    "NotReady",
    "WatchRefused",
    "attendance_export",
    "finding_acknowledge",
    "observation_record",
    "overdue_findings_raise",
    "paper_readings_record",
    "participant_release",
    "participant_release_early",
    "prescriber_mark",
    "unwatched_findings_raise",
    "watch_begin_with_spray",
    "watch_check_before_dose",
    "watch_leave",
    "watch_take_over",
    "watches_lapse",
]
