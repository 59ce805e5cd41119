"""Deviations by people: entered, assessed, signed. Nothing of it is ever changed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Invalid, NotFound, Reason
from apps.dosing.models import DosingSession
from apps.participants.models import Participant
from apps.participants.selectors import participant_get
from apps.quality import selectors
from apps.quality.domain.deviations import (
    Assessment,
    Classed,
    Entry,
    Ground,
    Origin,
    assessment_reasons,
    classed,
    entry_reasons,
    text_reasons,
)
from apps.quality.models import Deviation, DeviationAssessment, DeviationSignature
from apps.quality.services.acts import act_record, entry_write
from apps.schedule.models import Visit
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import protocol_of

#: What the investigator signs.
MEANING = "I have seen this deviation and agree with its assessment"


@transaction.atomic
def deviation_record(
    *,
    participant_id: UUID,
    entry: Entry,
    key: UUID,
    visit_id: UUID | None = None,
    session_id: UUID | None = None,
    by: User,
    at: datetime,
) -> Deviation:
    """
    Write a deviation down by hand. `key` is the sender's own: the same one again gives the same entry.

    :raises NotFound: if there is no such participant where the person may record, or the visit is another's
    :raises NotAllowed: if the person may read deviations there, and not record them
    :raises Invalid: with everything that cannot be right
    """
    participant = participant_get(
        viewer=by, participant_id=participant_id, now=at, permission=Permission.DEVIATION_READ
    )
    access.check(user=by, permission=Permission.DEVIATION_RECORD, site_id=participant.site_id, now=at)
    visit = _of(Visit, visit_id, participant)
    session = _of(DosingSession, session_id, participant)
    plan = selectors.plan_of(participant)
    if reasons := entry_reasons(entry, plan=plan, treatments=_treatments(participant), now=at):
        raise Invalid(*reasons)
    said = classed(entry.kind, plan)
    if entry.category not in ("", said.category):
        said = Classed(entry.category, Ground.JUDGMENT.value, said.reportable)
    made, _new = entry_write(
        participant=participant,
        kind=entry.kind,
        key=f"hand:{key}",
        origin=Origin.PERSON,
        said=said,
        category_reason=entry.category_reason.strip(),
        happened=entry.happened.strip(),
        happened_at=entry.happened_at,
        discovered_at=entry.discovered_at,
        action=entry.action.strip(),
        visit=visit,
        session=session,
        by=by,
        at=at,
    )
    return made


@transaction.atomic
def deviation_assess(
    *,
    deviation_id: UUID,
    given: Assessment,
    change_reason: str = "",
    seen: UUID | None,
    by: User,
    at: datetime,
) -> DeviationAssessment:
    """
    Assess a deviation, or assess it anew: then `seen` is the assessment that was looked at, and a reason is due.

    :raises NotFound: if there is no such deviation at the person's sites
    :raises NotAllowed: if the person may not record deviations there
    :raises Invalid: with everything that cannot be right
    :raises Conflict: if somebody assessed it meanwhile
    """
    deviation = selectors.deviation_get(viewer=by, deviation_id=deviation_id, now=at)
    access.check(user=by, permission=Permission.DEVIATION_RECORD, site_id=deviation.site_id, now=at)
    current = selectors.assessment_current(deviation=deviation)
    if (current.pk if current else None) != seen:
        raise Conflict(Reason("changed", "Somebody assessed it meanwhile. Look at it again, then decide."))
    treatments = _treatments(deviation.participant)
    said = Classed(deviation.category, deviation.category_ground, deviation.reportable)
    reasons = assessment_reasons(given, said=said, treatments=treatments)
    if current is not None:
        reasons += text_reasons("change_reason", change_reason, treatments=treatments)
    if reasons:
        raise Invalid(*reasons)
    try:
        with transaction.atomic():
            made = DeviationAssessment.objects.create(
                deviation=deviation,
                category=given.category,
                category_reason=given.category_reason.strip(),
                impact=given.impact.strip(),
                corrective_action=given.corrective_action.strip(),
                reportable=bool(given.reportable),
                supersedes=current,
                change_reason=change_reason.strip() if current else "",
                recorded_at=at,
                recorded_by=by,
            )
    except IntegrityError:
        raise Conflict(Reason("changed", "Somebody assessed it meanwhile. Look at it again.")) from None
    act_record(
        "deviation.assessed",
        deviation,
        by=by,
        at=at,
        reason=made.change_reason,
        detail={"category": made.category, "reportable": made.reportable, "again": current is not None},
    )
    return made


@transaction.atomic
def deviation_sign(*, deviation_id: UUID, seen: UUID | None, by: User, at: datetime) -> DeviationSignature:
    """
    Sign the assessment in force (`seen`); the page has checked who is at the screen.

    :raises NotFound: if there is no such deviation at the person's sites
    :raises NotAllowed: without deviation:sign there
    :raises Conflict: if there is no assessment, another one is in force, or it is signed already
    """
    deviation = selectors.deviation_get(viewer=by, deviation_id=deviation_id, now=at)
    access.check(user=by, permission=Permission.DEVIATION_SIGN, site_id=deviation.site_id, now=at)
    current = selectors.assessment_current(deviation=deviation)
    if current is None:
        raise Conflict(Reason("not_assessed", "Assess it first."))
    if current.pk != seen:
        raise Conflict(Reason("changed", "It was assessed anew meanwhile. Look at it again, then decide."))
    try:
        with transaction.atomic():
            made = DeviationSignature.objects.create(
                assessment=current, meaning=MEANING, recorded_at=at, recorded_by=by
            )
    except IntegrityError:
        raise Conflict(Reason("signed", "This assessment is signed already.")) from None
    act_record(
        "deviation.signed",
        deviation,
        by=by,
        at=at,
        detail={"assessment": str(current.pk), "meaning": MEANING},
    )
    return made


def _treatments(participant: Participant) -> list[str]:
    return [arm.label for arm in protocol_of(participant.protocol_version).arms]


def _of(model: type, row_id: UUID | None, participant: Participant):  # noqa: ANN202 - whichever model was asked for
    if row_id is None:
        return None
    row = model.objects.filter(pk=row_id, participant=participant).first()
    if row is None:
        raise NotFound("This participant has no such visit or session.")
    return row
