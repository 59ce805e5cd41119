"""Too cold or too warm: kits are set aside at once and wait for one decision."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.supply import selectors
from apps.supply.models import Kit, KitMovement, TemperatureExcursion
from apps.supply.services import excursion_decide, excursion_record, kit_quarantine, kit_release
from apps.supply.services.ledger import KitMovementRefused
from tests.apps.randomization import worlds
from tests.apps.supply.helpers import draw
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def kits(cast: Cast, at: datetime) -> list[Kit]:
    return worlds.kits_make(cast, at=at, active=3, placebo=3)


def record(cast: Cast, at: datetime, **changes: Any) -> TemperatureExcursion:
    given = {
        "site_id": cast.site.pk, "began": at - timedelta(hours=5), "ended": at - timedelta(hours=1),
        "min_c": Decimal("4.0"), "max_c": Decimal("31.5"), "note": "air conditioning failed",
        "by": cast.pharmacist, "at": at,
    }  # fmt: skip
    return excursion_record(**{**given, **changes})


def states() -> list[str]:
    return sorted(Kit.objects.values_list("state", flat=True))


def test_all_stored_kits_are_set_aside_and_released_by_a_decision(
    cast: Cast, at: datetime, kits: list[Kit]
) -> None:
    kit_quarantine(kit_id=kits[0].pk, reason="dented", by=cast.pharmacist, at=at)
    found = record(cast, at)
    assert states() == ["QUARANTINED"] * 6
    with pytest.raises(KitMovementRefused, match="waits for the decision"):
        kit_release(kit_id=kits[1].pk, reason="looks fine", by=cast.pharmacist, at=at)
    excursion_decide(
        excursion_id=found.pk, outcome="RELEASE", reason="within the label", by=cast.pharmacist, at=at
    )
    assert states() == ["AVAILABLE"] * 6
    with pytest.raises(Conflict, match="already"):
        excursion_decide(
            excursion_id=found.pk,
            outcome="DESTROY",
            reason="x",
            witness=cast.monitor,
            by=cast.pharmacist,
            at=at,
        )


def test_a_kit_of_two_excursions_waits_for_both(cast: Cast, at: datetime, kits: list[Kit]) -> None:
    first = record(cast, at)
    second = record(cast, at, numbers=[kits[0].number.lower(), f" {kits[1].number} "])
    for found in (first, second):
        excursion_decide(excursion_id=found.pk, outcome="RELEASE", reason="fine", by=cast.pharmacist, at=at)
        if found is first:
            assert states() == ["AVAILABLE"] * 4 + ["QUARANTINED"] * 2
    assert states() == ["AVAILABLE"] * 6


def test_destruction_needs_a_witness(cast: Cast, at: datetime, kits: list[Kit]) -> None:
    found = record(cast, at, numbers=[kits[2].number])
    ask = {
        "excursion_id": found.pk,
        "outcome": "DESTROY",
        "reason": "too warm",
        "by": cast.pharmacist,
        "at": at,
    }
    for witness, code in (
        (None, "witness_missing"),
        (cast.pharmacist, "own_witness"),
        (cast.sponsor, "own_witness"),
    ):
        with pytest.raises(Invalid) as refused:
            excursion_decide(**ask, witness=witness)
        assert [reason.code for reason in refused.value.reasons] == [code]
    excursion_decide(**ask, witness=cast.investigator)
    line = KitMovement.objects.get(movement="DESTROY")
    assert (line.kit_id, line.witness_id, line.reason) == (kits[2].pk, cast.investigator.pk, "too warm")


def test_bad_values_are_refused_with_every_ground(ready: Cast, at: datetime) -> None:
    person = draw(ready, at=at)
    handed_out = Kit.objects.get(participant=person, position=1).number
    with pytest.raises(Invalid) as refused:
        record(ready, at, ended=at + timedelta(hours=1), note="", numbers=[handed_out, "K1"])
    assert [reason.code for reason in refused.value.reasons] == [
        "in_future", "note_missing", "not_stored", "not_stored"
    ]  # fmt: skip
    with pytest.raises(Invalid):
        excursion_decide(
            excursion_id=record(ready, at).pk, outcome="KEEP", reason="", by=ready.pharmacist, at=at
        )


def test_who_may_record_and_see(cast: Cast, at: datetime, kits: list[Kit]) -> None:
    for person in (cast.other_nurse, cast.sponsor, cast.outsider):
        with pytest.raises(NotFound):
            record(cast, at, by=person)
    for person in (cast.nurse, cast.monitor):
        with pytest.raises(NotAllowed):
            record(cast, at, by=person)
    found = record(cast, at)
    assert [one.kit_count for one in selectors.excursions_visible(viewer=cast.monitor, now=at)] == [6]
    assert not selectors.excursions_visible(viewer=cast.other_nurse, now=at)
    with pytest.raises(NotFound):
        excursion_decide(excursion_id=found.pk, outcome="RELEASE", reason="x", by=cast.other_nurse, at=at)


def test_kits_near_their_end_are_listed_by_the_sites_own_date(
    cast: Cast, at: datetime, kits: list[Kit]
) -> None:
    Kit.objects.filter(pk=kits[0].pk).update(expires_on=at.date() + timedelta(days=30))
    Kit.objects.filter(pk=kits[1].pk).update(expires_on=at.date() - timedelta(days=1))

    def listed(now: datetime) -> list[Kit]:
        return list(selectors.kits_expiring(viewer=cast.pharmacist, now=now, within_days=29))

    assert listed(at) == [kits[1]]
    # 23:30 UTC is the next day in Berlin.
    assert listed(at.replace(hour=23, minute=30)) == [kits[1], kits[0]]
    assert not selectors.kits_expiring(viewer=cast.other_nurse, now=at, within_days=29)
