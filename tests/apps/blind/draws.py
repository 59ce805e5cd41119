"""Thousands of draws with their kits, made by the sealed functions themselves, and all that can be seen of them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db import connection
from psycopg.types.json import Jsonb

from apps.participants.models import Participant
from apps.randomization.models import RandomizationList
from apps.randomization.services import sealed_call
from apps.studies.models import Site
from apps.supply.domain.manifest import KitReceived
from apps.supply.services import kits_receive
from tests.apps.blind.chance import Chance
from tests.apps.blind.worlds import execute
from tests.apps.randomization.worlds import as_owner, list_make, sealed
from tests.factories.cast import Cast

PER_SITE, DEVICES = 25, 3
ACTIVE_PER_SITE, PLACEBO_PER_SITE = 60, 75


@dataclass(frozen=True)
class Seen:
    """What everybody may see of some things, and the truth: `features` by name, one value for each thing."""

    features: dict[str, np.ndarray]
    truth: np.ndarray


def drawn(
    cast: Cast, chance: Chance, *, at: datetime, participants: int, telling_numbers: bool = False
) -> tuple[Seen, ...]:
    """
    Draw and dispense for so many at as many sites as they need; return participants, kits and kits left, as seen.

    `telling_numbers` is the control: the drug lies in the lower numbers.
    """
    chance.seed("sizes and orders")
    sites = [cast.site, *(_site(cast, number) for number in range(2, participants // PER_SITE + 1))]
    made = list_make(cast, at=at, places=participants)
    _kits(cast, sites, at=at)
    if telling_numbers:
        execute(
            "ALTER TABLE sealed.kit_content DISABLE TRIGGER USER",
            f"""
            UPDATE sealed.kit_content AS c
            SET content = CASE WHEN k.place <= {ACTIVE_PER_SITE} THEN 'ACTIVE' ELSE 'PLACEBO' END
            FROM (SELECT id, row_number() OVER (PARTITION BY site_id ORDER BY number) AS place FROM supply_kit) AS k
            WHERE k.id = c.kit_id
            """,
            "ALTER TABLE sealed.kit_content ENABLE TRIGGER USER",
        )
    people = _people(cast, sites, at=at, count=participants)
    numbers = {one.pk: _draw_and_dispense(cast, made, one, at=at) for one in people}
    return _participants_seen(numbers, made), _kits_seen(), _kits_seen("WHERE k.participant_id IS NULL")


def _site(cast: Cast, number: int) -> Site:
    return Site.objects.create(
        study=cast.study, code=f"DE{number:02d}", name=f"Site {number}", country="DE", time_zone="Europe/Berlin",
        enrolment_target=PER_SITE,
    )  # fmt: skip


def _kits(cast: Cast, sites: list[Site], *, at: datetime) -> None:
    """One manifest for all sites, shuffled, of three lots and three expiries."""
    order = random.Random("kits of thousands")
    places = [
        (site.code, content)
        for site in sites
        for content in ("ACTIVE",) * ACTIVE_PER_SITE + ("PLACEBO",) * PLACEBO_PER_SITE
    ]
    order.shuffle(places)
    numbers = order.sample(range(100_000, 999_999), len(places))
    rows = [
        KitReceived(
            f"K{number}",
            site,
            f"LOT-{order.randrange(3)}",
            date(at.year + 1, order.randrange(6, 9), 28),
            content,
        )
        for number, (site, content) in zip(numbers, places, strict=True)
    ]
    with as_owner():
        kits_receive(version=cast.version, kits=rows, by=cast.pharmacist, at=at)


def _people(cast: Cast, sites: list[Site], *, at: datetime, count: int) -> list[Participant]:
    order = random.Random("people of thousands")
    where = [site for site in sites for _ in range(PER_SITE)][:count]
    order.shuffle(where)
    return Participant.objects.bulk_create(
        Participant(
            study=cast.study, site=site, protocol_version=cast.version, number=f"{site.code}-{index:05d}",
            status="RANDOMIZED", sex="F", age_years=44, recorded_at=at, recorded_by=cast.coordinator,
        )
        for index, site in enumerate(where)
    )  # fmt: skip


def _draw_and_dispense(cast: Cast, made: RandomizationList, one: Participant, *, at: datetime) -> int:
    """Call what a draw calls, as the application's login; return the randomization number."""
    level = "SSRI" if int(one.number[-1]) % 2 else "SNRI"
    outcome, number, *_ = sealed_call(
        "draw_slot", list=made.pk, stratum=f"country=DE|oad_class={level}", participant=one.pk, key=one.pk, low=10000,
        high=99999, by=cast.coordinator.pk, at=at,
    )[0]  # fmt: skip
    assert outcome == "DRAWN", outcome
    picked = sealed_call(
        "kits_dispense", participant=one.pk, site=one.site_id, visit="D1", dose_mg=(56, 84)[int(one.number[-2]) % 2],
        devices=DEVICES, first=True, open_label=False, mg_per_device=28, on=at.date(), by=cast.coordinator.pk, at=at,
        again=False,
    )  # fmt: skip
    assert [row[0] for row in picked] == ["PICKED"] * DEVICES
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE supply_kit AS k SET state = 'DISPENSED', participant_id = %s, visit_code = 'D1', "
            "position = g.place FROM jsonb_to_recordset(%s) AS g (id uuid, place int) WHERE k.id = g.id",
            [one.pk, Jsonb([{"id": str(row[1]), "place": row[2]} for row in picked])],
        )
    return int(number)


