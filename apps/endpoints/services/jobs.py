"""The life of a report job: waiting, running, done, failed or cancelled. The row is the queue."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, NotAllowed, Reason
from apps.endpoints.models import ReportJob
from apps.endpoints.selectors import job_get, jobs_waiting
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Study
from apps.studies.selectors import protocol_version_current

#: A job whose worker has been silent this long is taken up again.
SILENCE = timedelta(minutes=3)
ATTEMPTS_ALLOWED = 3
PURPOSE_LONGEST = 300


def _record(kind: str, job: ReportJob, *, by: User, at: datetime, reason: str = "", **detail: object) -> None:
    event_record(
        kind=kind,
        by=by,
        at=at,
        subject=job,
        study=job.study.code,
        reason=reason,
        detail={"kind": job.kind, "by_arm": job.by_arm, **detail},
    )


@transaction.atomic
def report_request(*, study: Study, by_arm: bool, by: User, at: datetime) -> ReportJob:
    """
    Ask for the Day 28 report with the data received by now: pooled, or by arm (sealed).

    :raises NotAllowed: without report:pooled somewhere in the study, or report:unblinded in the whole of it
    :raises Conflict: if the same report of this person is being made already
    """
    if by_arm:
        access.check(user=by, permission=Permission.REPORT_UNBLINDED, study_id=study.id, now=at)
    else:
        access.check_anywhere(user=by, permission=Permission.REPORT_POOLED, study_id=study.id, now=at)
    Study.objects.select_for_update().get(pk=study.pk)
    _refuse_under_way(study=study, kind="DAY28", by_arm=by_arm, by=by)
    job = ReportJob.objects.create(
        study=study,
        protocol_version=protocol_version_current(study=study, now=at),
        by_arm=by_arm,
        data_cut_at=at,
        recorded_at=at,
        recorded_by=by,
    )
    _record("report.requested", job, by=by, at=at)
    return job


def _refuse_under_way(*, study: Study, kind: str, by_arm: bool, by: User) -> None:
    under_way = ReportJob.objects.filter(
        study=study, kind=kind, by_arm=by_arm, recorded_by=by, state__in=["QUEUED", "RUNNING"]
    )
    if under_way.exists():
        raise Conflict(Reason("under_way", "You asked for this report already; it is being made."))


@transaction.atomic
def interim_request(
    *, study: Study, cut_at: datetime | None, purpose: str, by: User, at: datetime
) -> tuple[ReportJob, ReportJob]:
    """
    Ask for an interim package for the data monitoring committee: an open part, pooled and without efficacy, for every
    reader of pooled reports, and a closed part by arm, sealed. Both are made of the data received by `cut_at`, or by
    now. Return the open and the closed job.

    :raises NotAllowed: without report:interim in the whole study
    :raises Invalid: without a purpose, or with a cut that is still to come
    :raises Conflict: if such a package of this person is being made already
    """
    access.check(user=by, permission=Permission.REPORT_INTERIM, study_id=study.id, now=at)
    purpose = purpose.strip()
    reasons = []
    if not purpose:
        reasons.append(Reason("no_purpose", "Say why an interim look is taken.", "purpose"))
    elif len(purpose) > PURPOSE_LONGEST:
        reasons.append(Reason("too_long", f"At most {PURPOSE_LONGEST} characters.", "purpose"))
    if cut_at is not None and cut_at > at:
        reasons.append(Reason("cut_ahead", "The data cut cannot lie ahead.", "cut_at"))
    if reasons:
        raise Invalid(*reasons)
    Study.objects.select_for_update().get(pk=study.pk)
    for by_arm in (False, True):
        _refuse_under_way(study=study, kind="DSMB", by_arm=by_arm, by=by)
    version, package = protocol_version_current(study=study, now=at), uuid4()
    made = []
    for by_arm in (False, True):
        job = ReportJob.objects.create(
            study=study,
            protocol_version=version,
            kind="DSMB",
            package=package,
            purpose=purpose,
            by_arm=by_arm,
            data_cut_at=cut_at or at,
            recorded_at=at,
            recorded_by=by,
        )
        _record("report.requested", job, by=by, at=at, reason=purpose, cut_at=job.data_cut_at.isoformat())
        made.append(job)
    return made[0], made[1]


@transaction.atomic
def report_retry(*, job_id: UUID, by: User, at: datetime) -> ReportJob:
    """
    Have a report that failed or was cancelled made again, of the same data cut and protocol version.

    One by arm only for the person who signed for it, in whose name the arms are read.

    :raises NotFound: if the person may not know of it
    :raises NotAllowed: if somebody else signed for it
    :raises Conflict: if it is made, or being made
    """
    job_get(viewer=by, job_id=job_id, now=at)
    job = ReportJob.objects.select_for_update(of=("self",)).select_related("study").get(pk=job_id)
    if job.by_arm and job.recorded_by_id != by.pk:
        raise NotAllowed(Reason("not_yours", "Only the person who signed for this report has it made again."))
    if job.state not in {"FAILED", "CANCELLED"}:
        raise Conflict(Reason("not_over", "Only a report that failed or was cancelled can be made again."))
    before, problem = job.state, job.problem
    job.state, job.stage, job.problem = "QUEUED", "Waiting for a worker again", ""
    job.progress, job.attempts = 0, 0
    job.started_at = job.finished_at = job.heartbeat_at = None
    job.save()
    _record("report.retried", job, by=by, at=at, was=before, problem=problem)
    return job


@transaction.atomic
def report_cancel(*, job_id: UUID, by: User, at: datetime) -> ReportJob:
    """
    Cancel a job that waits or runs; a running one stops at its next step.

    :raises NotFound: if the person may not know of it
    :raises Conflict: if it is over
    """
    job_get(viewer=by, job_id=job_id, now=at)
    job = ReportJob.objects.select_for_update(of=("self",)).select_related("study").get(pk=job_id)
    if job.state not in {"QUEUED", "RUNNING"}:
        raise Conflict(Reason("over", "This report is not being made any more."))
    job.state, job.finished_at, job.stage = "CANCELLED", at, "Cancelled"
    job.save(update_fields=["state", "finished_at", "stage"])
    _record("report.cancelled", job, by=by, at=at)
    return job


@transaction.atomic
def job_claim(*, by_arm: bool, by: User, at: datetime) -> ReportJob | None:
    """Take the oldest waiting job, so that no other worker does; None if none waits."""
    job = (
        jobs_waiting(by_arm=by_arm)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("study", "protocol_version", "recorded_by")
        .first()
    )
    if job is None:
        return None
    job.state, job.started_at, job.heartbeat_at = "RUNNING", at, at
    job.attempts, job.progress, job.stage = job.attempts + 1, 0, "Started"
    job.save(update_fields=["state", "started_at", "heartbeat_at", "attempts", "progress", "stage"])
    _record("report.started", job, by=by, at=at, attempt=job.attempts)
    return job


def job_progress(*, job_id: UUID, progress: int, stage: str, by: User, at: datetime) -> bool:
    """Say how far a job is and that its worker lives; return False if it was cancelled meanwhile."""
    running = ReportJob.objects.filter(pk=job_id, state="RUNNING")
    return running.update(progress=progress, stage=stage, heartbeat_at=at) == 1


@transaction.atomic
def job_fail(*, job_id: UUID, problem: str, by: User, at: datetime) -> None:
    """Record that a report could not be made, in words that carry no data."""
    job = ReportJob.objects.select_for_update(of=("self",)).select_related("study").get(pk=job_id)
    if job.state != "RUNNING":
        return
    job.state, job.finished_at, job.problem, job.stage = "FAILED", at, problem[:2000], "Failed"
    job.save(update_fields=["state", "finished_at", "problem", "stage"])
    _record("report.failed", job, by=by, at=at)


@transaction.atomic
def jobs_revive(*, by_arm: bool, by: User, at: datetime) -> int:
    """Put jobs back whose worker died; after three attempts they fail instead. Return how many were touched."""
    silent = ReportJob.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state="RUNNING", by_arm=by_arm, heartbeat_at__lt=at - SILENCE
    )
    touched = 0
    for job in silent.select_related("study"):
        if job.attempts >= ATTEMPTS_ALLOWED:
            job.state, job.finished_at, job.problem = "FAILED", at, "The worker stopped three times."
        else:
            job.state, job.stage = "QUEUED", "Waiting for a worker again"
        job.save(update_fields=["state", "finished_at", "problem", "stage"])
        _record("report.revived" if job.state == "QUEUED" else "report.failed", job, by=by, at=at)
        touched += 1
    return touched
