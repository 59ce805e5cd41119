"""Writing the delegation log: who may act in which role, where, from when to when."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, NotFound, Reason
from apps.studies import access
from apps.studies.domain.permissions import (
    BLINDED_ROLES,
    ROLE_LABELS,
    STUDY_WIDE_ROLES,
    UNBLINDED_LABELS,
    Permission,
    Role,
    Unblinded,
    clashes,
)
from apps.studies.models import Delegation, Site, Study, UnblindedPerson


@transaction.atomic
def delegation_grant(
    *,
    study_id: UUID,
    email: str,
    role: Role,
    site_id: UUID | None,
    starts_at: datetime,
    ends_at: datetime | None,
    by: User,
    at: datetime,
) -> Delegation:
    """
    Enter a person, a site and a role into the delegation log.

    A person who rates efficacy never also watches sessions, and who may know an arm holds no blinded role.

    :raises NotAllowed: without delegation:manage in the whole study
    :raises NotFound: if person or site do not exist
    :raises Invalid: with every ground that speaks against it
    """
    access.check(user=by, permission=Permission.DELEGATION_MANAGE, study_id=study_id, now=at)
    study = Study.objects.select_for_update().get(pk=study_id)
    person = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    site = Site.objects.filter(pk=site_id, study=study).first() if site_id else None
    if person is None:
        raise NotFound(Reason("no_such_person", "Nobody with this e-mail address has an account.", "email"))
    if site_id and site is None:
        raise NotFound(Reason("no_such_site", "The study has no such site.", "site"))
    reasons = []
    if role in STUDY_WIDE_ROLES and site is not None:
        reasons.append(
            Reason(
                "study_wide_role",
                f"{ROLE_LABELS[role]} is a role of the whole study; leave the site empty.",
                "site",
            )
        )
    if ends_at is not None and ends_at <= starts_at:
        reasons.append(Reason("ends_before_start", "The end must come after the start.", "ends_at"))
    # Ended delegations count too: what somebody once knew they still know.
    held = frozenset(
        Role(code)
        for code in Delegation.objects.filter(user=person, study=study).values_list("role", flat=True)
    )
    reasons += [
        Reason(
            "roles_clash",
            f"{person} is or was {ROLE_LABELS[other].lower()} in this study and cannot be {ROLE_LABELS[role].lower()}.",
            "role",
        )
        for other in sorted(clashes(role, held))
    ]
    learned = UnblindedPerson.objects.filter(study=study, user=person).first()
    if learned is not None and role in BLINDED_ROLES:
        reasons.append(
            Reason(
                "unblinded",
                f"{person} has known an arm of this study since {learned.since:%d %b %Y}, through "
                f"{UNBLINDED_LABELS[Unblinded(learned.how)]}, and cannot be {ROLE_LABELS[role].lower()} any more.",
                "role",
            )
        )
    if reasons:
        raise Invalid(*reasons)
    delegation = Delegation.objects.create(
        user=person,
        study=study,
        site=site,
        role=role.value,
        starts_at=starts_at,
        ends_at=ends_at,
        recorded_at=at,
        recorded_by=by,
    )
    event_record(
        kind="delegation.granted",
        by=by,
        at=at,
        subject=delegation,
        study=study.code,
        site=site.code if site else "",
        detail={
            "person": person.email,
            "role": role.value,
            "from": starts_at.isoformat(),
            "to": ends_at.isoformat() if ends_at else None,
        },
    )
    return delegation


@transaction.atomic
def delegation_end(*, delegation_id: UUID, reason: str, by: User, at: datetime) -> Delegation:
    """
    End a delegation now; the row stays, so who had access when can always be told. It acts on the next request.

    :raises NotFound: if there is none in a study the person may manage
    :raises Conflict: if it has ended already
    :raises Invalid: without a reason
    """
    delegation = (
        Delegation.objects.select_for_update(of=("self",))
        .select_related("study", "site", "user")
        .filter(pk=delegation_id)
        .first()
    )
    if delegation is None or not access.can(
        user=by, permission=Permission.DELEGATION_MANAGE, study_id=delegation.study_id, now=at
    ):
        raise NotFound("There is no such delegation.")
    if not reason.strip():
        raise Invalid(Reason("reason_required", "Say why the delegation ends.", "reason"))
    if delegation.ends_at is not None and delegation.ends_at <= at:
        raise Conflict(Reason("already_ended", "This delegation has ended already."))
    if delegation.starts_at >= at:
        raise Conflict(Reason("not_started", "This delegation has not begun; it can be ended once it has."))
    delegation.ends_at = at
    delegation.save(update_fields=["ends_at"])
    event_record(
        kind="delegation.ended",
        by=by,
        at=at,
        subject=delegation,
        study=delegation.study.code,
        site=delegation.site.code if delegation.site else "",
        reason=reason.strip(),
        detail={"person": delegation.user.email, "role": delegation.role},
    )
    return delegation
