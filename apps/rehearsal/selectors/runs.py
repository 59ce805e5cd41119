"""Reading rehearsals, and what they prove."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.dosing.domain.session import FINAL_STATES
from apps.dosing.models import DosingSession
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Participant
from apps.rehearsal.domain.configuration import parts
from apps.rehearsal.models import RehearsalRun, RehearsalSignature
from apps.rehearsal.selectors.configuration import configuration_read
from apps.studies import access
from apps.studies.domain.golive import RehearsalProof, Standing
from apps.studies.domain.permissions import Permission
from apps.studies.models import Study

NOT_YET_THROUGH = (
    ParticipantStatus.SCREENING.value,
    ParticipantStatus.ELIGIBLE.value,
    ParticipantStatus.RANDOMIZED.value,
)


def runs_of(*, viewer: User, study: Study, now: datetime) -> QuerySet[RehearsalRun]:
    """
    Return the rehearsals of a study, latest first.

    :raises NotAllowed: without rehearsal:read in the study
    """
    access.check_anywhere(user=viewer, permission=Permission.REHEARSAL_READ, study_id=study.pk, now=now)
    return (
        RehearsalRun.objects.filter(study=study)
        .select_related("study", "protocol_version", "recorded_by")
        .order_by("-recorded_at", "id")
    )


def run_get(*, viewer: User, run_id: UUID, now: datetime) -> RehearsalRun:
    """
    Return one rehearsal.

    :raises NotFound: if there is none in a study where the viewer holds rehearsal:read
    """
    studies = access.studies_where(user=viewer, permission=Permission.REHEARSAL_READ, now=now)
    found = (
        RehearsalRun.objects.filter(pk=run_id, study__in=studies)
        .select_related("study", "protocol_version", "recorded_by")
        .first()
    )
    if found is None:
        raise NotFound("There is no such rehearsal.")
    return found


def runs_waiting() -> QuerySet[RehearsalRun]:
    """Return the rehearsals asked for and not begun, oldest first: the command's queue."""
    return RehearsalRun.objects.filter(state="QUEUED").select_related("study").order_by("recorded_at", "id")


def run_latest(*, study: Study) -> RehearsalRun | None:
    """Return the rehearsal of a study that ended last."""
    ended = RehearsalRun.objects.filter(study=study, state__in=["PASSED", "FAILED"])
    return (
        ended.select_related("study", "protocol_version", "recorded_by")
        .order_by("-finished_at", "id")
        .first()
    )


def signatures_of(*, run: RehearsalRun) -> QuerySet[RehearsalSignature]:
    """Return the signatures on a report, oldest first."""
    return (
        RehearsalSignature.objects.filter(run=run).select_related("recorded_by").order_by("recorded_at", "id")
    )


def proof_of(*, study: Study, now: datetime) -> RehearsalProof:
    """Return what the latest ended rehearsal proves of the study as it stands at `now`."""
    run = run_latest(study=study)
    if run is None:
        return RehearsalProof(study_id=study.pk, run_id=None, has_passed=False, is_signed=False)
    return RehearsalProof(
        study_id=study.pk,
        run_id=run.pk,
        has_passed=run.state == "PASSED",
        is_signed=signatures_of(run=run).filter(manages=True, digest=run.digest).exists(),
        rehearsed=tuple(sorted(run.parts.items())),
        current=parts(configuration_read(study=study, now=now)),
    )


def standing_of(*, study: Study) -> Standing:
    """Return who is not through with the trial yet."""
    return Standing(
        study_id=study.pk,
        participants=Participant.objects.filter(study=study, status__in=NOT_YET_THROUGH).count(),
        sessions=DosingSession.objects.filter(participant__study=study)
        .exclude(state__in=[state.value for state in FINAL_STATES])
        .count(),
    )
