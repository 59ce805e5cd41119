"""The board, the chair, handing over and the prescriber, as pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import time_machine

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.dosing.models import DosingSession
from apps.monitoring import services
from apps.monitoring.models import WatchChange
from tests.apps.monitoring.scene import seat
from tests.apps.monitoring.watch import MINUTE, take
from tests.apps.monitoring.watch_pages import posted, signed_in, watchers
from tests.factories.cast import PASSWORD, Cast


def test_the_board_says_who_watches_and_that_nobody_does_and_moves_no_tile(
    cast: Cast, second: User, session: DosingSession, moment: datetime, at: datetime
) -> None:
    for chair in (2, 3):
        seat(cast, at=at, chair=chair, number=f"DE01-000{chair}")
    take(DosingSession.objects.get(chair=2), cast.nurse, at)
    take(DosingSession.objects.get(chair=3), second, at)
    for address in ("/sessions/", "/sessions/?mine=1", "/sessions/now/?mine=1"):
        html = signed_in(cast.nurse).get(address).content.decode()
        one, two, three = (html.index(f'aria-label="Chair {chair}"') for chair in (1, 2, 3))
        assert one < two < three
        assert "Nobody is watching" in html[one:two]
        assert "for 40 min" in html[one:two]
        assert "Nadia Klein" in html[two:three]
        assert "You watch" in html[two:three]
        assert "Nils Berg" in html[three:]
        assert ">NB<" in html[three:]
        assert "You watch" not in html[three:]
    assert "chairs--mine" not in signed_in(cast.nurse).get("/sessions/").content.decode()


def test_the_board_changes_its_mark_when_the_watch_or_the_presence_does(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    client = signed_in(cast.nurse)

    def mark() -> str:
        return client.get("/sessions/now/").headers["ETag"]

    marks = [mark()]
    take(session, cast.nurse, moment)
    marks.append(mark())
    services.prescriber_mark(site_id=cast.site.pk, on_site=True, by=cast.investigator, at=moment)
    marks.append(mark())
    assert len(set(marks)) == 3


def test_the_chair_says_loudly_that_nobody_watches_and_offers_to_take_over(
    cast: Cast, session: DosingSession, moment: datetime, at: datetime
) -> None:
    page = f"/sessions/{session.pk}/watch/"
    html = signed_in(cast.nurse).get(page).content.decode()
    assert "Nobody is watching" in html
    assert f"/sessions/handover/?session={session.pk}" in html
    take(session, cast.nurse, at + MINUTE)
    html = signed_in(cast.nurse).get(page).content.decode()
    assert "You watch" in html
    assert "Leave without a successor" in html
    assert "Nobody is watching" not in html
    html = signed_in(cast.monitor).get(page).content.decode()
    assert "Nadia Klein watches" in html
    assert "/sessions/handover/" not in html


def test_before_the_first_spray_the_page_of_the_devices_says_who_will_watch(
    cast: Cast, second: User, at: datetime, time_machine_at: datetime
) -> None:
    session = seat(cast, at=at, minutes=None, state="CLEARED")
    note = f"/sessions/{session.pk}/watch/spray-note/"
    html = signed_in(cast.nurse).get(note).content.decode()
    assert "you</strong> become the watcher" in html
    assert "No prescriber is marked on site" in html
    assert "noted as a finding" in html
    take(session, second, at)
    services.prescriber_mark(site_id=cast.site.pk, on_site=True, by=cast.investigator, at=at)
    html = signed_in(cast.nurse).get(note).content.decode()
    assert "Nils Berg watches this participant from the first spray on" in html
    assert "Prescriber on site: Ivo Brandt" in html


# --- handing over


def test_a_shift_is_handed_over_at_the_givers_screen_with_the_takers_password(
    cast: Cast, second: User, session: DosingSession, moment: datetime, at: datetime
) -> None:
    other = seat(cast, at=at, chair=2, number="DE01-0002")
    for row in (session, other):
        take(row, cast.nurse, at)
    second.set_password("quite another horse")
    second.save()
    client = signed_in(cast.nurse)
    html = client.get(f"/sessions/handover/?of={cast.nurse.pk}").content.decode()
    assert html.count(" checked") == 2
    body = posted(session, other, version=1, person=str(second.pk))
    refused = client.post("/sessions/handover/", body)
    assert refused.status_code == 403
    assert "The password is not right" in refused.content.decode()
    assert refused.content.decode().count(" checked") == 2
    answer = client.post("/sessions/handover/", {**body, "password": "quite another horse"})
    assert answer.status_code == 302
    assert watchers() == [(1, "Nadia Klein"), (1, "Nils Berg"), (2, "Nadia Klein"), (2, "Nils Berg")]
    told = AuditEvent.objects.filter(kind="watch.taken", actor_id=second.pk)
    assert {event.detail["signed_in"] for event in told} == {cast.nurse.email}


def test_an_old_page_is_answered_with_who_watches_now(
    cast: Cast, second: User, session: DosingSession, moment: datetime, at: datetime
) -> None:
    take(session, second, at)
    answer = signed_in(cast.nurse).post("/sessions/handover/", posted(session, person=str(cast.nurse.pk)))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "is watched by Nils Berg (version 1)" in html
    assert f'value="{session.pk}:1"' in html


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"session": ["x"], "person": "y", "password": "z"},
        {"session": ["\x00:1"], "person": "", "password": "\x00"},
        {"session": ["00000000-0000-4000-8000-000000000000:99999999999999999999"]},
    ],
)
@pytest.mark.parametrize("page", ["/sessions/handover/", "/sessions/handover/leave/"])
def test_no_post_makes_the_server_fall(
    cast: Cast, session: DosingSession, moment: datetime, page: str, body: dict[str, Any]
) -> None:
    given = {"person": str(cast.nurse.pk), "reason": "x", "password": PASSWORD, **body}
    for sent in (body, given):
        assert 400 <= signed_in(cast.nurse).post(page, sent).status_code < 500
    assert not WatchChange.objects.exists()


def test_who_leaves_signs_with_a_reason(
    cast: Cast, second: User, session: DosingSession, moment: datetime, at: datetime
) -> None:
    take(session, cast.nurse, at)
    other = seat(cast, at=at, chair=2, number="DE01-0002")
    take(other, second, at)
    client = signed_in(cast.nurse)
    html = client.get(f"/sessions/handover/leave/?session={session.pk}").content.decode()
    assert "DE01-0001" in html
    assert "DE01-0002" not in html
    page = "/sessions/handover/leave/"
    assert client.post(page, posted(session, version=1, reason="")).status_code == 422
    assert client.post(page, posted(session, version=1, reason="Ill", password="no")).status_code == 403
    assert client.post(page, posted(other, version=1, reason="Ill")).status_code == 409
    assert client.post(page, posted(session, version=1, reason="Ill")).status_code == 302
    assert watchers()[1] == (1, "None")
    assert "Nobody is watching" in client.get("/sessions/").content.decode()


@pytest.mark.parametrize(
    ("role", "status"),
    [("COORDINATOR", 403), ("MONITOR", 403), ("SPONSOR", 404), ("EFFICACY_RATER", 404)],
)
def test_who_may_not_watch_has_no_page_of_it(
    cast: Cast, session: DosingSession, moment: datetime, role: str, status: int
) -> None:
    for page in ("/sessions/handover/", "/sessions/handover/leave/"):
        assert signed_in(cast.by_role[role]).get(page).status_code == status


# --- the prescriber


def test_a_prescriber_marks_themselves_on_the_board(
    cast: Cast, session: DosingSession, moment: datetime
) -> None:
    client, mark = signed_in(cast.investigator), f"/sessions/sites/{cast.site.pk}/presence/"
    html = client.get("/sessions/").content.decode()
    assert "No prescriber on site" in html
    assert "although somebody is being monitored" in html
    assert "I am on site" in html
    assert client.post(mark, {"on_site": "yes"}).status_code == 302
    html = client.get("/sessions/").content.decode()
    assert "Ivo Brandt" in html
    assert "I leave the site" in html
    assert "No prescriber on site" not in html
    with time_machine.travel(moment + MINUTE, tick=False):
        client.post(mark, {"on_site": "no"})
        assert "No prescriber on site" in client.get("/sessions/").content.decode()
    assert "I am on site" not in signed_in(cast.nurse).get("/sessions/").content.decode()
    assert signed_in(cast.nurse).post(mark, {"on_site": "yes"}).status_code == 403
    assert signed_in(cast.other_investigator).post(mark, {"on_site": "yes"}).status_code == 404
