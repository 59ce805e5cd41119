"""Values for the pages of supply. A count is never split by content: nobody here knows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from apps.core.templatetags.moments import date_words
from apps.supply.models import Kit
from apps.supply.selectors import SiteStock


def stock_rows(stock: Iterable[SiteStock]) -> list[dict[str, Any]]:
    """Return one table row per site."""
    return [
        {
            "state": "low_stock" if not entry.usable else "",
            "cells": [
                str(entry.site),
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
