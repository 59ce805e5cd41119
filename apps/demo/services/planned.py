"""A study in set-up: everything but participants, so that it can be rehearsed, signed for and put live by hand."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pghistory
from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.demo.domain.accounts import HOME_SITE, SECOND_SITE
from apps.demo.domain.places import sites
from apps.demo.services.people import accounts_ensure
from apps.demo.services.setting import DemoStudy, Setting, StudySetting
from apps.supply.domain.manifest import KitReceived
from apps.supply.services import kits_receive

PLANNED = DemoStudy(
    code="t2-setup",
    title="TRANSFORM-2, fictional copy: in set-up, to be rehearsed",
    state="SETUP",
    target=24,
    story="t2-setup",
)
#: Kits of either content at each site: enough for the first participants' four weeks, whatever they draw.
STOCK = 240


@transaction.atomic
def planned_study_seed(*, tell: Callable[[str], None], by: User, at: datetime) -> dict[str, int]:
    """
    Write the study in set-up; return the number of kits.

    :raises NotAllowed: unless the process is logged in to the database as its owner
    """
    opened_on = at.date() - timedelta(days=7)
    clinics = [
        replace(clinic, opened_on=opened_on)
        for clinic in sites(first_opening=opened_on, target=PLANNED.target, only=(HOME_SITE, SECOND_SITE))
    ]
    with pghistory.context(demo=PLANNED.code, command="seed_demo"):
        accounts = accounts_ensure(sites=[clinic.code for clinic in clinics], by=by, at=at)
        setting = StudySetting(PLANNED, clinics=clinics, accounts=accounts, system=by).make()
        kits = kits_receive(
            version=setting.version,
            kits=_manifest(setting, expires_on=at.date() + timedelta(days=540)),
            by=setting.places[HOME_SITE].staff.pharmacist,
            at=at,
        )
        event_record(
            kind="demo.seeded",
            by=by,
            at=at,
            subject=setting.study,
            study=PLANNED.code,
            detail={"rows": {"kits": len(kits)}},
        )
    tell(f"{len(setting.places)} sites, {len(kits)} kits, nobody enrolled: ready to be rehearsed")
    return {"kits": len(kits)}


def _manifest(setting: Setting, *, expires_on: date) -> list[KitReceived]:
    """Kits in shuffled numbers and serials. The chance is fixed by the story's name, so it hides nothing."""
    chance = random.Random(PLANNED.story)  # noqa: S311 - a fictional depot
    numbers = iter(chance.sample(range(100_000, 1_000_000), 4 * STOCK * len(setting.places)))
    rows = []
    for code in sorted(setting.places):
        contents = ["ACTIVE"] * STOCK + ["PLACEBO"] * STOCK
        chance.shuffle(contents)
        rows += [
            KitReceived(
                number=f"S{next(numbers)}",
                serial=f"SN{next(numbers)}",
                site=code,
                lot=f"LOT-{code}-1",
                expires_on=expires_on,
                content=content,
            )
            for content in contents
        ]
    return rows
