"""Pages of the watch as the tests open them."""

from __future__ import annotations

from typing import Any

from django.test import Client

from apps.accounts.models import User
from apps.dosing.models import DosingSession
from apps.monitoring.models import WatchChange
from tests.factories.cast import PASSWORD

REPORT = "/sessions/attendance/?starts_on=2026-03-10&ends_on=2026-03-10"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def posted(*sessions: DosingSession, version: int = 0, **given: Any) -> dict[str, Any]:
    return {"session": [f"{row.pk}:{version}" for row in sessions], "password": PASSWORD, **given}


def watchers() -> list[tuple[int, str]]:
    rows = WatchChange.objects.order_by("session__chair", "ordinal")
    return [(row.session.chair, str(row.to_person)) for row in rows.select_related("session", "to_person")]
