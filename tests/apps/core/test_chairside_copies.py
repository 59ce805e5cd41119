"""Which pages a tablet may keep, and for whom."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from tests.apps.monitoring.scene import seat
from tests.factories.cast import Cast

pytestmark = pytest.mark.usefixtures("time_machine_at")


def test_only_the_pages_of_the_chair_may_be_kept_and_only_for_their_reader(
    cast: Cast, client: Client, at: datetime
) -> None:
    session = seat(cast, at=at, minutes=30, chair=1, number="DE01-0001")
    client.force_login(cast.nurse)
    for path in ("/sessions/", f"/sessions/{session.pk}/", f"/sessions/{session.pk}/watch/"):
        answer = client.get(path)
        assert answer["Vigil-Copy-For"] == str(cast.nurse.pk), path
        assert answer["Cache-Control"] == "private, no-store"
    for path in ("/sessions/now/", f"/sessions/{session.pk}/watch/now/", "/participants/", "/sign-in/"):
        assert "Vigil-Copy-For" not in client.get(path), path


def test_a_refused_page_and_a_refused_entry_are_never_kept(cast: Cast, client: Client, at: datetime) -> None:
    session = seat(cast, at=at, minutes=30, chair=1, number="DE01-0001")
    client.force_login(cast.other_nurse)
    assert "Vigil-Copy-For" not in client.get(f"/sessions/{session.pk}/watch/")
    client.force_login(cast.nurse)
    assert "Vigil-Copy-For" not in client.post(f"/sessions/{session.pk}/watch/", {"hr": "9999"})
    client.logout()
    assert "Vigil-Copy-For" not in client.get("/sessions/")


def test_the_worker_is_served_from_where_it_may_look(cast: Cast, client: Client) -> None:
    answer = client.get("/sessions/worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    assert b"Vigil-Copy-For" in answer.content


def test_signing_out_clears_the_browsers_store_but_never_what_is_kept_to_be_sent(
    cast: Cast, client: Client
) -> None:
    client.force_login(cast.nurse)
    assert client.post("/sign-out/")["Clear-Site-Data"] == '"cache"'
