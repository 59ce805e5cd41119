"""Put the cast of the tests into a fresh database, with a committed list and stock at both sites. Run as the owner."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from tests.factories.cast import Cast


def main() -> Cast:
    """Make the study live."""
    django.setup()
    from django.utils import timezone

    from apps.randomization.services import list_build
    from apps.supply.domain.manifest import KitReceived
    from apps.supply.services import kits_receive
    from tests.factories.cast import cast_make

    now = timezone.now()
    cast = cast_make(at=now)
    list_build(
        version=cast.version,
        list_code="MAIN",
        seed=hashlib.sha256(b"journey").digest(),
        by=cast.administrator,
        at=now,
    )
    chance = random.Random(20)
    numbers = iter(chance.sample(range(100_000, 999_999), 800))
    contents = ["ACTIVE"] * 160 + ["PLACEBO"] * 240
    expires = now.date().replace(year=now.year + 2, day=1)
    for site in (cast.site, cast.other_site):
        chance.shuffle(contents)
        kits = [
            KitReceived(f"K{next(numbers)}", site.code, f"LOT-{site.code}", expires, content)
            for content in contents
        ]
        kits_receive(version=cast.version, kits=kits, by=cast.pharmacist, at=now)
    return cast


if __name__ == "__main__":
    main()
