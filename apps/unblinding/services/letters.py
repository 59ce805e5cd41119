"""After the end of the study: what each participant took, told by the site (ICH E6(R3) 2.8)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import psycopg
from django.db import IntegrityError, transaction
from django.views.decorators.debug import sensitive_variables

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound, Reason
from apps.participants.models import Participant
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Study
from apps.unblinding import selectors, unblinded
from apps.unblinding.domain.modes import Mode
from apps.unblinding.domain.proofs import ReportsFinal
from apps.unblinding.models import TreatmentLetter, TreatmentRelease
from apps.unblinding.services.envelopes import Ask, Revealed, ask, check_number, open_once


@transaction.atomic
def treatments_release(*, proof: ReportsFinal, statement: str, by: User, at: datetime) -> TreatmentRelease:
    """
    Let the participants of a closed study be told their treatment. The unblinded worker then makes the letters.

    :raises NotAllowed: without unblinding:release in the whole study
    :raises Conflict: if the study is not closed, or was released before
    :raises Invalid: without the statement that the analysis is final
    """
    access.check(user=by, permission=Permission.UNBLINDING_RELEASE, study_id=proof.study_id, now=at)
    study = Study.objects.select_for_update().get(pk=proof.study_id)
    if study.state != "CLOSED":
        raise Conflict(Reason("not_closed", "The study is not closed; nobody is told before."))
    if TreatmentRelease.objects.filter(study=study).exists():
        raise Conflict(Reason("released", "The treatments of this study are released already."))
    if not statement.strip():
        raise Invalid(Reason("required", "State that the reports are final.", "statement"))
    made = TreatmentRelease.objects.create(
        study=study,
        report_id=proof.report_id,
        statistician_id=proof.statistician_id,
        statement=statement.strip(),
        recorded_at=at,
        recorded_by=by,
    )
    event_record(
        kind="treatments.released",
        by=by,
        at=at,
        subject=made,
        study=study.code,
        reason=statement.strip(),
        detail={"report": str(proof.report_id)},
    )
    return made


@transaction.atomic
@sensitive_variables()
def letter_keep(
    *, release: TreatmentRelease, participant: Participant, content: bytes, by: User, at: datetime
) -> TreatmentLetter:
    """
    Seal a participant's letter, in the name of the release's unblinded statistician. The unblinded worker's alone.

    :raises Conflict: if it lies sealed already
    :raises NotAllowed: in any other process, or for somebody who is unblinded statistician no more
    """
    try:
        with transaction.atomic():
            unblinded.letter_store(
                participant_id=participant.pk,
                study_id=release.study_id,
                content=content,
                by=release.statistician,
            )
            made = TreatmentLetter.objects.create(
                release=release, participant=participant, recorded_at=at, recorded_by=by
            )
    except psycopg.errors.InsufficientPrivilege:
        raise NotAllowed(
            Reason("letters_sealed", "Letters are made by the unblinded worker alone.")
        ) from None
    except (psycopg.errors.UniqueViolation, IntegrityError):
        raise Conflict(Reason("made", "This letter is made already.")) from None
    event_record(
        kind="letter.made",
        by=by,
        at=at,
        subject=made,
        study=participant.study.code,
        site=participant.site.code,
        participant=participant.number,
    )
    return made


@sensitive_variables()
def letter_open(*, letter_id: UUID, key: UUID, number: str, by: User, at: datetime) -> Revealed:
    """
    Open one participant's letter for the investigator of the site who hands it out.

    :raises NotFound: if there is none, or it is another site's
    :raises NotAllowed: without unblinding:open at the site
    :raises Conflict: if the same form was sent before
    """
    letter = selectors.letter_get(viewer=by, letter_id=letter_id, now=at)
    participant = letter.participant
    access.check(user=by, permission=Permission.UNBLINDING_OPEN, site_id=participant.site_id, now=at)
    check_number(number, number=participant.number)
    wanted = Ask(
        key, Mode.LETTER, participant.site, participant, by, "", "Treatment letter, to be handed out"
    )
    revealed = open_once(ask(wanted, by=by, at=at), by=by, at=at)
    if not revealed.pages:
        raise NotFound("There is no such letter.")
    return revealed
