"""Recording the two hours: readings, the findings they give, and the release at the end.

A finding is written with the reading it comes from, in one transaction; telling people is another's work, for which
these rows are the queue.
"""

from apps.monitoring.services.early import NotEarly, participant_release_early
from apps.monitoring.services.findings import finding_acknowledge, overdue_findings_raise
from apps.monitoring.services.observations import observation_record
from apps.monitoring.services.release import NotReady, participant_release

__all__ = [
    "NotEarly",
    "NotReady",
    "finding_acknowledge",
    "observation_record",
    "overdue_findings_raise",
    "participant_release",
    "participant_release_early",
]
