"""Deny by default; a person of one site never sees another; what ended has ended."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.studies import access, selectors, services
from apps.studies.domain.permissions import ROLE_PERMISSIONS, Permission, Role
from apps.studies.models import Delegation
from tests.factories.cast import Cast, person_make

P = Permission


def test_each_role_has_its_permissions_at_its_site_and_nothing_at_the_other(cast: Cast, at: datetime) -> None:
    for code, person in cast.by_role.items():
        granted = ROLE_PERMISSIONS[Role(code)] if code != "OUTSIDER" else frozenset()
        for permission in Permission:
            here = access.can(user=person, permission=permission, site_id=cast.site.pk, now=at)
            assert here == (permission in granted), (code, permission)
            there = access.can(user=person, permission=permission, site_id=cast.other_site.pk, now=at)
            study_wide = Delegation.objects.filter(user=person, site__isnull=True).exists()
            assert there == (study_wide and permission in granted), (code, permission)


def test_a_site_role_is_no_study_role(cast: Cast, at: datetime) -> None:
    assert not access.can(
        user=cast.coordinator, permission=P.PARTICIPANT_READ, study_id=cast.study.pk, now=at
    )
    with pytest.raises(NotAllowed):
        access.check(user=cast.coordinator, permission=P.STUDY_MANAGE, study_id=cast.study.pk, now=at)


def test_a_delegation_counts_from_its_start_until_just_before_its_end(cast: Cast, at: datetime) -> None:
    line = Delegation.objects.get(user=cast.nurse)
    line.starts_at, line.ends_at = at, at + timedelta(hours=1)
    line.save()

    def may(now: datetime) -> bool:
        return access.can(user=cast.nurse, permission=P.SESSION_READ, site_id=cast.site.pk, now=now)

    assert not may(at - timedelta(microseconds=1))
    assert may(at)
    assert may(at + timedelta(minutes=59))
    assert not may(at + timedelta(hours=1))


def test_a_closed_account_may_nothing(cast: Cast, at: datetime) -> None:
    User.objects.filter(pk=cast.nurse.pk).update(is_active=False)
    cast.nurse.refresh_from_db()
    assert access.roles_of(user=cast.nurse, now=at) == frozenset()


def test_sites_where_is_can_asked_of_every_site(cast: Cast, at: datetime) -> None:
    for person in cast.by_role.values():
        for permission in (P.PARTICIPANT_READ, P.ARM_READ, P.RATING_RECORD, P.DASHBOARD_SPONSOR):
            listed = set(access.sites_where(user=person, permission=permission, now=at))
            asked = {
                site
                for site in (cast.site, cast.other_site)
                if access.can(user=person, permission=permission, site_id=site.pk, now=at)
            }
            assert listed == asked


def grant(cast: Cast, at: datetime, **more: object) -> Delegation:
    given: dict[str, object] = {
        "study_id": cast.study.pk, "email": "new.person@example.org", "role": Role.SESSION_NURSE,
        "site_id": cast.site.pk, "starts_at": at, "ends_at": None, "by": cast.administrator, "at": at,
    }  # fmt: skip
    return services.delegation_grant(**{**given, **more})


def test_an_administrator_delegates_and_it_acts_at_once(cast: Cast, at: datetime) -> None:
    person = person_make("New Person")
    grant(cast, at)
    assert access.can(user=person, permission=P.OBSERVATION_RECORD, site_id=cast.site.pk, now=at)


def test_nobody_else_delegates(cast: Cast, at: datetime) -> None:
    person_make("New Person")
    for code, person in cast.by_role.items():
        if code != "ADMINISTRATOR":
            with pytest.raises(NotAllowed):
                grant(cast, at, by=person)


def test_a_rater_can_not_become_a_nurse_not_even_later(cast: Cast, at: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        grant(cast, at, email=cast.rater.email)
    assert [reason.code for reason in refusal.value.reasons] == ["roles_clash"]
    line = Delegation.objects.get(user=cast.rater)
    services.delegation_end(delegation_id=line.pk, reason="moved", by=cast.administrator, at=at)
    with pytest.raises(Invalid):
        grant(cast, at + timedelta(days=1), email=cast.rater.email)


def test_who_may_know_an_arm_holds_no_other_role(cast: Cast, at: datetime) -> None:
    with pytest.raises(Invalid):
        grant(cast, at, email=cast.statistician.email)


def test_a_refusal_names_every_ground(cast: Cast, at: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        grant(cast, at, email=cast.statistician.email, role=Role.SPONSOR, ends_at=at - timedelta(days=1))
    assert {reason.code for reason in refusal.value.reasons} == {
        "study_wide_role",
        "ends_before_start",
        "roles_clash",
    }


def test_ending_needs_a_reason_and_happens_once(cast: Cast, at: datetime) -> None:
    line = Delegation.objects.get(user=cast.nurse)
    with pytest.raises(Invalid):
        services.delegation_end(delegation_id=line.pk, reason="  ", by=cast.administrator, at=at)
    services.delegation_end(delegation_id=line.pk, reason="left the site", by=cast.administrator, at=at)
    assert not access.can(user=cast.nurse, permission=P.SESSION_READ, site_id=cast.site.pk, now=at)
    with pytest.raises(Conflict):
        services.delegation_end(delegation_id=line.pk, reason="again", by=cast.administrator, at=at)


def test_an_outsider_finds_no_delegation_to_end(cast: Cast, at: datetime) -> None:
    line = Delegation.objects.get(user=cast.nurse)
    with pytest.raises(NotFound):
        services.delegation_end(delegation_id=line.pk, reason="mischief", by=cast.outsider, at=at)


def test_places_are_one_s_own(cast: Cast, at: datetime) -> None:
    places = selectors.places_of(viewer=cast.coordinator, now=at)
    assert [(p.study.code, p.site.code) for p in places] == [("t2", "DE01")]
    assert selectors.places_of(viewer=cast.outsider, now=at) == []
    stolen = selectors.place_current(viewer=cast.coordinator, now=at, study_code="t2", site_code="US01")
    assert stolen.site == cast.site
