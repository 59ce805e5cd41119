"""Consent after the first one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Invalid, Reason
from apps.participants import selectors
from apps.participants.domain.enrolment import consent_reasons
from apps.participants.domain.given import form_reasons
from apps.participants.models import Consent
from apps.participants.services.acts import act_record
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import protocol_version_current


@transaction.atomic
def consent_record(
    *, participant_id: UUID, form_version: str, consented_at: datetime, by: User, at: datetime
) -> Consent:
    """
    Record a signed consent to another version of the form; the participant moves to the protocol now in force.

    :raises NotFound: if the participant is absent or at another site
    :raises NotAllowed: without consent:record
    :raises Invalid: with every value that cannot be right
    :raises Conflict: if consent to this version of the form was recorded for another moment
    """
    participant = selectors.participant_get(viewer=by, participant_id=participant_id, now=at, lock=True)
    access.check(user=by, permission=Permission.CONSENT_RECORD, site_id=participant.site_id, now=at)
    form = form_version.strip()
    held = Consent.objects.filter(participant=participant, form_version=form).first()
    if held is not None:
        if held.consented_at == consented_at and held.withdrawn_at is None:
            return held
        raise Conflict(Reason("consent_held", f"Consent to form {form} is recorded already.", "form_version"))
    first = selectors.consent_first(participant=participant)
    reasons = [*consent_reasons(consented_at=consented_at, at=at), *form_reasons(form)]
    if first is not None and consented_at < first.consented_at:
        reasons.append(
            Reason("before_first", "A renewed consent cannot lie before the first one.", "consented_at")
        )
    if reasons:
        raise Invalid(*reasons)
    version = protocol_version_current(study=participant.study, now=at)
    consent = Consent.objects.create(
        participant=participant,
        protocol_version=version,
        form_version=form,
        consented_at=consented_at,
        recorded_at=at,
        recorded_by=by,
    )
    if participant.protocol_version_id != version.pk:
        participant.protocol_version = version
        participant.version += 1
        participant.save(update_fields=["protocol_version", "version"])
    act_record(
        kind="consent.recorded",
        participant=participant,
        by=by,
        at=at,
        subject=consent,
        detail={"form_version": form, "protocol": version.label},
    )
    return consent
