"""Writing one entry and leaving its trace: shared by everything that makes a deviation."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.dosing.models import DosingSession
from apps.participants.models import Participant
from apps.quality.domain.deviations import Classed, Origin
from apps.quality.models import Deviation
from apps.schedule.models import Visit


def entry_write(
    *,
    participant: Participant,
    kind: str,
    key: str,
    said: Classed,
    happened: str,
    happened_at: datetime,
    discovered_at: datetime,
    by: User,
    at: datetime,
    origin: Origin = Origin.SYSTEM,
    source: tuple[str, UUID | None] = ("", None),
    session: DosingSession | None = None,
    visit: Visit | None = None,
    category_reason: str = "",
    action: str = "",
) -> tuple[Deviation, bool]:
    """Write an entry once for its key; return it, and whether it is new."""
    made, new = Deviation.objects.get_or_create(
        participant=participant,
        key=key,
        defaults={
            "site": participant.site,
            "visit": visit or (session.visit if session else None),
            "session": session,
            "kind": kind,
            "origin": origin.value,
            "source_kind": source[0],
            "source_id": source[1],
            "category": said.category,
            "category_ground": said.ground,
            "category_reason": category_reason,
            "reportable": said.reportable,
            "happened": happened,
            "happened_at": happened_at,
            "discovered_at": discovered_at,
            "action": action,
            "recorded_at": at,
            "recorded_by": by,
        },
    )
    if new:
        act_record(
            "deviation.recorded",
            made,
            by=by,
            at=at,
            detail={"kind": kind, "category": said.category, "origin": origin.value, "source": source[0]},
        )
    return made, new


def act_record(
    kind: str, deviation: Deviation, *, by: User, at: datetime, detail: dict[str, Any], reason: str = ""
) -> None:
    """Leave the trace of an act on a deviation."""
    event_record(
        kind=kind,
        by=by,
        at=at,
        subject=deviation,
        study=deviation.participant.study.code,
        site=deviation.site.code,
        participant=deviation.participant.number,
        reason=reason,
        detail=detail,
    )
