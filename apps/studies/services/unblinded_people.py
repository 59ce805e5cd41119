"""The register of people who have learned an arm. Whoever is in it never holds a blinded role of the study again."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.studies.domain.permissions import ROLE_LABELS, Role, Unblinded
from apps.studies.models import Delegation, Study, UnblindedPerson

#: Roles that end at once: their only work is to judge without knowing.
ENDED_AT_ONCE = frozenset({Role.EFFICACY_RATER})


@transaction.atomic
def person_unblinded(
    *, study_id: UUID, user: User, how: Unblinded, by: User, at: datetime
) -> UnblindedPerson:
    """
    Enter a person into the register, in the transaction in which they learn an arm; return the entry.

    Only the first time counts. Delegations as efficacy rater end in the same step; whoever cares for participants
    goes on caring, for safety comes first, but is never delegated into a blinded role again.
    """
    # The lock that delegation_grant takes: nobody becomes a rater between the look and the entry.
    study = Study.objects.select_for_update().get(pk=study_id)
    known = UnblindedPerson.objects.filter(study=study, user=user).first()
    if known is not None:
        return known
    entry = UnblindedPerson.objects.create(
        study=study, user=user, since=at, how=how.value, recorded_at=at, recorded_by=by
    )
    event_record(
        kind="person.unblinded",
        by=by,
        at=at,
        subject=entry,
        study=study.code,
        detail={"person": user.email, "how": how.value},
    )
    held = Delegation.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        study=study,
        user=user,
        role__in=[role.value for role in ENDED_AT_ONCE],
    )
    for delegation in held.select_for_update(of=("self",)).select_related("site"):
        # One that has yet to begin ends as it begins.
        delegation.ends_at = max(at, delegation.starts_at + timedelta(microseconds=1))
        delegation.save(update_fields=["ends_at"])
        event_record(
            kind="delegation.ended",
            by=by,
            at=at,
            subject=delegation,
            study=study.code,
            site=delegation.site.code if delegation.site else "",
            reason=f"Unblinded: cannot be {ROLE_LABELS[Role(delegation.role)].lower()} any more.",
            detail={"person": user.email, "role": delegation.role},
        )
    return entry
