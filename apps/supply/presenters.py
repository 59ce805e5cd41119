"""Values for the pages of supply. A count is never split by content: nobody here knows it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from apps.core.templatetags.moments import date_words
from apps.supply.domain.reconciliation import LotExpected
from apps.supply.models import Kit, TemperatureExcursion, WrongKit
from apps.supply.selectors import CountDay, KitInHand, SiteOutlook, SiteStock, StratumOutlook
from apps.supply.services import Recovery


def stock_rows(stock: Iterable[SiteStock]) -> list[dict[str, Any]]:
    """Return one table row per site."""
    return [
        {
            "state": "low_stock" if not entry.usable else "",
            "cells": [
                {"text": str(entry.site), "url": reverse("supply:count", args=[entry.site.pk])},
                {"text": str(entry.usable), "numeric": True},
                {"text": str(entry.quarantined), "numeric": True},
                {"text": str(entry.expired), "numeric": True},
                {"text": str(entry.dispensed), "numeric": True},
                {"text": str(entry.returned), "numeric": True},
                date_words(entry.next_expiry) if entry.next_expiry else "",
            ],
        }
        for entry in stock
    ]


STOCK_COLUMNS = (
    {"label": "Site"},
    {"label": "Usable", "numeric": True},
    {"label": "Quarantined", "numeric": True},
    {"label": "Expired", "numeric": True},
    {"label": "Handed out", "numeric": True},
    {"label": "Taken back", "numeric": True},
    {"label": "Next expiry"},
)


def kit_rows(kits: Iterable[Kit]) -> list[dict[str, Any]]:
    """Return one table row per kit, in the order given."""
    return [
        {
            "cells": [
                {"text": kit.number, "url": reverse("supply:kit", args=[kit.pk])},
                {"text": "", "status": kit.state},
                str(kit.site.code),
                kit.lot,
                date_words(kit.expires_on),
                kit.participant.number if kit.participant else "",
                kit.visit_code,
            ]
        }
        for kit in kits
    ]


KIT_COLUMNS = (
    {"label": "Kit"},
    {"label": "State"},
    {"label": "Site"},
    {"label": "Lot"},
    {"label": "Use by"},
    {"label": "Participant"},
    {"label": "Visit"},
)


def tabs(active: str) -> list[dict[str, Any]]:
    """Return the sections of supply."""
    return [
        {"label": label, "url": reverse(f"supply:{name}"), "active": name == active}
        for name, label in (
            ("list", "Kits"),
            ("outlook", "Outlook"),
            ("excursions", "Temperature"),
            ("wrong_kits", "Wrong kits"),
        )
    ]


EXPIRING_COLUMNS = (
    {"label": "Kit"},
    {"label": "State"},
    {"label": "Site"},
    {"label": "Lot"},
    {"label": "Use by"},
)


def expiring_rows(kits: Iterable[Kit]) -> list[dict[str, Any]]:
    """Return one table row per kit near its end; those past it are marked."""
    return [
        {
            "state": "expired" if kit.expires_on < kit.today else "",
            "cells": [
                {"text": kit.number, "url": reverse("supply:kit", args=[kit.pk])},
                {"text": "", "status": "expired" if kit.expires_on < kit.today else kit.state},
                str(kit.site.code),
                kit.lot,
                date_words(kit.expires_on),
            ],
        }
        for kit in kits
    ]


OUTLOOK_COLUMNS = ({"label": "Site"}, {"label": "Outlook"}, {"label": "Pairs to send", "numeric": True})


def outlook_rows(outlooks: Iterable[SiteOutlook]) -> list[dict[str, Any]]:
    """Return one table row per site."""
    return [
        {
            "state": "low_stock" if one.is_short else "",
            "cells": [str(one.site), one.text, {"text": str(one.pairs), "numeric": True}],
        }
        for one in outlooks
    ]


STRATA_COLUMNS = (
    {"label": "Site"},
    {"label": "Stratum"},
    {"label": "Outlook"},
    {"label": "At the pace of late"},
    {"label": "What may end first"},
)


def strata_rows(outlooks: Iterable[StratumOutlook]) -> list[dict[str, Any]]:
    """Return one table row per site and stratum. No number of places stands in it, and none of participants."""
    return [
        {
            "state": "low_stock" if one.is_short else "",
            "cells": [str(one.site), one.stratum, one.text, one.pace_text, one.because or "Nothing in sight"],
        }
        for one in outlooks
    ]


EXPECTED_COLUMNS = (
    {"label": "Lot"},
    {"label": "On the shelf", "numeric": True},
    {"label": "Usable", "numeric": True},
    {"label": "Set aside", "numeric": True},
    {"label": "Taken back", "numeric": True},
    {"label": "Handed out", "numeric": True},
)


def expected_rows(lots: Iterable[LotExpected]) -> list[dict[str, Any]]:
    """Return one table row per lot: what the ledger says should be there."""
    return [
        {
            "cells": [
                lot.lot,
                *(
                    {"text": str(number), "numeric": True}
                    for number in (lot.on_shelf, lot.available, lot.quarantined, lot.returned, lot.dispensed)
                ),
            ]
        }
        for lot in lots
    ]


COUNT_COLUMNS = (
    {"label": "When"},
    {"label": "Lot"},
    {"label": "Expected", "numeric": True},
    {"label": "Counted", "numeric": True},
    {"label": "Counted by"},
    {"label": "Witness"},
    {"label": "Reason"},
)


def count_rows(days: Iterable[CountDay], *, zone: str) -> list[dict[str, Any]]:
    """Return one table row per lot and count, newest first; differences are marked."""
    return [
        {
            "state": "low_stock" if row.counted != row.expected else "",
            "cells": [
                {"time": day.as_of, "zone": zone},
                row.lot,
                {"text": str(row.expected), "numeric": True},
                {"text": str(row.counted), "numeric": True},
                day.counted_by,
                day.witness,
                row.reason,
            ],
        }
        for day in days
        for row in day.rows
    ]


HANDOVER_COLUMNS = (
    {"label": "Device"},
    {"label": "Kit"},
    {"label": "State"},
    {"label": "Use by"},
    {"label": "Read"},
)


def handover_rows(kits: Iterable[KitInHand], *, zone: str) -> list[dict[str, Any]]:
    """Return one table row per kit of a visit, in the order of use."""
    return [
        {
            "cells": [
                str(one.kit.position or ""),
                {"text": one.kit.number, "url": reverse("supply:kit", args=[one.kit.pk])},
                {"text": "", "status": one.kit.state},
                date_words(one.kit.expires_on),
                {
                    "text": "",
                    "time": one.confirmation.at,
                    "zone": zone,
                    "note": f"by {one.confirmation.recorded_by}",
                }
                if one.confirmation
                else "",
            ]
        }
        for one in kits
    ]


WRONG_KIT_COLUMNS = (
    {"label": "When"},
    {"label": "Participant"},
    {"label": "Visit"},
    {"label": "Kit"},
    {"label": "Deviation"},
    {"label": "What happened"},
    {"label": "By"},
)


def wrong_kit_rows(rows: Iterable[WrongKit]) -> list[dict[str, Any]]:
    """Return one table row per wrong kit; those that were given are marked."""
    return [
        {
            "state": "urgent" if row.was_administered else "",
            "cells": [
                {"time": row.recorded_at, "zone": row.participant.site.time_zone},
                row.participant.number,
                row.visit_code,
                {"text": row.kit.number, "url": reverse("supply:kit", args=[row.kit_id])},
                row.deviation,
                row.reason,
                str(row.recorded_by),
            ],
        }
        for row in rows
    ]


EXCURSION_COLUMNS = (
    {"label": "Began"},
    {"label": "Ended"},
    {"label": "Site"},
    {"label": "°C"},
    {"label": "Kits", "numeric": True},
    {"label": "Decision"},
)


def excursion_rows(rows: Iterable[TemperatureExcursion]) -> list[dict[str, Any]]:
    """Return one table row per excursion; those that wait for a decision are marked."""
    return [
        {
            "state": "" if hasattr(row, "decision") else "quarantined",
            "cells": [
                {
                    "text": moment_words(row.began, row.site.time_zone),
                    "url": reverse("supply:excursion", args=[row.pk]),
                },
                moment_words(row.ended, row.site.time_zone),
                str(row.site.code),
                f"{row.min_c} to {row.max_c}",
                {"text": str(row.kit_count), "numeric": True},
                row.decision.get_outcome_display() if hasattr(row, "decision") else "Waiting",
            ],
        }
        for row in rows
    ]


def moment_words(value: datetime, zone: str) -> str:
    """Return a moment on a site's clock."""
    local = value.astimezone(ZoneInfo(zone))
    return f"{date_words(local)} {local:%H:%M}"


def recovery_words(done: Recovery) -> str:
    """Return what was put right."""
    replaced = (
        f" Participant {done.owner_number} has a new kit: {', '.join(done.replaced)}."
        if done.replaced
        else ""
    )
    return f"{done.record.deviation}{replaced}"


def short_words(done: Recovery) -> str:
    """Return what could not be put right for want of stock."""
    return (
        f"No replacement could be handed out for participant {done.owner_number}: the site's stock does not cover it. "
        "Hand it out from the page of their visit once kits are there."
    )
