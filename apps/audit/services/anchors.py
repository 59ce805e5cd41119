"""Anchors: how far the chains have come, under a seal."""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.audit import selectors
from apps.audit.domain.anchors import Anchor, anchor_seal
from apps.audit.models import AuditAnchor

log = logging.getLogger(__name__)


def anchor_set(*, at: datetime) -> Anchor | None:
    """
    Seal how far the chains have come; None if nothing was recorded since the last anchor, or another sets one now.

    A copy goes to the file of `AUDIT_ANCHOR_FILE`, for whoever rules the database rules its anchors too.
    """
    heads, last = selectors.chain_heads(), selectors.anchor_last()
    if not heads or (last is not None and last.heads == heads):
        return None
    anchor = anchor_seal(
        at=at, heads=heads, previous=last.seal if last is not None else "", key=settings.AUDIT_ANCHOR_KEY
    )
    try:
        with transaction.atomic():
            AuditAnchor.objects.create(
                at=at,
                heads={chain: [head.place, head.link] for chain, head in heads.items()},
                previous=anchor.previous,
                seal=anchor.seal,
            )
    except IntegrityError:  # two clocks: the other's anchor stands
        return None
    try:
        settings.AUDIT_ANCHOR_FILE.parent.mkdir(parents=True, exist_ok=True)
        with settings.AUDIT_ANCHOR_FILE.open("a") as file:
            file.write(anchor.line() + "\n")
    except OSError as fault:  # the anchor stands; it only has no copy, and the log says so
        log.error("The copy of an anchor could not be kept: %s", fault)
    return anchor
