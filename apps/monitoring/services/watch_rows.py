"""One change of a watch, written at the end of its chain; shared by whatever makes the watch change hands."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.exceptions import Refused
from apps.dosing.models import DosingSession
from apps.monitoring.domain.watchers import WatchAct
from apps.monitoring.models import WatchChange
from apps.monitoring.selectors import Watching


class WatchRefused(Refused):
    """The watch cannot change hands like this."""

    code = "watch_refused"
    title = "The watch cannot change hands like this"


def sessions_to_lock() -> QuerySet[DosingSession]:
    return DosingSession.objects.select_related("site", "participant__study", "participant__protocol_version")


def change_write(
    entry: Watching,
    *,
    act: WatchAct,
    to: User | None,
    by: User,
    at: datetime,
    happened_at: datetime | None = None,
    signature: UUID | None = None,
    reason: str = "",
) -> WatchChange:
    return WatchChange.objects.create(
        session=entry.session,
        ordinal=entry.version + 1,
        act=act.value,
        from_person=entry.watcher,
        to_person=to,
        at=happened_at or at,
        signature=signature,
        reason=reason,
        recorded_at=at,
        recorded_by=by,
    )
