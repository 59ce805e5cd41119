"""The one way to leave a trace of an act. Called inside the transaction of the act itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.audit import selectors
from apps.audit.domain.anchors import Anchor, anchor_seal
from apps.audit.models import AuditAnchor, AuditEvent
from apps.core.writing import row_add

log = logging.getLogger(__name__)


class Actor(Protocol):
    """Whoever acts: a person who uses the system, or the system account."""

    id: Any
    email: str


def event_of(
    *,
    kind: str,
    by: Actor,
    at: datetime,
    subject: Any = None,
    study: str = "",
    site: str = "",
    participant: str = "",
    roles: str = "",
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """
    Return one act, not recorded yet: for a service that writes it in the one statement it writes all else in.

    `kind` is `<entity>.<past participle>`; `detail` never holds an arm or an identity.

    :raises ValueError: if nobody is named as the actor
    """
    if by is None or getattr(by, "id", None) is None:
        raise ValueError("An act without an actor cannot be recorded.")
    return AuditEvent(
        at=at,
        kind=kind,
        actor_id=by.id,
        actor_label=by.email,
        actor_roles=roles,
        study_code=study,
        site_code=site,
        participant_number=participant,
        subject_type=type(subject).__name__ if subject is not None else "",
        subject_id=str(getattr(subject, "pk", "") or ""),
        reason=reason,
        detail=dict(detail or {}),
    )


def event_record(*, kind: str, by: Actor, at: datetime, **told: Any) -> AuditEvent:
    """
    Record one act; see `event_of` for what may be told of it.

    :raises ValueError: if nobody is named as the actor
    """
    event = event_of(kind=kind, by=by, at=at, **told)
    row_add(event)
    return event


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
