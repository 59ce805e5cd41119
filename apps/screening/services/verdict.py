"""The investigator's verdict: signed on the facts as they stand, never against them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict
from apps.participants import selectors as participants
from apps.participants import services as participant_services
from apps.participants.domain.status import ParticipantStatus
from apps.screening import selectors
from apps.screening.domain.decision import ScreeningClosed, ScreeningState, Signed, check_signature
from apps.screening.models import Screening
from apps.screening.services.acts import act_record
from apps.studies import access
from apps.studies.domain.permissions import Permission

FAILURE_CODE = "SCREEN_FAILURE"


@transaction.atomic
def screening_decide(
    *, screening_id: UUID, signed: Signed, version: int, note: str = "", by: User, at: datetime
) -> Screening:
    """
    Sign the verdict. The caller has made sure that the person at the screen is the person signed in.

    `version` is that of the screening as the investigator saw it: a verdict on other answers is not signed.

    :raises NotFound: if the screening is absent or at another site
    :raises NotAllowed: without screening:sign
    :raises Conflict: if an answer changed since `version`
    :raises ScreeningClosed: if it was signed before, or the consent is withdrawn
    :raises apps.screening.domain.decision.NotEligible: with every reason against
    """
    participant, screening = selectors.screening_get(viewer=by, screening_id=screening_id, now=at, lock=True)
    access.check(user=by, permission=Permission.SCREENING_SIGN, site_id=participant.site_id, now=at)
    if screening.version != version:
        raise Conflict("An answer changed since you looked. Read the verdict again before signing.")
    if participants.consent_in_force(participant=participant) is None:
        raise ScreeningClosed("The consent is withdrawn; nothing more is signed.")
    state = ScreeningState(screening.state)
    if state is ScreeningState.ELIGIBLE and participant.status != ParticipantStatus.ELIGIBLE.value:
        raise ScreeningClosed("The participant has gone on; this screening is over.")
    values = selectors.values_current(screening=screening)
    facts = selectors.facts_current(participant=participant, screening=screening, values=values)
    gates = {
        stage: selectors.assessment(
            participant=participant, screening=screening, stage=stage, values=values, facts=facts
        )
        for stage in ("screening", "randomization")
    }
    check_signature(signed, state=state, screening=gates["screening"], randomization=gates["randomization"])

    failed = list(gates["randomization"].failed_codes)
    screening.state = signed.value
    screening.decided_at, screening.decided_by = at, by
    screening.fail_reasons = failed
    screening.note = note.strip()
    screening.version += 1
    screening.save(update_fields=["state", "decided_at", "decided_by", "fail_reasons", "note", "version"])
    eligible = signed is Signed.ELIGIBLE
    participant_services.participant_status_change(
        participant=participant,
        to=ParticipantStatus.ELIGIBLE if eligible else ParticipantStatus.SCREEN_FAILED,
        by=by,
        at=at,
        reason_code="" if eligible else FAILURE_CODE,
        reason="" if eligible else ", ".join(failed),
    )
    act_record(
        kind="screening.signed",
        participant=participant,
        by=by,
        at=at,
        subject=screening,
        reason=note.strip(),
        detail={
            "signed": signed.value,
            "failed": failed,
            "randomization_gate": gates["randomization"].verdict.value,
            "answers_version": version,
        },
    )
    return screening
