"""Taking the report of who was there out of the system, which leaves a trace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.monitoring import selectors
from apps.monitoring.selectors import Attendance
from apps.studies.models import Site


@transaction.atomic
def attendance_export(
    *, sites: Sequence[Site], starts_on: date, ends_on: date, by: User, at: datetime
) -> Attendance:
    """Return the report for a file, and record in each study that it was taken. Raises what the report raises."""
    found = selectors.attendance(viewer=by, sites=sites, starts_on=starts_on, ends_on=ends_on, now=at)
    for code in sorted({site.study.code for site in sites}):
        places = [site.code for site in sites if site.study.code == code]
        event_record(
            kind="attendance.exported",
            by=by,
            at=at,
            study=code,
            site=places[0] if len(places) == 1 else "",
            detail={"from": starts_on.isoformat(), "to": ends_on.isoformat(), "sites": places},
        )
    return found
