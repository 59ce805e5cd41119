"""Two hundred people in Berlin who are eligible and signed: one screened through the services, the others copies.

Run as the owner. A copy has rows of its own in every table that holds something of the first, so the draw finds for
each of them what the clinic would have entered.
"""

from __future__ import annotations

import copy
import random
import uuid
from typing import Any

CROWD = 200
KITS = 1_400


def main() -> None:
    """Screen one, copy the others, and stock the site."""
    from tests.journeys.cast_on_stage import main as cast_on_stage

    cast = cast_on_stage()
    from django.utils import timezone

    from apps.randomization.models import RandomizationList
    from apps.randomization.services import list_extend
    from apps.supply.domain.manifest import KitReceived
    from apps.supply.services import kits_receive
    from tests.factories.participants import enrolled
    from tests.factories.screening import SCREENING_TAKES, answered, rated, screening_open, signed

    now = timezone.now()
    # The protocol's target is 196; the crowd stands before one stratum.
    list_extend(made=RandomizationList.objects.get(), places=CROWD + 8, by=cast.administrator, at=now)
    first = enrolled(cast, at=now, consented_at=now - SCREENING_TAKES, full_name="Beispiel 001")
    screening = screening_open(participant_id=first.pk, by=cast.coordinator, at=now)
    answered(cast, screening, at=now, facts={"oral_antidepressant": "duloxetine"})
    rated(cast, first, at=now)
    signed(cast, first, at=now)
    first.refresh_from_db()
    copies(everything_of(first), numbers=[f"{cast.site.code}-C{place:03d}" for place in range(2, CROWD + 1)])

    chance = random.Random(200)
    contents = ["ACTIVE", "PLACEBO"] * (KITS // 2)
    chance.shuffle(contents)
    numbers = chance.sample(range(1_000_000, 9_999_999), KITS)
    expires = now.date().replace(year=now.year + 2, day=1)
    rows = [
        KitReceived(f"C{number}", cast.site.code, "LOT-CROWD", expires, content)
        for number, content in zip(numbers, contents, strict=True)
    ]
    kits_receive(version=cast.version, kits=rows, by=cast.pharmacist, at=now)


def everything_of(first: Any) -> list[Any]:
    """Return a participant and every row that points at them, or at such a row; what is pointed at comes first."""
    from django.apps import apps

    models = [model for model in apps.get_models() if not hasattr(model, "pgh_tracked_model")]
    found, latest = [first], [first]
    while latest:
        known = {type(row) for row in latest}
        keys = [row.pk for row in latest]
        latest = [
            row
            for model in models
            for field in model._meta.concrete_fields
            if field.is_relation and field.related_model in known
            for row in model._default_manager.filter(**{f"{field.name}__in": keys})
            if row not in found
        ]
        found += latest
    return found


def copies(rows: list[Any], *, numbers: list[str]) -> None:
    """Copy all these rows once for each number, with identifiers of their own."""
    made: dict[type, list[Any]] = {}
    for number in numbers:
        twins = {(type(row), row.pk): copy.copy(row) for row in rows}
        for twin in twins.values():
            twin.pk = uuid.uuid4()
        for twin in twins.values():
            for field in (one for one in twin._meta.concrete_fields if one.is_relation):
                target = twins.get((field.related_model, getattr(twin, field.attname)))
                if target is not None:
                    setattr(twin, field.attname, target.pk)
            if hasattr(twin, "alias"):
                twin.alias = uuid.uuid4().hex[:12]
            made.setdefault(type(twin), []).append(twin)
        twins[type(rows[0]), rows[0].pk].number = number
    for model, twins_of_model in made.items():
        model._default_manager.bulk_create(twins_of_model)


if __name__ == "__main__":
    main()
