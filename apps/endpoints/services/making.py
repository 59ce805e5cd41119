"""Making a report: read, compute, write down, store. Arms enter only here, and only for a sealed report."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Refused
from apps.core.release import RELEASE
from apps.endpoints.domain.documents import ReportDocument, documents_of
from apps.endpoints.domain.report import Provenance, compose_report, plan_from_protocol, report_digest
from apps.endpoints.models import ReportFile, ReportJob
from apps.endpoints.selectors import records_read
from apps.endpoints.services.jobs import job_progress
from apps.randomization import unblinded
from apps.randomization.selectors import commitments_of
from apps.studies.selectors import protocol_of

#: What the numbers and the pages depend on, beside the interpreter.
SOFTWARE = ("numpy", "scipy", "typst")


def software() -> tuple[tuple[str, str], ...]:
    """Return the names and versions of everything that takes part in the numbers."""
    return (
        (platform.python_implementation(), platform.python_version()),
        *((name, version(name)) for name in SOFTWARE),
        ("processor", platform.machine()),
    )


class Cancelled(Refused):
    """Somebody cancelled the report while it was being made."""

    code = "cancelled"
    title = "The report was cancelled"


def _draws(job: ReportJob) -> tuple[Mapping[UUID, str] | None, Mapping[UUID, str] | None]:
    """Return everybody's arm, and the code of the list it was drawn from; nothing for a pooled report.

    From which list somebody was drawn tells how severely ill they were, which their site is not to know.
    """
    if not job.by_arm:
        return None, None
    read = unblinded.arms_read(study_id=job.study_id, by=job.recorded_by, reason=f"report {job.pk}")
    codes = {made.pk: made.code for made in commitments_of(study_id=job.study_id)}
    return (
        {line.participant_id: line.arm for line in read},
        {line.participant_id: codes[line.list_id] for line in read},
    )


def report_make(*, job: ReportJob, by: User, at: datetime) -> None:
    """
    Make and store the files of a claimed job. The same data cut and protocol give the same bytes.

    :raises Cancelled: if it was cancelled meanwhile; nothing is stored then
    :raises apps.endpoints.domain.values.NotAnalysable: if the records contradict each other
    :raises NotAllowed: if arms are asked for outside the unblinded worker, or for a person who may not know them
    """

    def reached(progress: int, stage: str) -> None:
        if not job_progress(job_id=job.pk, progress=progress, stage=stage, by=by, at=at):
            raise Cancelled("The report was cancelled.")

    reached(5, "Reading the records")
    protocol = protocol_of(job.protocol_version)
    arms, lists = _draws(job)
    records = records_read(study=job.study, protocol=protocol, cut_at=job.data_cut_at, arms=arms, lists=lists)
    plan = plan_from_protocol(protocol, by_arm=job.by_arm, kind=job.kind)
    provenance = Provenance(
        study=f"{job.study.title} ({job.study.code})",
        protocol_version=job.protocol_version.label,
        data_cut_at=job.data_cut_at,
        code_version=RELEASE,
        software=software(),
        plan_digest=job.protocol_version.digest,
    )

    def section(place: int, of: int, title: str) -> None:
        reached(20 + 60 * place // of, f"{title} ({place + 1} of {of})"[:80])

    report = compose_report(records, plan=plan, provenance=provenance, progress=section)
    documents = []
    reached(80, "Writing it down")
    for document in documents_of(report):
        documents.append(document)
        reached(80 + min(len(documents), 15), f"Wrote {document.name}")
    reached(96, "Storing it")
    _store(job, tuple(documents), digest=report_digest(report), by=by, at=at)


@transaction.atomic
def _store(
    job: ReportJob, documents: tuple[ReportDocument, ...], *, digest: str, by: User, at: datetime
) -> None:
    running = ReportJob.objects.select_for_update().filter(pk=job.pk, state="RUNNING").first()
    if running is None:
        raise Cancelled("The report was cancelled.")
    for document in documents:
        if job.by_arm:
            unblinded.report_store(
                job_id=job.pk,
                study_id=job.study_id,
                name=document.name,
                media_type=document.media_type,
                content=document.content,
                by=job.recorded_by,
            )
        else:
            ReportFile.objects.create(
                job=job,
                name=document.name,
                media_type=document.media_type,
                content=document.content,
                digest=sha256(document.content).hexdigest(),
                recorded_at=at,
                recorded_by=by,
            )
    running.state, running.progress, running.stage = "DONE", 100, "Done"
    running.finished_at = at
    # A digest of sealed numbers would let a reader test a guess, so only a pooled report shows its own.
    running.digest = "" if job.by_arm else digest
    running.save(update_fields=["state", "progress", "stage", "finished_at", "digest"])
    event_record(
        kind="report.made",
        by=by,
        at=at,
        subject=running,
        study=job.study.code,
        detail={"kind": job.kind, "by_arm": job.by_arm, "files": len(documents)},
    )
