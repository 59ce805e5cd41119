"""Treatment letters: released on the final report, made by the unblinded worker, sealed one by one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.views.decorators.debug import sensitive_variables

from apps.accounts.models import User
from apps.audit.selectors import events_of_study
from apps.core.exceptions import Conflict, NotFound, Reason
from apps.endpoints.domain.documents.letter import Letter, letter_pdf
from apps.endpoints.models import ReportJob
from apps.participants.models import Participant
from apps.randomization import unblinded
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.unblinding import selectors as unblinding
from apps.unblinding.domain.proofs import ReportsFinal
from apps.unblinding.models import TreatmentRelease
from apps.unblinding.services import letter_keep, treatments_release


def letters_release(*, job_id: UUID, statement: str, by: User, at: datetime) -> TreatmentRelease:
    """
    Release the treatments of a closed study on its final report by arm, so that the letters are made.

    :raises NotFound: if there is no such finished report by arm where the person may release
    :raises Conflict: if the study is not closed, the report is older than its closing, or it was released before
    :raises Invalid: without the statement that the reports are final
    """
    job = (
        ReportJob.objects.select_related("study", "recorded_by")
        .filter(pk=job_id, by_arm=True, state="DONE", kind="DAY28")
        .first()
    )
    if job is None or not access.can(
        user=by, permission=Permission.UNBLINDING_RELEASE, study_id=job.study_id, now=at
    ):
        raise NotFound("There is no such report.")
    reasons = []
    closed = events_of_study(study_code=job.study.code).filter(kind="study.closed").first()
    if closed is not None and job.data_cut_at < closed.at:
        reasons.append(Reason("report_older", "This report was made before the study was closed."))
    if not access.can(user=job.recorded_by, permission=Permission.ARM_READ, study_id=job.study_id, now=at):
        reasons.append(
            Reason("no_statistician", "Whoever made this report is unblinded statistician no more.")
        )
    if reasons:
        raise Conflict(*reasons)
    proof = ReportsFinal(
        study_id=job.study_id,
        report_id=job.pk,
        statistician_id=job.recorded_by_id,
        data_cut_at=job.data_cut_at,
    )
    return treatments_release(proof=proof, statement=statement, by=by, at=at)


@sensitive_variables()
def letters_make(*, by: User, at: datetime) -> int:
    """
    Make and seal the letters that are released and missing; return how many. The unblinded worker's alone.

    Each is sealed by itself: a worker that dies goes on where it stopped.

    :raises NotAllowed: in any other process, or if the release's statistician is one no more
    """
    made = 0
    for release in unblinding.releases_open():
        done = set(release.letters.values_list("participant_id", flat=True))
        missing = Participant.objects.filter(study=release.study, status_changes__to_status="RANDOMIZED")
        if not missing.exclude(pk__in=done).exists():
            continue
        arms = unblinded.arms_read(
            study_id=release.study_id, by=release.statistician, reason="treatment letters"
        )
        people = Participant.objects.select_related("site", "study").in_bulk(
            [arm.participant_id for arm in arms]
        )
        for arm in arms:
            participant = people.get(arm.participant_id)
            if participant is None or participant.pk in done:
                continue
            zone = ZoneInfo(participant.site.time_zone)
            letter = Letter(
                study=release.study.title,
                number=participant.number,
                site=participant.site.name,
                treatment=arm.arm_label,
                randomized_on=arm.drawn_at.astimezone(zone).date(),
                made_on=at.astimezone(zone).date(),
                fictional=release.study.is_fictional,
            )
            letter_keep(
                release=release, participant=participant, content=letter_pdf(letter, at=at), by=by, at=at
            )
            made += 1
    return made
