"""Who watches whom, as the tests say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import User
from apps.accounts.selectors import system_user
from apps.dosing.models import DosingSession
from apps.monitoring import services
from apps.monitoring.selectors import watching
from apps.studies.domain.loading import digest, from_document
from apps.studies.models import ProtocolVersion
from tests.factories.cast import Cast

MINUTE = timedelta(minutes=1)


def take(
    sessions: DosingSession | Iterable[DosingSession], by: User, at: datetime, version: int = 0, **given: Any
) -> Any:
    rows = [sessions] if isinstance(sessions, DosingSession) else list(sessions)
    return services.watch_take_over(expected={row.pk: version for row in rows}, by=by, at=at, **given)


def leave(
    session: DosingSession, by: User, at: datetime, version: int = 1, reason: str = "Fire alarm"
) -> Any:
    return services.watch_leave(expected={session.pk: version}, reason=reason, by=by, at=at)


def watcher_of(session: DosingSession, at: datetime) -> User | None:
    return watching(viewer=session.recorded_by, session_id=session.pk, now=at).watcher


def with_rule(cast: Cast, *, at: datetime, **changes: Any) -> Cast:
    """The cast under an amendment that says something else of who must be there."""
    document = {**cast.version.document, "monitoring": {**cast.version.document["monitoring"], **changes}}
    protocol = from_document(document)
    amended = ProtocolVersion.objects.create(
        study=cast.study,
        number=2,
        label="2.0",
        document=document,
        digest=digest(protocol),
        effective_at=at - timedelta(days=1),
        recorded_at=at,
        recorded_by=system_user(),
    )
    return replace(cast, version=amended)


def mark(cast: Cast, at: datetime, *, on_site: bool, by: User | None = None) -> bool:
    return services.prescriber_mark(site_id=cast.site.pk, on_site=on_site, by=by or cast.investigator, at=at)
