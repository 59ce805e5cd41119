"""Counting a site's shelf before a witness, lot by lot, against the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Invalid, Reason
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.supply import selectors
from apps.supply.domain.kits import ON_THE_SHELF, KitState, Movement, number_read
from apps.supply.domain.reconciliation import LotCount, count_faults, seen_faults
from apps.supply.models import Kit, StockCount
from apps.supply.services.gateway import Line, lines_write
from apps.supply.services.witness import may_witness


@transaction.atomic
def stock_count(
    *,
    site_id: UUID,
    counts: Mapping[str, LotCount],
    seen: Sequence[str] = (),
    witness: User,
    by: User,
    at: datetime,
) -> tuple[StockCount, ...]:
    """
    Keep a count of every lot on a site's shelf; kits that were scanned get a line of their own in the ledger.

    :raises NotFound: if there is no such site, or it is not the person's
    :raises NotAllowed: if the person may not keep the site's stock
    :raises Invalid: with every ground: a lot left out, a difference without a reason, the person as own witness
    """
    site = selectors.site_get(viewer=by, site_id=site_id, now=at)
    access.check(user=by, permission=Permission.KIT_RECEIVE, site_id=site.pk, now=at)
    # Nothing is locked: a draw must not wait for a count. A kit that moves meanwhile is refused by the gateway.
    shelf = {kit.number: kit for kit in Kit.objects.filter(site=site, state__in=ON_THE_SHELF)}
    should = selectors.stock_expected(site=site, until=at)
    numbers = [number_read(number) for number in seen if number.strip()]
    faults = [
        *count_faults(should, counts),
        *seen_faults(numbers, shelf={number: kit.lot for number, kit in shelf.items()}, counts=counts),
    ]
    if witness.pk == by.pk or not may_witness(witness, site_id=site.pk, at=at):
        faults.append(
            Reason("own_witness", "The witness must be another person who may see the kits.", "witness_email")
        )
    if faults:
        raise Invalid.because(faults)

    lines_write(
        [
            Line(
                shelf[number].pk, Movement.COUNT, KitState(shelf[number].state), KitState(shelf[number].state)
            )
            for number in sorted(numbers)
        ],
        by=by,
        at=at,
        witness=witness,
    )
    on_shelf = {lot.lot: lot.on_shelf for lot in should}
    kept = StockCount.objects.bulk_create(
        StockCount(
            site=site,
            lot=lot,
            as_of=at,
            on=at.astimezone(ZoneInfo(site.time_zone)).date(),
            expected=on_shelf.get(lot, 0),
            counted=count.counted,
            witness=witness,
            reason=count.reason.strip(),
            recorded_at=at,
            recorded_by=by,
        )
        for lot, count in sorted(counts.items())
    )
    event_record(
        kind="stock.counted",
        by=by,
        at=at,
        subject=site,
        study=site.study.code,
        site=site.code,
        reason="; ".join(f"{row.lot}: {row.reason}" for row in kept if row.reason),
        detail={
            "witness": witness.email,
            "scanned": len(numbers),
            "lots": {row.lot: {"expected": row.expected, "counted": row.counted} for row in kept},
        },
    )
    return tuple(kept)


@transaction.atomic
def accountability_export(*, site_id: UUID, by: User, at: datetime) -> str:
    """Return a site's accountability log as CSV, and leave a record that it was taken. Raises NotFound."""
    site = selectors.site_get(viewer=by, site_id=site_id, now=at)
    text = selectors.accountability_csv(site=site)
    event_record(
        kind="accountability.exported", by=by, at=at, subject=site, study=site.study.code, site=site.code
    )
    return text
