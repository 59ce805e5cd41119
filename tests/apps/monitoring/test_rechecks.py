"""Readings to be taken again ask by themselves, at the chairside and on the board, while a finding is open."""

from __future__ import annotations

from datetime import datetime, timedelta

import time_machine
from django.test import Client

from apps.monitoring import selectors
from apps.monitoring.presenters.session import due_items
from tests.apps.monitoring.scene import Nurse
from tests.factories.cast import Cast

MINUTE = timedelta(minutes=1)


def test_a_recheck_asks_on_page_and_board_until_the_finding_is_over(
    cast: Cast, nurse: Nurse, at: datetime
) -> None:
    client, moment = Client(), at + 42 * MINUTE

    def asked(now: datetime) -> list[bool]:
        with time_machine.travel(now, tick=False):
            client.force_login(cast.nurse)
            pages = [client.get(f"/sessions/{nurse.session.pk}/watch/now/"), client.get("/sessions/now/")]
        return [b"MOAA/S again" in page.content for page in pages]

    def again_at(now: datetime) -> list[datetime]:
        seen = selectors.watch(viewer=cast.nurse, session_id=nurse.session.pk, now=now)
        return [item["due_at"] for item in due_items(seen) if "again" in item["label"]]

    nurse.records(moment, moaas=1)
    assert asked(moment + MINUTE) == [True, True]
    assert again_at(moment + MINUTE) == [moment + 5 * MINUTE]
    nurse.records(moment + 6 * MINUTE, moaas=2)  # E6 is found anew, E7 not over: one look answers both
    assert again_at(moment + 7 * MINUTE) == [moment + 11 * MINUTE]
    nurse.records(moment + 11 * MINUTE, moaas=4)  # both over; mild sedation asks every fifteen minutes
    assert asked(moment + 12 * MINUTE) == [True, True]
    assert again_at(moment + 12 * MINUTE) == [moment + 26 * MINUTE]
    nurse.records(moment + 26 * MINUTE, moaas=5)
    assert asked(moment + 27 * MINUTE) == [False, False]
