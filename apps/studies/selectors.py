"""Reading studies, sites, protocols and delegations. What a viewer may not see is not there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.studies import access
from apps.studies.domain.loading import from_document
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol
from apps.studies.models import Delegation, ProtocolVersion, Site, Study, UnblindedPerson


@dataclass(frozen=True, slots=True)
class Place:
    """The study and the site a person is looking at; either may be absent."""

    study: Study | None
    site: Site | None


def places_of(*, viewer: User, now: datetime) -> list[Place]:
    """Return every study and site the viewer holds a delegation at, for the switcher."""
    active = access.delegations_active(user=viewer, now=now).select_related("study", "site")
    found: dict[tuple[str, str], Place] = {}
    for delegation in active:
        sites = [delegation.site] if delegation.site else list(delegation.study.sites.order_by("code"))
        if delegation.site is None:
            found.setdefault((delegation.study.code, ""), Place(delegation.study, None))
        for site in sites:
            found.setdefault((delegation.study.code, site.code), Place(delegation.study, site))
    return [found[key] for key in sorted(found)]


def place_current(*, viewer: User, now: datetime, study_code: str | None, site_code: str | None) -> Place:
    """Return the place chosen earlier if it is still the viewer's; else the first live one."""
    places = places_of(viewer=viewer, now=now)
    for place in places:
        if (
            place.study
            and place.study.code == study_code
            and (place.site.code if place.site else "") == (site_code or "")
        ):
            return place
    live = [place for place in places if place.study and place.study.state == "LIVE"]
    return (live or places or [Place(None, None)])[0]


def study_get(*, viewer: User, code: str, now: datetime) -> Study:
    """
    Return a study the viewer belongs to in any role.

    :raises NotFound: if there is none, or it is not the viewer's
    """
    mine = access.delegations_active(user=viewer, now=now).filter(study__code=code)
    study = Study.objects.filter(code=code, id__in=mine.values("study_id")).first()
    if study is None:
        raise NotFound("There is no such study.")
    return study


def site_get(*, viewer: User, site_id: UUID, permission: Permission, now: datetime) -> Site:
    """
    Return a site where the viewer holds the permission.

    :raises NotFound: if there is none, or the viewer does not hold it there
    """
    site = (
        access.sites_where(user=viewer, permission=permission, now=now)
        .select_related("study")
        .filter(pk=site_id)
        .first()
    )
    if site is None:
        raise NotFound("There is no such site.")
    return site


def studies_of(*, viewer: User, now: datetime) -> QuerySet[Study]:
    """Return the studies the viewer belongs to in any role."""
    return Study.objects.filter(
        id__in=access.delegations_active(user=viewer, now=now).values("study_id")
    ).order_by("code")


def protocol_version_current(*, study: Study, now: datetime) -> ProtocolVersion:
    """
    Return the version in force at `now`.

    :raises NotFound: if the study has none yet
    """
    version = study.protocol_versions.filter(effective_at__lte=now).order_by("-number").first()
    if version is None:
        raise NotFound("The study has no protocol in force.")
    return version


@lru_cache(maxsize=64)
def _parsed(digest: str, version_id: UUID) -> Protocol:
    return from_document(ProtocolVersion.objects.values_list("document", flat=True).get(pk=version_id))


def protocol_of(version: ProtocolVersion) -> Protocol:
    """Return the protocol's frozen values. Versions are immutable, so the result is kept."""
    return protocol_by(version_id=version.pk, digest=version.digest)


def protocol_by(*, version_id: UUID, digest: str) -> Protocol:
    """Return the frozen values of a version known by its identifier and digest."""
    return _parsed(digest, version_id)


def delegations_of(*, viewer: User, study: Study, now: datetime) -> QuerySet[Delegation]:
    """Return the delegation log as far as the viewer may read it: their sites, or the whole study."""
    log = (
        Delegation.objects.filter(study=study)
        .select_related("user", "site")
        .order_by("site__code", "role", "starts_at", "id")
    )
    if access.can(user=viewer, permission=Permission.DELEGATION_READ, study_id=study.id, now=now):
        return log
    sites = access.sites_where(user=viewer, permission=Permission.DELEGATION_READ, now=now).filter(
        study=study
    )
    return log.filter(site__in=sites)


def unblinded_person(*, study_id: UUID, user: User) -> UnblindedPerson | None:
    """Return the register's entry for somebody who has learned an arm of the study, if any."""
    return UnblindedPerson.objects.filter(study_id=study_id, user=user).first()


def unblinded_people(*, study: Study) -> QuerySet[UnblindedPerson]:
    """Return the register: who has learned an arm of the study, latest first. Never which."""
    return UnblindedPerson.objects.filter(study=study).select_related("user").order_by("-since", "id")
