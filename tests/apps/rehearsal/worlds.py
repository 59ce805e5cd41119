"""A study in set-up with nothing wrong: two sites with everybody, a committed list, kits for the first participants."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command
from django.db import connection

from apps.accounts.models import User
from apps.accounts.selectors import system_user
from apps.randomization.domain.plan import list_codes
from apps.randomization.services import list_build
from apps.rehearsal.models import RehearsalRun
from apps.studies.domain.loading import digest, document, load_shipped
from apps.studies.domain.permissions import Role
from apps.studies.domain.protocol import Protocol
from apps.studies.models import ProtocolVersion, Site, Study
from apps.supply.domain.manifest import KitReceived
from apps.supply.services import kits_receive
from tests.factories.cast import delegate, person_make

SEED = bytes(range(32))
#: Two participants at each site, eight sessions of three devices; either content may be all that is wanted.
KITS_OF_EACH = 2 * 8 * 3
AT_SITES = (
    Role.COORDINATOR,
    Role.INVESTIGATOR,
    Role.SESSION_NURSE,
    Role.EFFICACY_RATER,
    Role.PHARMACIST,
)
IN_STUDY = (
    Role.ADMINISTRATOR,
    Role.MONITOR,
    Role.SPONSOR,
    Role.SAFETY_PHYSICIAN,
    Role.UNBLINDED_STATISTICIAN,
)


@dataclass(frozen=True, slots=True)
class SetUp:
    """A study before its first participant."""

    study: Study
    version: ProtocolVersion
    sites: tuple[Site, ...]
    people: dict[str, User]

    @property
    def administrator(self) -> User:
        return self.people["ADMINISTRATOR"]


@contextmanager
def as_owner() -> Iterator[None]:
    """Do something with the owner's rights in a test that otherwise has the application's."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    try:
        yield
    finally:
        if connection.needs_rollback is False:
            with connection.cursor() as cursor:
                cursor.execute("SET ROLE vigil_app")


def protocol_of(design: str = "transform_2", *, target: int = 16, **changes: Any) -> Protocol:
    """Return a shipped design with a small target; pass the blocks that should differ."""
    shipped = load_shipped(design)
    enrolment = shipped.enrolment.model_copy(update={"target": target})
    return shipped.model_copy(update={"enrolment": enrolment, **changes})


def set_up(
    *,
    at: datetime,
    protocol: Protocol | None = None,
    built_from: Protocol | None = None,
    without: tuple[tuple[str, Role], ...] = (),
    kits_of_each: int = KITS_OF_EACH,
    kits_last_days: int = 400,
    places: int = 16,
    code: str = "t2-new",
    seed: bytes = SEED,
) -> SetUp:
    """Make the study. `built_from` makes the list from another protocol; `without` names posts left empty, by site."""
    chosen = protocol or protocol_of()
    study = Study.objects.create(code=code, title=chosen.title, is_fictional=True, state="SETUP")
    version = _version(study, built_from or chosen, number=1, at=at)
    sites = tuple(
        Site.objects.create(
            study=study, code=name, name=town, country=country, time_zone=zone, enrolment_target=8
        )
        for name, town, country, zone in (
            ("DE01", "Berlin", "DE", "Europe/Berlin"),
            ("US01", "Boston", "US", "America/New_York"),
        )
    )
    people: dict[str, User] = {}
    for site in sites:
        for role in AT_SITES:
            if (site.code, role) not in without:
                people[f"{site.code} {role}"] = person_make(
                    f"{role.value.title()} {site.code} {code}".replace("_", " ")
                )
                delegate(people[f"{site.code} {role}"], role, study=study, site=site, at=at)
    for role in (one for one in IN_STUDY if ("", one) not in without):
        people[role.value] = person_make(f"{role.value.title()} {code}".replace("_", " "))
        delegate(people[role.value], role, study=study, site=None, at=at)
    with as_owner():
        for list_code in list_codes(built_from or chosen):
            list_build(
                version=version,
                list_code=list_code,
                seed=seed,
                places=places,
                by=people["ADMINISTRATOR"],
                at=at,
            )
        for site in sites:
            if kits_of_each:
                stock(version, site, kits_of_each, at=at, days=kits_last_days)
    if built_from is not None:
        version = _version(study, chosen, number=2, at=at)
    return SetUp(study, version, sites, people)


def stock(version: ProtocolVersion, site: Site, kits_of_each: int, *, at: datetime, days: int = 400) -> None:
    """Put so many kits of either content at a site, numbers shuffled; they expire after so many days. Owner only."""
    chance = random.Random(f"{site.code}{kits_of_each}{days}")
    contents = ["ACTIVE"] * kits_of_each + ["PLACEBO"] * kits_of_each
    chance.shuffle(contents)
    low = {"DE01": 10_000, "US01": 50_000}[site.code]
    numbers = chance.sample(range(low, low + 40_000), len(contents))
    expires_on: date = (at + timedelta(days=days)).date()
    kits = [
        KitReceived(f"K{number}", site.code, f"LOT-{site.code}-{days}", expires_on, content)
        for number, content in zip(numbers, contents, strict=True)
    ]
    kits_receive(version=version, kits=kits, by=system_user(), at=at)


def rehearse(study: Study, *, participants: int = 2, seed: int = 7) -> tuple[RehearsalRun, str]:
    """Run the command as the owner; return the run and what was printed."""
    out = _command(study.code, participants=participants, seed=seed)
    return RehearsalRun.objects.filter(study=study).latest("recorded_at"), out


def run_waiting() -> str:
    """Run what was asked for on the page, as the operator does; return what was printed."""
    return _command()


def _command(*words: str, **options: int) -> str:
    out = StringIO()
    with as_owner():
        try:
            call_command("study", "rehearse", *words, stdout=out, **options)
        except CommandError as fault:
            out.write(f"CommandError: {fault}")
    return out.getvalue()


def _version(study: Study, protocol: Protocol, *, number: int, at: datetime) -> ProtocolVersion:
    return ProtocolVersion.objects.create(
        study=study,
        number=number,
        label=f"{protocol.version} ({number})",
        document=document(protocol),
        digest=digest(protocol),
        effective_at=at - timedelta(days=60),
        recorded_at=at,
        recorded_by=system_user(),
    )
