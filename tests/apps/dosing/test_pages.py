"""The session page: one participant from the chair to the two hours, by people of different roles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from apps.dosing import selectors
from apps.dosing.models import DosingSession
from apps.participants.models import Participant
from apps.supply.models import KitMovement
from tests.factories.cast import PASSWORD, Cast
from tests.factories.treatment import (
    checked_in,
    cleared,
    in_treatment,
    kit_number,
    observing,
    sprayed,
    stock_make,
    visit_of,
)

pytestmark = pytest.mark.django_db

PASSING = {
    "gate-IDENTITY": "yes",
    "gate-FOOD": "at",
    "gate-FOOD-time": "07:00",
    "gate-LIQUID": "none",
    "gate-NASAL": "none",
    "gate-SEDATIVE": "at",
    "gate-SEDATIVE-time": "20:15",
    "gate-ALCOHOL": "none",
    "gate-BP-sbp": "126",
    "gate-BP-dbp": "80",
    "gate-SPO2": "98",
    "gate-CSSRS_IDEATION": "1",
    "gate-CSSRS_BEHAVIOR": "yes",
    "gate-MOAAS": "5",
    "gate-REVIEW": "yes",
    "gate-SCALES_FIRST": "yes",
    "gate-PREGNANCY": "yes",
    "gate-ESCORT": "yes",
}


@pytest.fixture(autouse=True)
def morning(at: datetime) -> Iterator[Any]:
    with time_machine.travel(at, tick=False) as clock:
        yield clock


@pytest.fixture
def person(cast: Cast, at: datetime) -> Participant:
    stock_make(cast, at=at)
    return in_treatment(cast, at=at)


def page(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def fresh(session: DosingSession) -> DosingSession:
    return DosingSession.objects.select_related("visit").get(pk=session.pk)


def test_a_nurse_takes_a_participant_from_the_chair_to_the_two_hours(
    person: Participant, cast: Cast, at: datetime, morning: Any
) -> None:
    nurse = page(cast.nurse)
    opened = f"/sessions/visit/{visit_of(person, 'D1').pk}/open"
    assert "Which chair?" in nurse.get(opened).content.decode()
    answer = nurse.post(opened, {"chair": "2"})
    session = DosingSession.objects.get()
    assert answer.url == f"/sessions/{session.pk}/"
    assert nurse.get(opened).status_code == 302, "once open, the address leads to the session"
    base = answer.url

    def post(step: str, **body: Any) -> Any:
        return nurse.post(f"{base}{step}/", {"version": fresh(session).version, **body})

    assert post("gates", **PASSING).status_code == 302
    assert "All clear" in nurse.get(base).content.decode()
    assert post("clear").status_code == 302
    assert post("dose", dose_mg="56").status_code == 302
    for ordinal in (1, 2, 3):
        kit = kit_number(fresh(session), ordinal)
        checked = post("spray", check="kit", kit_number=f" {kit.lower()} ")
        assert checked.status_code == 200
        assert "This is the right kit" in checked.content.decode()
        assert post("spray", kit_number=kit, nostril="LEFT").status_code == 302
        morning.shift(timedelta(seconds=30))
        assert post(f"devices/{ordinal}/close", outcome="COMPLETE").status_code == 302
        morning.shift(timedelta(minutes=5))
    read = KitMovement.objects.filter(movement="CONFIRM", kit__participant=person)
    assert [line.recorded_by for line in read] == [cast.nurse] * 3
    session = fresh(session)
    assert session.state == "OBSERVING"
    assert session.dosed_at == at
    assert "The two hours" in nurse.get(base).content.decode()


def test_held_gates_say_why_and_when_they_clear(person: Participant, cast: Cast, at: datetime) -> None:
    session = checked_in(cast, person, at=at)
    nurse = page(cast.nurse)
    body = {**PASSING, "gate-LIQUID": "at", "gate-LIQUID-time": "09:38", "gate-BP-sbp": "151", "version": "1"}
    nurse.post(f"/sessions/{session.pk}/gates/", body)
    text = nurse.get(f"/sessions/{session.pk}/").content.decode()
    assert "clears at 10:08, 8 minutes to go" in text
    assert "Repeat from 10:10" in text
    assert "Dose withheld" in text
    refused = nurse.post(f"/sessions/{session.pk}/clear/", {"version": fresh(session).version})
    assert refused.status_code == 409
    assert "2 reasons" in refused.content.decode()


def test_wrong_answers_come_back_as_they_were_typed_with_every_fault(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    body = {**PASSING, "gate-BP-sbp": "1260", "gate-SPO2": "many", "version": "1"}
    answer = page(cast.nurse).post(f"/sessions/{session.pk}/gates/", body)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "1260 is impossible (40 to 300)" in text
    assert 'value="1260"' in text
    assert 'value="many"' in text


def test_an_investigator_overrides_with_a_password_and_a_reason(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    page(cast.nurse).post(f"/sessions/{session.pk}/gates/", {**PASSING, "gate-BP-sbp": "145", "version": "1"})
    address = f"/sessions/{session.pk}/gates/BP/override/"
    assert page(cast.nurse).get(address).status_code == 403
    investigator = page(cast.investigator)
    assert "145/80 mmHg" in investigator.get(address).content.decode()
    version = fresh(session).version
    wrong = investigator.post(address, {"reason": "White coat", "password": "guess", "version": version})
    assert wrong.status_code == 403
    assert fresh(session).state == "WITHHELD"
    nothing = investigator.post(address, {"reason": "", "password": PASSWORD, "version": version})
    assert nothing.status_code == 422
    done = investigator.post(address, {"reason": "White coat", "password": PASSWORD, "version": version})
    assert done.status_code == 302
    assert fresh(session).state == "CHECKED_IN"
    assert investigator.get(f"/sessions/{session.pk}/gates/NOSUCH/override/").status_code == 404


def test_a_scanned_wrong_kit_is_told_before_anything_is_sprayed(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = cleared(cast, person, at=at)
    wrong = kit_number(session, 3)
    answer = page(cast.nurse).post(
        f"/sessions/{session.pk}/spray/", {"check": "kit", "kit_number": wrong, "version": session.version}
    )
    assert answer.status_code == 409
    assert f"Kit {wrong} is for device 3" in answer.content.decode()
    assert fresh(session).state == "CLEARED"


def test_a_spray_of_a_moment_ago_is_typed_on_the_sites_clock(
    person: Participant, cast: Cast, at: datetime, morning: Any
) -> None:
    session = cleared(cast, person, at=at)
    morning.shift(timedelta(minutes=2))
    answer = page(cast.nurse).post(
        f"/sessions/{session.pk}/spray/",
        {
            "kit_number": kit_number(session, 1),
            "nostril": "RIGHT",
            "sprayed_at": "10:01:30",
            "version": session.version,
        },
    )
    assert answer.status_code == 302
    assert fresh(session).dosed_at == at + timedelta(seconds=90)


def test_the_rest_before_the_next_device_is_counted_down_and_kept(
    person: Participant, cast: Cast, at: datetime, morning: Any
) -> None:
    session = sprayed(cast, cleared(cast, person, at=at), at=at)
    morning.shift(timedelta(minutes=1))
    nurse = page(cast.nurse)
    assert "vigil-due" in nurse.get(f"/sessions/{session.pk}/").content.decode()
    answer = nurse.post(
        f"/sessions/{session.pk}/spray/",
        {"kit_number": kit_number(session, 2), "nostril": "LEFT", "version": session.version},
    )
    assert answer.status_code == 409
    assert "from 10:05:00, 4:00 to go" in answer.content.decode()


def test_trouble_with_a_device_is_told_in_a_word(person: Participant, cast: Cast, at: datetime) -> None:
    session = sprayed(cast, cleared(cast, person, at=at), at=at, close=False)
    nurse = page(cast.nurse)
    address = f"/sessions/{session.pk}/devices/1/close/"
    body = {"version": session.version, "outcome": "SNEEZED", "second_given": "no", "note": ""}
    assert nurse.post(address, body).status_code == 422
    assert nurse.post(address, {**body, "note": "At once"}).status_code == 302
    assert selectors.device_uses(session=session)[0].outcome == "SNEEZED"


def test_a_session_is_stopped_with_a_reason(person: Participant, cast: Cast, at: datetime) -> None:
    session = checked_in(cast, person, at=at)
    nurse = page(cast.nurse)
    assert nurse.post(f"/sessions/{session.pk}/stop/", {"version": "1", "reason": ""}).status_code == 422
    assert (
        nurse.post(f"/sessions/{session.pk}/stop/", {"version": "1", "reason": "Went home"}).status_code
        == 302
    )
    assert "stopped before any spray" in nurse.get(f"/sessions/{session.pk}/").content.decode()


def test_a_stale_page_is_told_so(person: Participant, cast: Cast, at: datetime) -> None:
    session = cleared(cast, person, at=at)
    answer = page(cast.nurse).post(f"/sessions/{session.pk}/stop/", {"version": "1", "reason": "Late"})
    assert answer.status_code == 409
    assert "Somebody took a step" in answer.content.decode()


WHO_ONLY_READS_SEES_NO_CONTROL: list[Any] = ["coordinator", "monitor", "physician"]


def test_who_only_reads_sees_no_control(person: Participant, cast: Cast, at: datetime) -> None:
    session = checked_in(cast, person, at=at)
    for reader in WHO_ONLY_READS_SEES_NO_CONTROL:
        client = page(getattr(cast, reader))
        text = client.get(f"/sessions/{session.pk}/").content.decode()
        assert "Keep answers" not in text
        assert "Stop this session" not in text
        for step in ("gates", "clear", "dose", "spray", "stop", "devices/1/close"):
            body = {
                "version": "1",
                "reason": "x",
                "outcome": "COMPLETE",
                "kit_number": "1",
                "nostril": "LEFT",
                **PASSING,
            }
            assert client.post(f"/sessions/{session.pk}/{step}/", body).status_code == 403


NOBODY_ELSE_LEARNS_THAT_A_SESSION_EXISTS: list[Any] = [
    "rater",
    "sponsor",
    "pharmacist",
    "statistician",
    "other_nurse",
    "outsider",
]


def test_nobody_else_learns_that_a_session_exists(person: Participant, cast: Cast, at: datetime) -> None:
    session = checked_in(cast, person, at=at)
    for stranger in NOBODY_ELSE_LEARNS_THAT_A_SESSION_EXISTS:
        client = page(getattr(cast, stranger))
        assert client.get(f"/sessions/{session.pk}/").status_code == 404
        assert (
            client.post(f"/sessions/{session.pk}/stop/", {"version": "1", "reason": "x"}).status_code == 404
        )
        assert client.get(f"/sessions/visit/{session.visit_id}/open").status_code == 404


def test_the_check_in_page_says_every_reason_against(person: Participant, cast: Cast) -> None:
    address = f"/sessions/visit/{visit_of(person, 'D4').pk}/open"
    text = page(cast.nurse).get(address).content.decode()
    assert "The window opens on 12 Mar 2026" in text
    assert "The first dose was not given yet" in text
    for chair in ("1", "", "x", "99", "-1"):
        assert page(cast.nurse).post(address, {"chair": chair}).status_code in (409, 422)
    assert not DosingSession.objects.exists()


BAD_INPUT_IS_REFUSED_ON_THE_PAGE_AND_CHANGES_NOTHING: list[Any] = [
    ("gates", {}),
    ("gates", {"version": "x", **PASSING}),
    ("gates", {"version": "1", "gate-BP-sbp": "\x00"}),
    ("gates", {"version": "1", "gate-FOOD": "at", "gate-FOOD-time": "25:99"}),
    ("gates", {"version": "1", "gate-FOOD": "at"}),
    ("gates", {"version": "1", "gate-SPO2": "nan"}),
    ("gates", {"version": "1", "gate-SPO2": "1e999"}),
    ("gates", {"version": "1", "gate-BP-sbp": "120", "gate-BP-dbp": "80", "gate-BP-corrects": "yes"}),
    ("clear", {"version": ""}),
    ("dose", {"version": "1", "dose_mg": "much"}),
    ("dose", {"version": "1", "dose_mg": "9999999999999"}),
    ("dose", {"version": "1"}),
    ("spray", {"version": "1"}),
    ("spray", {"version": "1", "kit_number": "x" * 900, "nostril": "LEFT"}),
    ("spray", {"check": "kit", "kit_number": "\x00" * 9}),
    ("spray", {"version": "1", "kit_number": "1", "nostril": "MIDDLE", "sprayed_at": "noon"}),
    ("devices/1/close", {"version": "1", "outcome": "SPILT"}),
    ("devices/99999999/close", {"version": "1", "outcome": "COMPLETE"}),
    ("stop", {"version": "1" * 40, "reason": "x"}),
]


def test_bad_input_is_refused_on_the_page_and_changes_nothing(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    for step, body in BAD_INPUT_IS_REFUSED_ON_THE_PAGE_AND_CHANGES_NOTHING:
        answer = page(cast.investigator).post(f"/sessions/{session.pk}/{step}/", body)
        assert answer.status_code in (409, 422)
        assert fresh(session).version == 1


def test_a_session_of_nowhere_is_not_found(person: Participant, cast: Cast) -> None:
    assert page(cast.nurse).get(f"/sessions/{uuid4()}/").status_code == 404


def test_no_page_of_the_session_tells_the_arm(person: Participant, cast: Cast, at: datetime) -> None:
    session = observing(cast, person, at=at)
    text = page(cast.investigator).get(f"/sessions/{session.pk}/").content.decode()
    assert all(word not in text for word in ("ESK", "PBO", "ACTIVE", "sketamine", "lacebo", "dummy"))
