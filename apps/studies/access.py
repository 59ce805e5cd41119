"""The only place that answers: may this person do this, here, now?

Each question comes as a pair: `check` raises with a reason, `can` returns a bool. What a person cannot see does not
exist for them: selectors filter by `sites_where` and a miss is `NotFound`, whether absent or another site's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import User
from apps.core.asking import Question
from apps.core.exceptions import NotAllowed, Reason
from apps.studies.domain.permissions import ROLE_PERMISSIONS, Permission, Role, roles_with
from apps.studies.models import Delegation, Site, Study


def delegations_active(*, user: User, now: datetime) -> QuerySet[Delegation]:
    """Return the person's delegations in force at `now` (from inclusive, to exclusive)."""
    if not user.is_active:
        return Delegation.objects.none()
    return Delegation.objects.filter(user=user, starts_at__lte=now).filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    )


def roles_of(*, user: User, now: datetime, study_id: UUID | None = None) -> frozenset[Role]:
    """Return the roles a person holds at `now`, in one study or anywhere."""
    found = delegations_active(user=user, now=now)
    if study_id is not None:
        found = found.filter(study_id=study_id)
    return frozenset(Role(code) for code in found.values_list("role", flat=True).distinct())


def permissions_of(*, user: User, now: datetime, study_id: UUID | None = None) -> frozenset[Permission]:
    """Return everything a person may do somewhere in the study: for menus, never for decisions."""
    return frozenset().union(
        *(ROLE_PERMISSIONS[role] for role in roles_of(user=user, now=now, study_id=study_id))
    )


def _granting(*, user: User, permission: Permission, now: datetime) -> QuerySet[Delegation]:
    return delegations_active(user=user, now=now).filter(
        role__in=[role.value for role in roles_with(permission)]
    )


def sites_where(*, user: User, permission: Permission, now: datetime) -> QuerySet[Site]:
    """Return the sites at which a person holds a permission; a study-wide delegation covers all its sites."""
    granting = _granting(user=user, permission=permission, now=now)
    here = granting.filter(Q(site_id=OuterRef("pk")) | Q(site__isnull=True, study_id=OuterRef("study_id")))
    return Site.objects.filter(Exists(here))


def studies_where(*, user: User, permission: Permission, now: datetime) -> QuerySet[Study]:
    """Return the studies in which a person holds a permission at one site or more."""
    granting = _granting(user=user, permission=permission, now=now)
    return Study.objects.filter(Exists(granting.filter(study_id=OuterRef("pk"))))


def can(
    *,
    user: User,
    permission: Permission,
    now: datetime,
    site_id: UUID | None = None,
    study_id: UUID | None = None,
) -> bool:
    """Say whether a person holds a permission at a site, or for a whole study (a site role does not suffice there).

    :raises ValueError: if neither a site nor a study is named
    """
    granting = _granting(user=user, permission=permission, now=now)
    if site_id is not None:
        return granting.filter(Q(site_id=site_id) | Q(site__isnull=True, study__sites=site_id)).exists()
    if study_id is not None:
        return granting.filter(study_id=study_id, site__isnull=True).exists()
    raise ValueError("Say where: name a site or a study.")


def check(
    *,
    user: User,
    permission: Permission,
    now: datetime,
    site_id: UUID | None = None,
    study_id: UUID | None = None,
) -> None:
    """Refuse unless the person holds the permission.

    :raises NotAllowed: naming the permission that is missing
    """
    if not can(user=user, permission=permission, now=now, site_id=site_id, study_id=study_id):
        raise _not_allowed(permission, "at this site" if site_id is not None else "in this study")


def roles_allow(roles: Collection[str], permission: Permission) -> bool:
    """Say whether one of these roles carries the permission.

    For roles in force at a site at a moment as the database function `studies_roles_at` tells them, to statements that
    read the rest of what they need with them.
    """
    return not roles_with(permission).isdisjoint(roles)


def check_roles(roles: Collection[str], *, permission: Permission) -> None:
    """Refuse unless one of these roles, held at a site, carries the permission.

    :raises NotAllowed: naming the permission that is missing
    """
    if not roles_allow(roles, permission):
        raise _not_allowed(permission, "at this site")


def check_anywhere(*, user: User, permission: Permission, study_id: UUID, now: datetime) -> None:
    """Refuse unless the person holds the permission at one site of the study or more: for what is the study's own.

    :raises NotAllowed: naming the permission that is missing
    """
    if permission not in permissions_of(user=user, now=now, study_id=study_id):
        raise _not_allowed(permission, "in this study")


def _active(user: UUID, now: datetime) -> QuerySet[Delegation]:
    found = Delegation.objects.filter(user=user, user__is_active=True, starts_at__lte=now)
    return found.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))


@Question
def delegations_held(user: UUID, now: datetime) -> QuerySet[Delegation]:
    """Ask what an active person is delegated at `now`: (role, study, site or None)."""
    return _active(user, now).values_list("role", "study_id", "site_id")


def delegations_reaching(*, user: UUID, now: datetime, site: str, study: str) -> Exists:
    """Return the condition that a person has any delegation at a row's site: `site` and `study` name its columns."""
    reach = Q(site_id=OuterRef(site)) | Q(site__isnull=True, study_id=OuterRef(study))
    return Exists(_active(user, now).filter(reach))


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is delegated at one moment, read once (`delegations_held`) for an act that asks more than once."""

    delegations: tuple[tuple[str, UUID, UUID | None], ...]

    def can(self, permission: Permission, *, site: Site) -> bool:
        """Say whether they hold a permission at a site: the same answer as `can`."""
        return any(
            permission in ROLE_PERMISSIONS[Role(role)]
            for role, study_id, site_id in self.delegations
            if site_id == site.pk or (site_id is None and study_id == site.study_id)
        )

    def can_any(self, permissions: Iterable[Permission], *, site: Site) -> bool:
        """Say whether they hold one of the permissions at a site."""
        return any(self.can(permission, site=site) for permission in permissions)

    def check(self, permission: Permission, *, site: Site) -> None:
        """Refuse unless they hold the permission at the site.

        :raises NotAllowed: naming the permission that is missing
        """
        if not self.can(permission, site=site):
            raise _not_allowed(permission, "at this site")


def _not_allowed(permission: Permission, where: str) -> NotAllowed:
    return NotAllowed(
        Reason("not_allowed", f"Your delegation {where} does not include “{permission.value}”.")
    )


def people_with(*, permission: Permission, site_id: UUID, now: datetime) -> QuerySet[User]:
    """Return the people who hold a permission at a site, by a role there or in the whole study."""
    granting = Delegation.objects.filter(
        user=OuterRef("pk"), starts_at__lte=now, role__in=[role.value for role in roles_with(permission)]
    ).filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))
    here = granting.filter(Q(site_id=site_id) | Q(site__isnull=True, study__sites=site_id))
    return User.objects.filter(Exists(here), is_active=True)
