"""A shelf is counted by one person before another, against the ledger, and differences are explained."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from apps.audit.models import AuditEvent
from apps.core.exceptions import Invalid, NotAllowed, NotFound
from apps.supply import selectors
from apps.supply.domain.reconciliation import LotCount, LotExpected
from apps.supply.models import Kit, KitMovement, StockCount
from apps.supply.services import accountability_export, kit_quarantine, kit_return, stock_count, witness_check
from tests.apps.randomization import worlds
from tests.apps.supply.helpers import draw
from tests.factories.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def lot(cast: Cast, at: datetime) -> str:
    kits = worlds.kits_make(cast, at=at, active=3, placebo=3)
    kit_quarantine(kit_id=kits[0].pk, reason="box dented", by=cast.pharmacist, at=at)
    return kits[0].lot


def test_what_should_be_there_follows_every_movement(ready: Cast, at: datetime) -> None:
    (before,) = selectors.stock_expected(site=ready.site, until=at)
    assert before == LotExpected(before.lot, available=150)
    later = at + timedelta(hours=1)
    person = draw(ready, at=later)
    kit = Kit.objects.get(participant=person, visit_code="D1", position=3)
    kit_return(kit_id=kit.pk, reason="not needed", by=ready.pharmacist, at=later)
    (after,) = selectors.stock_expected(site=ready.site, until=later)
    assert after == LotExpected(before.lot, available=147, dispensed=2, returned=1)
    assert selectors.stock_expected(site=ready.site, until=at) == (before,)
    assert selectors.stock_expected(site=ready.other_site, until=later) == ()


def test_a_count_is_kept_with_its_witness_and_scanned_kits_get_a_line(
    cast: Cast, at: datetime, lot: str
) -> None:
    numbers = [f" {number.lower()} " for number in Kit.objects.values_list("number", flat=True)]
    (row,) = stock_count(
        site_id=cast.site.pk, counts={lot: LotCount(6)}, seen=numbers,
        witness=cast.investigator, by=cast.pharmacist, at=at,
    )  # fmt: skip
    assert (row.expected, row.counted, row.on) == (6, 6, at.date())
    lines = KitMovement.objects.filter(movement="COUNT")
    assert {line.witness_id for line in lines} == {cast.investigator.pk}
    assert sorted(lines.values_list("to_state", flat=True)) == ["AVAILABLE"] * 5 + ["QUARANTINED"]
    assert AuditEvent.objects.get(kind="stock.counted").detail["lots"] == {lot: {"expected": 6, "counted": 6}}
    (day,) = selectors.counts_recent(site=cast.site)
    assert day.agrees
    assert day.witness == "Ivo Brandt"


def test_a_difference_needs_a_reason_and_stays_on_record(cast: Cast, at: datetime, lot: str) -> None:
    ask = {"site_id": cast.site.pk, "witness": cast.monitor, "by": cast.pharmacist, "at": at}
    with pytest.raises(Invalid) as refused:
        stock_count(**ask, counts={lot: LotCount(5)})
    assert [reason.code for reason in refused.value.reasons] == ["difference_unexplained"]
    stock_count(**ask, counts={lot: LotCount(5, "one box empty")})
    (day,) = selectors.counts_recent(site=cast.site)
    assert not day.agrees
    with pytest.raises(DatabaseError), transaction.atomic():
        StockCount.objects.update(counted=6)
    with pytest.raises(DatabaseError), transaction.atomic():
        day.rows[0].delete()


def test_who_may_count_and_who_may_witness(cast: Cast, at: datetime, lot: str) -> None:
    ask = {"site_id": cast.site.pk, "counts": {lot: LotCount(6)}, "at": at}
    for witness in (cast.pharmacist, cast.sponsor, cast.other_nurse, cast.outsider):
        with pytest.raises(Invalid) as refused:
            stock_count(**ask, by=cast.pharmacist, witness=witness)
        assert [reason.code for reason in refused.value.reasons] == ["own_witness"]
    with pytest.raises(NotAllowed):
        stock_count(**ask, by=cast.nurse, witness=cast.monitor)
    with pytest.raises(NotFound):
        stock_count(**ask, by=cast.other_nurse, witness=cast.monitor)
    assert not StockCount.objects.exists()


def test_a_witness_signs_with_their_own_password(cast: Cast, at: datetime) -> None:
    ask = {"site_id": cast.site.pk, "meaning": "stock count", "by": cast.pharmacist, "at": at}
    assert witness_check(**ask, email=" MONA.LIND@example.org", password=PASSWORD) == cast.monitor
    words = set()
    for email, password in (
        ("mona.lind@example.org", "wrong"),
        ("nobody@example.org", PASSWORD),
        ("noah.reed@example.org", PASSWORD),
        ("sven.holm@example.org", PASSWORD),
    ):
        with pytest.raises(NotAllowed) as refused:
            witness_check(**ask, email=email, password=password)
        words.add(str(refused.value))
    assert len(words) == 1
    with pytest.raises(Invalid, match="another person"):
        witness_check(**ask, email=cast.pharmacist.email, password=PASSWORD)
    assert AuditEvent.objects.filter(kind="signature.failed", actor_id=cast.monitor.pk).count() == 1


def test_the_accountability_log_holds_every_kit_and_no_content(ready: Cast, at: datetime) -> None:
    person = draw(ready, at=at)
    text = accountability_export(site_id=ready.site.pk, by=ready.pharmacist, at=at)
    lines = text.splitlines()
    assert len(lines) == 151
    assert sum(person.number in line for line in lines) == 3
    assert "ACTIVE" not in text
    assert "PLACEBO" not in text
    assert AuditEvent.objects.filter(kind="accountability.exported").count() == 1
    with pytest.raises(NotFound):
        accountability_export(site_id=ready.site.pk, by=ready.other_nurse, at=at)
