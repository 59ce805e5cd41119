"""Entering what was written on paper: many lines, each with its own outcome, nothing lost, nothing twice."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.core.exceptions import NotAllowed, NotFound
from apps.monitoring.domain.paper import LATE_REASON, Outcome, PaperRow
from apps.monitoring.models import Finding, Observation, PaperEntry
from apps.monitoring.services import paper_readings_record
from tests.apps.monitoring.scene import CALM, Nurse
from tests.factories.cast import Cast

MINUTE = timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")
CADSS = "0120000000000000000000 0"


def line(
    at: datetime, *, slot: int | None = None, by: str = "NK", id: UUID | None = None, **values: Any
) -> PaperRow:
    return PaperRow(
        id=id or uuid4(), observed_at=at, measured_by=by, slot_minute=slot, values=values or dict(CALM)
    )


def record(nurse: Nurse, rows: list[PaperRow], at: datetime, by: User | None = None) -> tuple[Outcome, ...]:
    return paper_readings_record(session_id=nurse.session.pk, rows=rows, by=by or nurse.user, at=at)


def states(outcomes: tuple[Outcome, ...]) -> list[str]:
    return [outcome.state for outcome in outcomes]


def test_each_line_keeps_three_times_and_who_measured(nurse: Nurse, at: datetime) -> None:
    rows = [line(at + 40 * MINUTE, slot=40), line(at + 15 * MINUTE, slot=15, by="Dr Falk", spo2=97, moaas=5)]
    assert states(record(nurse, rows, at + 95 * MINUTE)) == ["saved", "saved"]
    first, second = Observation.objects.order_by("observed_at")
    assert (first.observed_at, first.entered_at, first.recorded_at) == (
        at + 15 * MINUTE,
        at + 95 * MINUTE,
        at + 95 * MINUTE,
    )
    assert (first.paper.measured_by, second.paper.measured_by) == ("Dr Falk", "NK")
    assert (first.late_reason, first.recorded_by) == (LATE_REASON, nurse.user)
    events = AuditEvent.objects.filter(kind="observation.entered_from_paper")
    assert {event.detail["measured_by"] for event in events} == {"Dr Falk", "NK"}


def test_a_line_that_is_wrong_takes_no_other_with_it_and_names_every_ground(
    nurse: Nurse, at: datetime
) -> None:
    rows = [
        line(at + 15 * MINUTE, slot=15, spo2=97, moaas=5),
        line(at + 30 * MINUTE, slot=30, by=" ", spo2=400, moaas=9),
        PaperRow(id=uuid4(), observed_at=None, measured_by="NK", values={"hr": 70}),
        line(at + 300 * MINUTE, spo2=97),
        line(at + 40 * MINUTE, sbp=190, dbp=80),
    ]
    outcomes = record(nurse, rows, at + 95 * MINUTE)
    assert states(outcomes) == ["saved", "refused", "refused", "refused", "refused"]
    assert [[reason.code for reason in outcome.reasons] for outcome in outcomes[1:]] == [
        ["person_missing"],
        ["time_missing"],
        ["in_the_future", "entered_before_seen"],
        ["confirm_or_repeat"],
    ]
    assert Observation.objects.count() == PaperEntry.objects.count() == 1


def test_the_same_lines_again_save_nothing_twice_and_other_words_are_no_repeat(
    nurse: Nurse, at: datetime
) -> None:
    rows = [line(at + 15 * MINUTE, slot=15, spo2=97), line(at + 30 * MINUTE, slot=30, spo2=98)]
    assert states(record(nurse, rows, at + 95 * MINUTE)) == ["saved", "saved"]
    assert states(record(nurse, rows, at + 99 * MINUTE)) == ["known", "known"]
    changed = [
        line(at + 15 * MINUTE, slot=15, id=rows[0].id, spo2=91),
        line(at + 30 * MINUTE, slot=30, id=rows[1].id, by="XY", spo2=98),
    ]
    outcomes = record(nurse, changed, at + 99 * MINUTE)
    assert [outcome.reasons[0].code for outcome in outcomes] == ["identifier_used", "identifier_used"]
    assert sorted(Observation.objects.values_list("spo2", flat=True)) == [97, 98]
    assert PaperEntry.objects.count() == 2


def test_what_the_rules_find_on_paper_is_found(nurse: Nurse, at: datetime) -> None:
    row = PaperRow(
        id=uuid4(),
        observed_at=at + 30 * MINUTE,
        measured_by="NK",
        slot_minute=30,
        values={"spo2": 90, "moaas": 5},
        confirmed=["spo2"],
    )
    assert states(record(nurse, [row], at + 95 * MINUTE)) == ["saved"]
    assert Finding.objects.get(rule="E8").raised_at == at + 30 * MINUTE


def test_roles_and_sites(cast: Cast, nurse: Nurse, at: datetime) -> None:
    rows = [line(at + 15 * MINUTE, spo2=97)]
    for user in (cast.coordinator, cast.monitor, cast.physician):
        with pytest.raises(NotAllowed):
            record(nurse, rows, at + 95 * MINUTE, by=user)
    for user in (cast.rater, cast.sponsor, cast.other_nurse, cast.outsider):
        with pytest.raises(NotFound):
            record(nurse, rows, at + 95 * MINUTE, by=user)
    assert not Observation.objects.exists()


def test_who_measured_is_never_changed(nurse: Nurse, at: datetime) -> None:
    record(nurse, [line(at + 15 * MINUTE, spo2=97)], at + 95 * MINUTE)
    with pytest.raises(DatabaseError), transaction.atomic():
        PaperEntry.objects.update(measured_by="XY")


def page_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def hidden(html: str, number: int) -> str:
    found = re.search(rf'name="r{number}-row_id" value="([^"]+)"', html)
    assert found
    return found.group(1)


def test_the_page_saves_what_it_can_and_gives_back_the_rest_as_typed(
    cast: Cast, nurse: Nurse, at: datetime
) -> None:
    url = f"/sessions/{nurse.session.pk}/paper/"
    with time_machine.travel(at + 95 * MINUTE, tick=False):
        client = page_of(cast.nurse)
        empty = client.get(url).content.decode()
        assert "Due: SpO₂, MOAA/S" in empty
        clock = [(at + count * MINUTE).astimezone(BERLIN).strftime("%H:%M") for count in (15, 30)]
        given = {
            "r1-row_id": hidden(empty, 1), "r1-slot": "15", "r1-time": clock[0], "r1-measured_by": "NK",
            "r1-spo2": "97", "r1-moaas": "5", "r1-cadss": CADSS,
            "r2-row_id": hidden(empty, 2), "r2-slot": "30", "r2-time": clock[1], "r2-measured_by": "NK",
            "r2-spo2": "900", "r2-note": "felt <odd>",
        }  # fmt: skip
        answer = client.post(url, given)
        shown = answer.content.decode()
        assert answer.status_code == 422
        assert Observation.objects.get().cadss_total == 3
        assert "Some lines are saved" in shown
        assert "must be between" in shown
        assert 'value="900"' in shown
        assert "felt &lt;odd&gt;" in shown
        assert hidden(shown, 0) == given["r2-row_id"]
        repeat = client.post(url, given)
        assert repeat.status_code == 422
        assert Observation.objects.count() == 1
        corrected = {
            "r0-row_id": given["r2-row_id"], "r0-slot": "30", "r0-time": clock[1], "r0-measured_by": "NK",
            "r0-spo2": "98",
        }  # fmt: skip
        assert client.post(url, corrected).status_code == 302
        listed = client.get(f"/sessions/{nurse.session.pk}/watch/").content.decode()
    assert Observation.objects.count() == 2
    assert "Measured by NK" in listed


def test_a_line_says_what_was_not_done_and_why_alone_or_beside_values(
    cast: Cast, nurse: Nurse, at: datetime
) -> None:
    url = f"/sessions/{nurse.session.pk}/paper/"
    clock = [(at + count * MINUTE).astimezone(BERLIN).strftime("%H:%M") for count in (15, 30)]
    given = {
        "r0-row_id": str(uuid4()), "r0-slot": "15", "r0-time": clock[0], "r0-measured_by": "NK",
        "r0-spo2": "97", "r0-not_done_moaas": "Participant asleep",
        "r1-row_id": str(uuid4()), "r1-slot": "30", "r1-time": clock[1], "r1-measured_by": "NK",
        "r1-not_done_spo2": "Device not working", "r1-not_done_moaas": "Device not working",
    }  # fmt: skip
    with time_machine.travel(at + 95 * MINUTE, tick=False):
        assert page_of(cast.nurse).post(url, given).status_code == 302
        listed = page_of(cast.nurse).get(f"/sessions/{nurse.session.pk}/watch/").content.decode()
        again = page_of(cast.nurse).get(url).content.decode()
    first, second = Observation.objects.order_by("observed_at")
    assert (first.spo2, first.not_done) == (97, {"moaas": "Participant asleep"})
    assert second.not_done == {"spo2": "Device not working", "moaas": "Device not working"}
    assert "Participant asleep" in listed
    assert not re.search(r'value="(15|30)" selected', again), "both slots are settled"


def test_what_has_a_value_was_done(cast: Cast, nurse: Nurse, at: datetime) -> None:
    url = f"/sessions/{nurse.session.pk}/paper/"
    clock = (at + 15 * MINUTE).astimezone(BERLIN).strftime("%H:%M")
    given = {
        "r0-row_id": str(uuid4()), "r0-slot": "15", "r0-time": clock, "r0-measured_by": "NK",
        "r0-spo2": "97", "r0-not_done_spo2": "Forgotten",
    }  # fmt: skip
    with time_machine.travel(at + 95 * MINUTE, tick=False):
        answer = page_of(cast.nurse).post(url, given)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "has a value and is marked as not done" in shown
    assert "<option selected>Forgotten</option>" in shown, "what was chosen is kept"
    assert not Observation.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"r0-slot": "15"},
        {"r0-spo2": "x", "r0-time": "99:99"},
        {"r0-row_id": "x", "r0-spo2": "97"},
        {"r0-slot": "9" * 30, "r0-hr": "70"},
        {"r0-cadss": "9" * 90, "r0-time": "10:00"},
        {"r0-not_done_hr": "y" * 900, "r0-time": "10:00", "r0-measured_by": "NK"},
        {"r0-not_done_hr": "Forgotten"},
    ],
)
def test_no_post_makes_the_server_fall_nor_saves_nonsense(
    cast: Cast, nurse: Nurse, at: datetime, given: dict[str, str]
) -> None:
    with time_machine.travel(at + 95 * MINUTE, tick=False):
        answer = page_of(cast.nurse).post(f"/sessions/{nurse.session.pk}/paper/", given)
    assert answer.status_code == 422
    assert not Observation.objects.exists()


def test_an_unusual_value_is_saved_once_it_is_said_to_stand_so(
    cast: Cast, nurse: Nurse, at: datetime
) -> None:
    clock = (at + 30 * MINUTE).astimezone(BERLIN).strftime("%H:%M")
    given = {"r0-row_id": str(uuid4()), "r0-time": clock, "r0-measured_by": "NK", "r0-spo2": "90"}
    url = f"/sessions/{nurse.session.pk}/paper/"
    with time_machine.travel(at + 95 * MINUTE, tick=False):
        asked = page_of(cast.nurse).post(url, given)
        assert 'name="r0-confirm_spo2"' in asked.content.decode()
        assert page_of(cast.nurse).post(url, {**given, "r0-confirm_spo2": "on"}).status_code == 302
    assert Observation.objects.get().confirmed == ["spo2"]


def test_the_page_is_for_who_records(cast: Cast, nurse: Nurse, at: datetime) -> None:
    url = f"/sessions/{nurse.session.pk}/paper/"
    with time_machine.travel(at + 95 * MINUTE, tick=False):
        for user in (cast.coordinator, cast.monitor):
            assert page_of(user).get(url).status_code == 403
        for user in (cast.rater, cast.sponsor, cast.other_nurse):
            assert page_of(user).get(url).status_code == 404
        assert Client().get(url).status_code == 302


def test_the_endpoint(cast: Cast, nurse: Nurse, at: datetime) -> None:
    url = f"/api/v1/sessions/{nurse.session.pk}/paper-readings/"
    row = {
        "id": str(uuid4()),
        "observed_at": (at + 15 * MINUTE).isoformat(),
        "measured_by": "NK",
        "slot_minute": 15,
        "values": {"spo2": 97, "moaas": 5},
    }
    client = APIClient()
    with time_machine.travel(at + 95 * MINUTE, tick=False):
        assert client.post(url, {"rows": [row]}, format="json").status_code == 401
        client.force_authenticate(cast.monitor)
        assert client.post(url, {"rows": [row]}, format="json").status_code == 403
        client.force_authenticate(cast.other_nurse)
        assert client.post(url, {"rows": [row]}, format="json").status_code == 404
        client.force_authenticate(cast.nurse)
        wrong = {**row, "id": str(uuid4()), "values": {"spo2": 400, "colour": 1}}
        answer = client.post(url, {"rows": [row, wrong]}, format="json")
        assert [entry["state"] for entry in answer.json()] == ["saved", "refused"]
        assert {reason["code"] for reason in answer.json()[1]["reasons"]} == {
            "impossible_value",
            "unknown_value",
        }
        assert [entry["state"] for entry in client.post(url, {"rows": [row]}, format="json").json()] == [
            "known"
        ]
        for body in ({}, {"rows": []}, {"rows": [{}]}, {"rows": [row] * 101}):
            assert client.post(url, body, format="json").status_code == 400
    assert Observation.objects.count() == 1
