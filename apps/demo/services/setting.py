"""Setting up a fictional study: the protocol, the sites, who works there, the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.demo.domain.accounts import ACCOUNTS, HOME_SITE, SECOND_SITE
from apps.demo.domain.values import DemoSite
from apps.demo.services.people import Staff, _staff
from apps.randomization.domain.kinds import Purpose
from apps.randomization.domain.plan import list_codes
from apps.randomization.services import list_build
from apps.studies.domain.loading import digest, document, load_shipped
from apps.studies.domain.permissions import STUDY_WIDE_ROLES, Role
from apps.studies.domain.protocol import Protocol
from apps.studies.models import Delegation, ProtocolVersion, Site, Study

DESIGN = "transform_2"
#: From the start of set-up to the opening of the first site.
LEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class DemoStudy:
    """What a study of the demo is called and how many it wants. `story` names its random streams."""

    code: str
    title: str
    state: str
    target: int
    story: str


@dataclass(frozen=True, slots=True)
class Place:
    """A site with its clock and its people."""

    site: Site
    zone: ZoneInfo
    staff: Staff


@dataclass(frozen=True, slots=True)
class Setting:
    """A study that is ready to take people in. `list` is the randomization list that was committed for it."""

    study: Study
    version: ProtocolVersion
    protocol: Protocol
    places: dict[str, Place]
    list: Any


def _demo_seed(story: str) -> bytes:
    """The seed of a demo list. It is derived from a public name, so it is no secret and hides nothing.

    A real study's seed is drawn from the operating system's generator and never leaves the sealed schema; this one is
    fixed so that every demo tells the same story.
    """
    return sha256(f"Vigil demo list {story}".encode()).digest()


def _protocol(kind: DemoStudy) -> Protocol:
    design = load_shipped(DESIGN)
    return design.model_copy(
        update={
            "fictional": True,
            "title": kind.title,
            "enrolment": design.enrolment.model_copy(update={"target": kind.target}),
        }
    )


class StudySetting:
    """Makes the study, its sites and its delegations, in the names of the people who would."""

    def __init__(
        self, kind: DemoStudy, *, clinics: Sequence[DemoSite], accounts: dict[str, User], system: User
    ) -> None:
        self.kind, self.clinics, self.accounts, self.system = kind, clinics, accounts, system
        self.administrator = accounts["administrator@demo.example"]
        first = min(clinic.opened_on for clinic in clinics)
        self.at = datetime.combine(first, time(9), tzinfo=UTC) - LEAD

    def make(self) -> Setting:
        """Write it all; the list is committed before anybody is drawn."""
        protocol = _protocol(self.kind)
        study = Study.objects.create(
            code=self.kind.code, title=self.kind.title, is_fictional=True, state=self.kind.state
        )
        version = ProtocolVersion.objects.create(
            study=study,
            number=1,
            label=protocol.version,
            document=document(protocol),
            digest=digest(protocol),
            effective_at=self.at,
            recorded_at=self.at,
            recorded_by=self.administrator,
        )
        self._record("protocol.added", study, version, {"version": version.label, "digest": version.digest})
        places = {clinic.code: self._place(study, clinic) for clinic in self.clinics}
        self._delegations(study, places)
        (code,) = list_codes(protocol)
        made = list_build(
            version=version,
            list_code=code,
            seed=_demo_seed(self.kind.story),
            by=self.administrator,
            at=self.at + timedelta(days=7),
        )
        # Beside it the list for tests and drills.
        list_build(
            version=version,
            list_code=code,
            seed=_demo_seed(f"{self.kind.story}.TEST"),
            purpose=Purpose.TEST,
            places=12,
            by=self.administrator,
            at=self.at + timedelta(days=7),
        )
        return Setting(study, version, protocol, places, made)

    def _place(self, study: Study, clinic: DemoSite) -> Place:
        site = Site.objects.create(
            study=study,
            code=clinic.code,
            name=clinic.name,
            country=clinic.country,
            time_zone=clinic.time_zone,
            enrolment_target=clinic.enrolment_target,
            chairs=clinic.chairs,
            opened_on=clinic.opened_on,
        )
        self._record("site.created", study, site, {}, site=clinic.code)
        staff = _staff(clinic.code, self.accounts)
        if study.state == "LIVE" and clinic.code == HOME_SITE:
            # Where the demo accounts work today they have worked from the start: their own interviews, their own acts.
            staff = Staff(*(self.accounts[one.email] for one in ACCOUNTS[:5]), relief=staff.relief)
        return Place(site, ZoneInfo(clinic.time_zone), staff)

    def _delegations(self, study: Study, places: dict[str, Place]) -> None:
        wanted: dict[tuple[str, str, str], tuple[User, Role, Site | None]] = {}

        def want(user: User, role: Role, site: Site | None) -> None:
            wanted[user.email, role.value, site.code if site else ""] = (user, role, site)

        for place in places.values():
            for role, user in place.staff.by_role():
                want(user, role, place.site)
        for account in ACCOUNTS:
            user = self.accounts[account.email]
            whole = account.role in STUDY_WIDE_ROLES or account.role is Role.MONITOR
            want(user, account.role, None if whole else places[HOME_SITE].site)
        want(self.accounts[ACCOUNTS[0].email], Role.COORDINATOR, places[SECOND_SITE].site)

        at = self.at + timedelta(hours=1)
        made = Delegation.objects.bulk_create(
            Delegation(
                user=user,
                study=study,
                site=site,
                role=role.value,
                starts_at=at,
                recorded_at=at,
                recorded_by=self.system if role is Role.ADMINISTRATOR else self.administrator,
            )
            for user, role, site in wanted.values()
        )
        for one in made:
            event_record(
                kind="delegation.granted",
                by=one.recorded_by,
                at=at,
                subject=one,
                study=study.code,
                site=one.site.code if one.site else "",
                detail={"person": one.user.email, "role": one.role, "from": at.isoformat(), "to": None},
            )

    def _record(
        self, kind: str, study: Study, subject: object, detail: dict[str, Any], *, site: str = ""
    ) -> None:
        event_record(
            kind=kind,
            by=self.administrator,
            at=self.at,
            subject=subject,
            study=study.code,
            site=site,
            detail=detail,
        )
