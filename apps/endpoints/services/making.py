"""Making a report: read, compute, write down, store. Arms enter only here, and only for a sealed report."""

from __future__ import annotations

from datetime import datetime

from apps.accounts.models import User
from apps.endpoints.models import ReportJob


def report_make(*, job: ReportJob, by: User, at: datetime) -> None:
    """Make the files of a claimed job."""
    raise ValueError(f"{job} cannot be made yet")
