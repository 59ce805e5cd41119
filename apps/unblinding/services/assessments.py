"""The impact assessment after an unplanned unblinding (ICH E6(R3) 4.1.4), signed by an investigator."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Invalid, Reason
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import protocol_of
from apps.unblinding import selectors
from apps.unblinding.domain.assessment import Assessment, assessment_reasons, names_a_treatment
from apps.unblinding.domain.modes import ASSESSED, Mode
from apps.unblinding.models import ImpactAssessment
from apps.unblinding.services.envelopes import act_record


@transaction.atomic
def assessment_sign(
    *,
    opening_id: UUID,
    given: Assessment,
    change_reason: str = "",
    seen: UUID | None = None,
    by: User,
    at: datetime,
) -> ImpactAssessment:
    """
    Sign the assessment of an opening, or correct it: then `seen` is the one that was looked at, and a reason is due.

    :raises NotFound: if the person may not know of the opening
    :raises NotAllowed: without unblinding:assess at the site
    :raises Invalid: with everything wrong in the answers
    :raises Conflict: if nothing is to be assessed, or it was signed or corrected meanwhile
    """
    opening = selectors.opening_get(viewer=by, opening_id=opening_id, now=at)
    access.check(user=by, permission=Permission.UNBLINDING_ASSESS, site_id=opening.site_id, now=at)
    if Mode(opening.mode) not in ASSESSED or opening.participant is None:
        raise Conflict(Reason("not_assessed", "This opening needs no assessment of its impact."))
    current = selectors.assessment_current(opening=opening)
    if (current.pk if current else None) != seen:
        raise Conflict(
            Reason("changed", "The assessment was signed or corrected meanwhile. Look at it again.")
        )
    protocol = protocol_of(opening.participant.protocol_version)
    treatments = [arm.label for arm in protocol.arms]
    reasons = assessment_reasons(given, treatments=treatments)
    if current is not None and not change_reason.strip():
        reasons.append(Reason("required", "Say why it is corrected.", "change_reason"))
    if names_a_treatment(change_reason, treatments=treatments):
        reasons.append(Reason("names_treatment", "Name no treatment here.", "change_reason"))
    if reasons:
        raise Invalid(*reasons)
    try:
        with transaction.atomic():
            made = ImpactAssessment.objects.create(
                opening=opening,
                who_learned=given.who_learned.strip(),
                effect=given.effect.strip(),
                measures=given.measures.strip(),
                treatment=given.treatment,
                supersedes=current,
                change_reason=change_reason.strip() if current else "",
                recorded_at=at,
                recorded_by=by,
            )
    except IntegrityError:
        raise Conflict(Reason("changed", "The assessment was signed or corrected meanwhile.")) from None
    act_record(
        "assessment.corrected" if current else "assessment.signed",
        opening,
        by=by,
        at=at,
        treatment_decision=given.treatment,
    )
    return made
