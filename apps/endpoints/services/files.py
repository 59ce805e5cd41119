"""Opening what was made. A pooled file lies with the job; one by arm lies sealed, and every opening is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import NotFound
from apps.endpoints.models import ReportFile
from apps.endpoints.selectors import job_get
from apps.randomization import unblinded
from apps.studies.domain.permissions import Unblinded
from apps.studies.services import person_unblinded


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file that can be opened."""

    name: str
    media_type: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file with its content."""

    name: str
    media_type: str
    content: bytes


def report_files(*, job_id: UUID, by: User, at: datetime) -> tuple[FileEntry, ...]:
    """
    Return the files of a report, by name. Looking at the list opens nothing.

    :raises NotFound: if the person may not know of the report
    """
    job = job_get(viewer=by, job_id=job_id, now=at)
    if job.by_arm:
        entries = unblinded.report_files(job_id=job.pk, viewer=by)
        return tuple(FileEntry(e.name, e.media_type, e.size, e.sha256) for e in entries)
    rows = ReportFile.objects.filter(job=job).order_by("name", "id")
    return tuple(FileEntry(row.name, row.media_type, len(row.content), row.digest) for row in rows)


@transaction.atomic
def report_file_open(*, job_id: UUID, name: str, by: User, at: datetime) -> OpenedFile:
    """
    Return one file of a report and record that it was opened.

    :raises NotFound: if the person may not know of the report, or there is no such file
    """
    job = job_get(viewer=by, job_id=job_id, now=at)
    if job.by_arm:
        sealed = unblinded.report_open(job_id=job.pk, name=name, by=by, reason="opened on the report page")
        opened = OpenedFile(name, sealed.media_type, bytes(sealed.content))
        # Delegated as unblinded so far; from here on they know.
        person_unblinded(study_id=job.study_id, user=by, how=Unblinded.REPORT, by=by, at=at)
    else:
        row = ReportFile.objects.filter(job=job, name=name).first()
        if row is None:
            raise NotFound("There is no such file.")
        opened = OpenedFile(name, row.media_type, bytes(row.content))
    event_record(
        kind="report.opened",
        by=by,
        at=at,
        subject=job,
        study=job.study.code,
        detail={"file": name, "by_arm": job.by_arm},
    )
    return opened
