"""The cast of every test: one study, two sites, a person in each role, and an outsider. It never changes.

Berlin is where things happen; Boston is the other site, whose people must never see Berlin. Olga, the outsider,
has an account and no delegation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from apps.accounts.models import User
from apps.accounts.selectors import system_user
from apps.studies.domain.loading import SHIPPED, digest, document, load
from apps.studies.domain.permissions import STUDY_WIDE_ROLES, Role
from apps.studies.models import Delegation, ProtocolVersion, Site, Study

PASSWORD = "correct horse battery"

#: A protocol is frozen; reading and checking the file once is enough for all tests.
_loaded = lru_cache(load)


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody and everywhere."""

    study: Study
    version: ProtocolVersion
    site: Site
    other_site: Site
    coordinator: User
    investigator: User
    nurse: User
    rater: User
    pharmacist: User
    monitor: User
    sponsor: User
    statistician: User
    physician: User
    administrator: User
    other_coordinator: User
    other_investigator: User
    other_nurse: User
    outsider: User

    @property
    def by_role(self) -> dict[str, User]:
        """Return the people of Berlin and of the whole study by role code, the outsider under OUTSIDER."""
        return {
            Role.COORDINATOR.value: self.coordinator,
            Role.INVESTIGATOR.value: self.investigator,
            Role.SESSION_NURSE.value: self.nurse,
            Role.EFFICACY_RATER.value: self.rater,
            Role.PHARMACIST.value: self.pharmacist,
            Role.MONITOR.value: self.monitor,
            Role.SPONSOR.value: self.sponsor,
            Role.UNBLINDED_STATISTICIAN.value: self.statistician,
            Role.SAFETY_PHYSICIAN.value: self.physician,
            Role.ADMINISTRATOR.value: self.administrator,
            "OUTSIDER": self.outsider,
        }


def person_make(name: str) -> User:
    """Make an account: `Ana Ruiz` signs in as ana.ruiz@example.org."""
    return User.objects.create_user(
        email=f"{name.lower().replace(' ', '.')}@example.org", password=PASSWORD, full_name=name
    )


def delegate(user: User, role: Role, *, study: Study, site: Site | None, at: datetime) -> Delegation:
    """Delegate a role from a month ago, without end."""
    return Delegation.objects.create(
        user=user,
        study=study,
        site=None if role in STUDY_WIDE_ROLES else site,
        role=role.value,
        starts_at=at - timedelta(days=30),
        recorded_at=at,
        recorded_by=system_user(),
    )


def study_make(
    *, at: datetime, code: str = "t2", protocol: str = "transform_2"
) -> tuple[Study, ProtocolVersion]:
    """Make a live study that follows one of the shipped designs."""
    loaded = _loaded(SHIPPED / f"{protocol}.yaml")
    study = Study.objects.create(code=code, title=loaded.title, is_fictional=True, state="LIVE")
    version = ProtocolVersion.objects.create(
        study=study,
        number=1,
        label=loaded.version,
        document=document(loaded),
        digest=digest(loaded),
        effective_at=at - timedelta(days=60),
        recorded_at=at,
        recorded_by=system_user(),
    )
    return study, version


def cast_make(*, at: datetime, protocol: str = "transform_2") -> Cast:
    """Make the whole cast around one study."""
    study, version = study_make(at=at, protocol=protocol)
    site = Site.objects.create(
        study=study, code="DE01", name="Berlin", country="DE", time_zone="Europe/Berlin", enrolment_target=24
    )
    other = Site.objects.create(
        study=study,
        code="US01",
        name="Boston",
        country="US",
        time_zone="America/New_York",
        enrolment_target=24,
    )
    people: dict[str, User] = {}
    for attribute, name, role in (
        ("coordinator", "Carla Roth", Role.COORDINATOR),
        ("investigator", "Ivo Brandt", Role.INVESTIGATOR),
        ("nurse", "Nadia Klein", Role.SESSION_NURSE),
        ("rater", "Ruth Adler", Role.EFFICACY_RATER),
        ("pharmacist", "Paul Vogt", Role.PHARMACIST),
        ("monitor", "Mona Lind", Role.MONITOR),
        ("sponsor", "Sven Holm", Role.SPONSOR),
        ("statistician", "Stella Marx", Role.UNBLINDED_STATISTICIAN),
        ("physician", "Felix Arndt", Role.SAFETY_PHYSICIAN),
        ("administrator", "Ada Weiss", Role.ADMINISTRATOR),
    ):
        people[attribute] = person_make(name)
        delegate(people[attribute], role, study=study, site=site, at=at)
    for attribute, name, role in (
        ("other_coordinator", "Chris Boone", Role.COORDINATOR),
        ("other_investigator", "Iris Wood", Role.INVESTIGATOR),
        ("other_nurse", "Noah Reed", Role.SESSION_NURSE),
    ):
        people[attribute] = person_make(name)
        delegate(people[attribute], role, study=study, site=other, at=at)
    return Cast(
        study=study,
        version=version,
        site=site,
        other_site=other,
        outsider=person_make("Olga Stern"),
        **people,
    )
