"""What the story is told on: two designs whose arms bear names found nowhere else, sites, lists and kits."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from unittest.mock import patch

from apps.studies.domain.loading import load, read_text
from apps.studies.domain.permissions import Role
from apps.studies.models import Site
from apps.supply.domain.manifest import KitReceived
from apps.supply.services import kits_receive
from tests.apps.blind import worlds
from tests.apps.blind.worlds import World
from tests.apps.randomization.worlds import as_owner, list_make
from tests.factories import cast as casting
from tests.factories.cast import Cast, cast_make, delegate, study_make

#: The word in every arm's code and label. Whoever reads it on a page has read an arm.
CANARY = "QZXCANARY"
CODES = {"ESK": f"{CANARY}A", "ESK56": f"{CANARY}B", "ESK84": f"{CANARY}C", "PBO": f"{CANARY}D"}

FLEXIBLE, FIXED = "transform_2", "nct04599855"
#: Each arm's dose in mg: 0 for placebo, None where the dose asked for decides.
DOSES = {CODES["ESK"]: None, CODES["ESK56"]: 56, CODES["ESK84"]: 84, CODES["PBO"]: 0}
#: Kits of the story, by study and site. Only as many at Boston as a draw for everybody there asks for.
STOCK = {("t2", "DE01"): 56, ("t2", "US01"): 22, ("n4", "FR01"): 32}


@lru_cache
def _with_canaries(path: object) -> object:
    """A shipped design whose arms are called otherwise, wherever the file names them."""
    text = re.sub(
        r"\b(ESK56|ESK84|ESK|PBO)\b",
        lambda found: CODES[found.group()],
        read_text(path),  # type: ignore[arg-type]
    )
    protocol = load(text)
    labelled = tuple(
        arm.model_copy(update={"label": f"{CANARY} {arm.label}", "note": f"{CANARY} {arm.note}"})
        for arm in protocol.arms
    )
    return protocol.model_copy(update={"arms": labelled})


@contextmanager
def canaries() -> Iterator[None]:
    """Studies made meanwhile have arms that can be recognized in any text."""
    with patch.object(casting, "_loaded", _with_canaries):
        yield


@dataclass(frozen=True)
class Stage:
    """The people in both studies; `numbers` are those of all kits."""

    flexible: Cast
    fixed: Cast
    without_kits: Site
    numbers: list[str]


def stage_make(world: World, *, at: datetime) -> Stage:
    """Build everything before the first participant."""
    with canaries():
        cast = cast_make(at=at, protocol=FLEXIBLE)
        without = Site.objects.create(
            study=cast.study,
            code="ES01",
            name="Madrid",
            country="ES",
            time_zone="Europe/Madrid",
            enrolment_target=9,
        )
        delegate(cast.coordinator, Role.COORDINATOR, study=cast.study, site=without, at=at)
        Site.objects.filter(pk=cast.site.pk).update(chairs=8)
        cast.site.refresh_from_db()
        fixed = _second_study(cast, at=at)
    list_make(cast, at=at)
    for code in ("MET", "NOT_MET"):
        list_make(fixed, at=at, code=code)
    if world.exchanged:
        worlds.arms_exchange()
    numbers = [
        *_kits(world, cast, {code: count for (study, code), count in STOCK.items() if study == "t2"}, at=at),
        *_kits(world, fixed, {code: count for (study, code), count in STOCK.items() if study == "n4"}, at=at),
    ]
    if world.contents is None:
        worlds.contents_blank()
    return Stage(cast, fixed, without, numbers)


def _second_study(cast: Cast, *, at: datetime) -> Cast:
    """The three arms of fixed dose, at a site of their own, with the same people."""
    study, version = study_make(at=at, code="n4", protocol=FIXED)
    site = Site.objects.create(
        study=study, code="FR01", name="Lyon", country="FR", time_zone="Europe/Paris", enrolment_target=9
    )
    for role, person in cast.by_role.items():
        if role != "OUTSIDER":
            delegate(person, Role(role), study=study, site=site, at=at)
    return replace(cast, study=study, version=version, site=site, other_site=site)


def _kits(world: World, cast: Cast, sites: dict[str, int], *, at: datetime) -> list[str]:
    """One manifest, two lots and two expiries, numbers that follow nothing."""
    chance = random.Random(f"kits of {cast.study.code}")
    places = [code for code, count in sites.items() for _ in range(count)]
    numbers = [f"K{number}" for number in chance.sample(range(10_000, 99_999), len(places))]
    rows = [
        KitReceived(
            number=number,
            site=site,
            lot=f"LOT-{cast.study.code}-{index % 2}",
            expires_on=date(at.year + 1, 6 + index % 2, 30),
            content=world.content_of(number, ("ACTIVE", "PLACEBO")[chance.random() < 0.5]),
        )
        for index, (site, number) in enumerate(zip(places, numbers, strict=True))
    ]
    with as_owner():
        kits_receive(version=cast.version, kits=rows, by=cast.pharmacist, at=at)
    return numbers
