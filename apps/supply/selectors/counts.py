"""What a site should hold by its ledger, what was counted, and the accountability log."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Site
from apps.supply.domain.accountability import LogKit, LogLine, log_csv
from apps.supply.domain.kits import KitState, Movement
from apps.supply.domain.reconciliation import LedgerLine, LotExpected, expected
from apps.supply.models import Kit, KitMovement, StockCount


@dataclass(frozen=True, slots=True)
class CountDay:
    """The counts of one moment, lot by lot."""

    on: date
    as_of: datetime
    counted_by: str
    witness: str
    rows: tuple[StockCount, ...]

    @property
    def agrees(self) -> bool:
        """Say whether everything was there."""
        return all(row.counted == row.expected for row in self.rows)


def site_get(*, viewer: User, site_id: UUID, now: datetime) -> Site:
    """Return a site whose kits the viewer may see. Raises NotFound for one that is absent or not theirs."""
    sites = access.sites_where(user=viewer, permission=Permission.KIT_READ, now=now)
    found = sites.select_related("study").filter(pk=site_id).first()
    if found is None:
        raise NotFound("There is no such site.")
    return found


def stock_expected(*, site: Site, until: datetime) -> tuple[LotExpected, ...]:
    """Return what the ledger says should be at a site, by lot. The caller has checked who asks."""
    lines = (
        KitMovement.objects.filter(kit__site=site, at__lte=until)
        .order_by("kit_id", "-line")
        .distinct("kit_id")
        .values_list("kit__number", "kit__lot", "line", "at", "to_state")
    )
    return expected(
        (LedgerLine(kit, lot, line, at, KitState(state)) for kit, lot, line, at, state in lines), until
    )


def counts_recent(*, site: Site, limit: int = 30) -> tuple[CountDay, ...]:
    """Return the latest counts of a site, newest first. The caller has checked who asks."""
    rows: QuerySet[StockCount] = (
        StockCount.objects.filter(site=site)
        .select_related("recorded_by", "witness")
        .order_by("-as_of", "lot", "id")[: limit * 20]
    )
    days: defaultdict[datetime, list[StockCount]] = defaultdict(list)
    for row in rows:
        days[row.as_of].append(row)
    return tuple(
        CountDay(
            on=found[0].on,
            as_of=moment,
            counted_by=found[0].recorded_by.get_full_name(),
            witness=found[0].witness.get_full_name(),
            rows=tuple(found),
        )
        for moment, found in list(days.items())[:limit]
    )


def accountability_csv(*, site: Site) -> str:
    """Return the accountability log of a site as CSV, by kit number, in the site's time."""
    kits = (
        Kit.objects.filter(site=site)
        .order_by("number")
        .prefetch_related("movements__recorded_by", "movements__witness", "movements__participant")
    )
    return log_csv((_log_kit(kit) for kit in kits), zone=ZoneInfo(site.time_zone))


def _log_kit(kit: Kit) -> LogKit:
    return LogKit(
        number=kit.number,
        serial=kit.serial,
        lot=kit.lot,
        expires_on=kit.expires_on,
        state=kit.state,
        visit=kit.visit_code,
        device=kit.position,
        lines=[
            LogLine(
                movement=Movement(line.movement),
                at=line.at,
                by=line.recorded_by.get_full_name(),
                participant=line.participant.number if line.participant else "",
                witness=line.witness.get_full_name() if line.witness else "",
                reason=line.reason,
            )
            for line in sorted(kit.movements.all(), key=lambda line: line.line)
        ],
    )
