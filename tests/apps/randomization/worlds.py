"""What randomization needs around it: a committed list, kits at the site, and participants ready to be drawn."""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from apps.participants.models import Consent, Participant
from apps.randomization.models import RandomizationList
from apps.randomization.services import list_build
from apps.screening.selectors import EligibilitySnapshot
from apps.studies.models import ProtocolVersion, Site
from apps.supply.domain.manifest import KitReceived
from apps.supply.models import Kit
from apps.supply.services import kits_receive
from tests.factories.cast import Cast

SEED = bytes(range(32))
_numbers = itertools.count(1)


@contextmanager
def as_owner() -> Iterator[None]:
    """Do something with the owner's rights in a test that otherwise has the application's."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE vigil_app")


def sealed(query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Ask the sealed schema as the owner: the truth a test compares with."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


class Verdicts:
    """Stands in for screening: everybody is eligible and signed until a test says otherwise."""

    def __init__(self) -> None:
        self.of: dict[Any, EligibilitySnapshot] = {}
        self.usual = EligibilitySnapshot(True, True, (), {"oral_antidepressant": "sertraline"})

    def for_randomization(self, *, participant_id: Any) -> EligibilitySnapshot:
        return self.of.get(participant_id, self.usual)

    def judged(self, participant: Participant, answers: Any) -> EligibilitySnapshot:
        return self.of.get(participant.pk, self.usual)


def verdicts_install(monkeypatch: pytest.MonkeyPatch) -> Verdicts:
    verdicts = Verdicts()
    place = "apps.randomization.selectors"
    monkeypatch.setattr(f"{place}.draw.eligibility_judged", verdicts.judged)
    monkeypatch.setattr(f"{place}.allocations.eligibility_for_randomization", verdicts.for_randomization)
    return verdicts


def protocol_changed(cast: Cast, change: Callable[[dict[str, Any]], None], *, at: datetime) -> Cast:
    """Return the cast under an amended protocol: `change` edits the randomization of its document."""
    document = copy.deepcopy(cast.version.document)
    change(document["randomization"])
    version = ProtocolVersion.objects.create(
        study=cast.study,
        number=ProtocolVersion.objects.filter(study=cast.study).count() + 1,
        label="amended",
        document=document,
        digest=hashlib.sha256(json.dumps(document).encode()).hexdigest(),
        effective_at=at - timedelta(days=50),
        recorded_at=at,
        recorded_by=cast.administrator,
    )
    return replace(cast, version=version)


def list_make(cast: Cast, *, at: datetime, code: str = "MAIN", places: int = 20) -> RandomizationList:
    with as_owner():
        return list_build(
            version=cast.version, list_code=code, seed=SEED, places=places, by=cast.administrator, at=at
        )


def kits_make(cast: Cast, *, at: datetime, active: int, placebo: int, site: Site | None = None) -> list[Kit]:
    """Put kits at a site, one lot, numbers shuffled."""
    site = site or cast.site
    lot = f"LOT-{next(_numbers)}"
    chance = random.Random(lot)
    contents = ["ACTIVE"] * active + ["PLACEBO"] * placebo
    chance.shuffle(contents)
    known = set(Kit.objects.values_list("number", flat=True))
    numbers = [number for number in chance.sample(range(10_000, 99_999), 1000) if f"K{number}" not in known]
    rows = [
        KitReceived(f"K{number}", site.code, lot, date(at.year + 1, 6, 30), content)
        for number, content in zip(numbers, contents, strict=False)
    ]
    with as_owner():
        return list(kits_receive(version=cast.version, kits=rows, by=cast.pharmacist, at=at))


def participant_make(
    cast: Cast, *, at: datetime, site: Site | None = None, consented: bool = True, status: str = "ELIGIBLE"
) -> Participant:
    site = site or cast.site
    participant = Participant.objects.create(
        study=cast.study,
        site=site,
        protocol_version=cast.version,
        number=f"{site.code}-{next(_numbers):04d}",
        status=status,
        sex="F",
        age_years=44,
        recorded_at=at,
        recorded_by=cast.coordinator,
    )
    if consented:
        Consent.objects.create(
            participant=participant,
            protocol_version=cast.version,
            form_version="1.0",
            consented_at=at - timedelta(days=35),
            recorded_at=at,
            recorded_by=cast.coordinator,
        )
    return participant
