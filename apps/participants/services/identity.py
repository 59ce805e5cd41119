"""Who a number is: read with a trace, corrected with a reason."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Invalid, NotFound, Reason
from apps.participants import selectors
from apps.participants.domain.enrolment import enrolment
from apps.participants.domain.given import IdentityGiven, word_reasons
from apps.participants.models import Identity
from apps.participants.services.acts import act_record
from apps.studies import access
from apps.studies.domain.permissions import Permission


@transaction.atomic
def identity_read(*, participant_id: UUID, by: User, at: datetime) -> Identity:
    """
    Return who the participant is, and record that it was read.

    :raises NotFound: if the participant is absent or at another site
    :raises NotAllowed: without identity:read
    """
    participant = selectors.participant_get(viewer=by, participant_id=participant_id, now=at)
    access.check(user=by, permission=Permission.IDENTITY_READ, site_id=participant.site_id, now=at)
    identity = (
        Identity.objects.select_related("participant__site", "participant__study")
        .filter(participant=participant)
        .first()
    )
    if identity is None:
        raise NotFound("No identity is held for this participant.")
    act_record(kind="identity.read", participant=participant, by=by, at=at, subject=identity)
    return identity


@transaction.atomic
def identity_change(
    *,
    participant_id: UUID,
    full_name: str,
    birth_date: date,
    phone: str,
    email: str,
    emergency_contact: str,
    reason: str,
    version: int,
    by: User,
    at: datetime,
) -> Identity:
    """
    Correct who the participant is. A new birth date also corrects the age at consent.

    :raises NotFound: if the participant is absent or at another site
    :raises NotAllowed: without identity:write
    :raises Conflict: if somebody changed it meanwhile
    :raises Invalid: with every value that cannot be right
    """
    participant = selectors.participant_get(viewer=by, participant_id=participant_id, now=at, lock=True)
    access.check(user=by, permission=Permission.IDENTITY_WRITE, site_id=participant.site_id, now=at)
    identity = Identity.objects.select_for_update().filter(participant=participant).first()
    if identity is None:
        raise NotFound("No identity is held for this participant.")
    if identity.version != version:
        raise Conflict("Somebody changed the identity meanwhile. Look at it again.")
    person = IdentityGiven(full_name, birth_date, phone, email, emergency_contact).clean()
    first = selectors.consent_first(participant=participant)
    decision = enrolment(
        birth_date=birth_date,
        consented_at=first.consented_at if first else at,
        zone=ZoneInfo(participant.site.time_zone),
        at=at,
    )
    reasons = [*decision.reasons, *word_reasons(person)]
    if not reason.strip():
        reasons.append(Reason("required", "Say why it is changed.", "reason"))
    if reasons or decision.age_years is None:
        raise Invalid(*reasons)
    changed = [name for name in person.__slots__ if getattr(identity, name) != getattr(person, name)]
    if not changed:
        return identity
    for name in changed:
        setattr(identity, name, getattr(person, name))
    identity.version += 1
    identity.save(update_fields=[*changed, "version"])
    if participant.age_years != decision.age_years:
        participant.age_years, participant.age_changed_at = decision.age_years, at
        participant.version += 1
        participant.save(update_fields=["age_years", "age_changed_at", "version"])
    # The fields are named, their values never: the audit trail is read by people who may not know the person.
    act_record(
        kind="identity.changed",
        participant=participant,
        by=by,
        at=at,
        subject=identity,
        reason=reason.strip(),
        detail={"fields": changed},
    )
    return identity
