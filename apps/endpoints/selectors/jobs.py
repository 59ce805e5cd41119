"""Report jobs, as far as a viewer may know of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.endpoints.models import ReportJob
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Study


def jobs_of(*, viewer: User, now: datetime) -> QuerySet[ReportJob]:
    """Return the jobs of the viewer's studies, latest first. Sealed ones are known to the unblinded only."""
    pooled = access.studies_where(user=viewer, permission=Permission.REPORT_POOLED, now=now)
    by_arm = access.studies_where(user=viewer, permission=Permission.REPORT_UNBLINDED, now=now)
    mine = Q(by_arm=False, study__in=pooled) | Q(by_arm=True, study__in=by_arm)
    return (
        ReportJob.objects.filter(mine)
        .select_related("study", "protocol_version", "recorded_by")
        .order_by("-recorded_at", "id")
    )


def job_get(*, viewer: User, job_id: UUID, now: datetime) -> ReportJob:
    """
    Return one job.

    :raises NotFound: if there is none the viewer may know of
    """
    found = jobs_of(viewer=viewer, now=now).filter(pk=job_id).first()
    if found is None:
        raise NotFound("There is no such report.")
    return found


def package_of(*, viewer: User, job: ReportJob, now: datetime) -> QuerySet[ReportJob]:
    """Return the other part of a job's interim package, if it has one and the viewer may know of it."""
    if job.package is None:
        return ReportJob.objects.none()
    return jobs_of(viewer=viewer, now=now).filter(package=job.package).exclude(pk=job.pk)


def jobs_waiting(*, by_arm: bool) -> QuerySet[ReportJob]:
    """Return the jobs that wait for a worker, oldest first."""
    return ReportJob.objects.filter(state="QUEUED", by_arm=by_arm).order_by("recorded_at", "id")


def final_reports_of(*, study: Study) -> QuerySet[ReportJob]:
    """Return the finished reports by arm of a study, latest first: that they are, not what they say.

    An interim look is none: it was taken while the trial went on.
    """
    return (
        ReportJob.objects.filter(study=study, by_arm=True, state="DONE", kind="DAY28")
        .select_related("recorded_by")
        .order_by("-data_cut_at", "id")
    )