_KIT = """
    k.id, right(k.number, 6)::int, k.lot, k.expires_on - DATE '2020-01-01', (k.ctid::text::point)[0]::bigint * 1000
    + (k.ctid::text::point)[1]::bigint, k.site_id, k.participant_id, k.position
"""


def _participants_seen(numbers: dict[Any, int], made: RandomizationList) -> Seen:
    drawn = "SELECT participant_id, arm FROM sealed.slot WHERE participant_id IS NOT NULL AND list_id = %s"
    arms = dict(sealed(drawn, made.pk))
    kits: dict[Any, list[tuple[Any, ...]]] = {}
    for row in sealed(
        f"SELECT {_KIT} FROM supply_kit AS k WHERE participant_id IS NOT NULL ORDER BY position"
    ):
        kits.setdefault(row[6], []).append(row)
    order = list(numbers)
    features = {
        "randomization number": [numbers[one] for one in order],
        "number modulo 7": [numbers[one] % 7 for one in order],
        "participant's identifier": [one.int >> 64 for one in order],
        "number of kits": [len(kits[one]) for one in order],
        "span of the kits' numbers": [
            max(k[1] for k in kits[one]) - min(k[1] for k in kits[one]) for one in order
        ],
        "kits in rising order": [
            sum(a[1] < b[1] for a, b in zip(kits[one], kits[one][1:], strict=False)) for one in order
        ],
        "lots alike": [len({k[2] for k in kits[one]}) for one in order],
        "expiries alike": [len({k[3] for k in kits[one]}) for one in order],
    }
    for place in range(DEVICES):
        row = [kits[one][place] for one in order]
        features |= {
            f"number of kit {place + 1}": [k[1] for k in row],
            f"identifier of kit {place + 1}": [k[0].int >> 64 for k in row],
            f"lot of kit {place + 1}": [int(k[2][-1]) for k in row],
            f"expiry of kit {place + 1}": [k[3] for k in row],
            f"storage of kit {place + 1}": [k[4] for k in row],
        }
    first = sorted(set(arms.values()))[0]
    return Seen(
        {name: np.array(values, dtype=float) for name, values in features.items()},
        np.array([arms[one] == first for one in order]),
    )


def _kits_seen(which: str = "") -> Seen:
    """Kits with their contents; where a kit lies tells only of those left, for a used one has been written anew."""
    rows = sealed(
        f"SELECT {_KIT}, c.content = 'ACTIVE', row_number() OVER (PARTITION BY k.site_id ORDER BY k.number) "
        f"FROM supply_kit AS k JOIN sealed.kit_content AS c ON c.kit_id = k.id {which} ORDER BY k.id"
    )
    features = {
        "number": [row[1] for row in rows],
        "place among the site's numbers": [row[9] for row in rows],
        "identifier": [row[0].int >> 64 for row in rows],
        "lot": [int(row[2][-1]) for row in rows],
        "expiry": [row[3] for row in rows],
        "storage": [row[4] if which else 0 for row in rows],
    }
    return Seen(
        {name: np.array(values, dtype=float) for name, values in features.items()},
        np.array([row[8] for row in rows]),
    )
