"""Medicines beside the nasal spray: when they began, and when they ended. Nothing is deleted."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, Reason
from apps.participants.selectors import participant_get
from apps.safety import selectors
from apps.safety.domain.medication import Taken, faults
from apps.safety.models import Medication
from apps.studies import access
from apps.studies.domain.permissions import Permission


def _record(kind: str, row: Medication, *, by: User, at: datetime) -> None:
    event_record(
        kind=kind,
        by=by,
        at=at,
        subject=row,
        study=row.participant.study.code,
        site=row.participant.site.code,
        participant=row.participant.number,
        # The rule may decide which values enter an analysis, so the act says who put the medicine under it.
        detail={"kind": row.kind, "name": row.name}
        | ({"rule": row.concomitant_rule} if row.concomitant_rule else {}),
    )


@transaction.atomic
def medication_record(
    *,
    participant_id: UUID,
    kind: str,
    name: str,
    started_on: date,
    stopped_on: date | None = None,
    dose_text: str = "",
    indication: str = "",
    concomitant_rule: str = "",
    by: User,
    at: datetime,
) -> Medication:
    """
    Record a medicine: the study's oral antidepressant (kind STUDY_ORAL) or any other (CONCOMITANT).

    `concomitant_rule` is the code of the protocol's rule that the site sees it under.

    :raises NotFound: if there is no such participant where the person may record
    :raises Invalid: with everything that cannot be right
    """
    participant = participant_get(
        viewer=by, participant_id=participant_id, now=at, permission=Permission.ADVERSE_EVENT_READ, lock=True
    )
    access.check(user=by, permission=Permission.ADVERSE_EVENT_RECORD, site_id=participant.site_id, now=at)
    taken = Taken(
        kind, name.strip(), started_on, stopped_on, dose_text.strip(), indication.strip(), concomitant_rule
    )
    oral = selectors.oral_antidepressants(participant)
    under_way = Medication.objects.filter(
        participant=participant, kind="STUDY_ORAL", stopped_on__isnull=True
    ).exists()
    today = selectors.today_of(participant, now=at)
    rules = [rule.code for rule in selectors.concomitant_rules(participant)]
    if found := faults(taken, oral_allowed=oral, oral_under_way=under_way, today=today, rules=rules):
        raise Invalid.because(found)
    row = Medication.objects.create(
        participant=participant,
        kind=taken.kind,
        name=taken.name,
        dose_text=taken.dose_text,
        indication=taken.indication,
        concomitant_rule=taken.concomitant_rule,
        started_on=taken.started_on,
        stopped_on=taken.stopped_on,
        recorded_at=at,
        recorded_by=by,
    )
    _record("medication.recorded", row, by=by, at=at)
    return row


@transaction.atomic
def medication_stop(
    *, medication_id: UUID, stopped_on: date, version: int, by: User, at: datetime
) -> Medication:
    """
    Record the last day of a medicine.

    :raises NotFound: if there is none where the person may record
    :raises Conflict: if it was changed since it was read, or has ended
    :raises Invalid: if the day cannot be right
    """
    row = selectors.medication_get(viewer=by, medication_id=medication_id, now=at, lock=True)
    access.check(user=by, permission=Permission.ADVERSE_EVENT_RECORD, site_id=row.participant.site_id, now=at)
    if row.version != version or row.stopped_on is not None:
        raise Conflict(Reason("stale", "This medicine was changed by somebody else. Look again."))
    if stopped_on < row.started_on or stopped_on > selectors.today_of(row.participant, now=at):
        raise Invalid(Reason("stopped_on", "The last day lies between the first and today.", "stopped_on"))
    row.stopped_on, row.version = stopped_on, row.version + 1
    row.save(update_fields=["stopped_on", "version"])
    _record("medication.stopped", row, by=by, at=at)
    return row
