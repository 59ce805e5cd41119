"""The whole path over HTTP, as another program would walk it: from consent to the Day 28 report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.house import House
from tests.journeys.steps_api import People, codes
from tests.journeys.steps_clock import StoryClock
from tests.journeys.steps_path import (
    PROTOCOL,
    STUDY,
    Path,
    Session,
    answers,
    checks_in,
    enrols,
    gates_pass,
    holds,
    interviews,
    obtains_report,
    reading,
    releases,
    scale,
    signs_eligible,
    visits_of,
)

NAME = f"Erika Beispiel-{uuid4().hex[:6]}"
#: The day of the story on which somebody who consented on day 1 is randomized and gets the first dose.
DAY_1 = 26
ARM_WORDS = [word for arm in PROTOCOL.arms for word in (f'"{arm.code}"', arm.label)] + ["placebo", "PBO"]


@pytest.fixture(scope="module")
def people(house: House) -> Iterator[People]:
    with ExitStack() as stack:
        yield People(house, stack)


@pytest.fixture(scope="module")
def clock(house: House) -> StoryClock:
    return StoryClock(house)


def names_no_arm(text: object) -> None:
    """Nothing that a person could read an arm from."""
    said = str(text).lower()
    assert not [word for word in ARM_WORDS if word.lower() in said]


@pytest.fixture(scope="module")
def enrolled(people: People, clock: StoryClock) -> Path:
    """Given somebody who consented this morning."""
    now = clock.to_day(1, "09:00")
    return enrols(people("Carla Roth"), name=NAME, consented_at=now)


def test_1_a_person_of_another_site_or_role_finds_nobody(people: People, enrolled: Path) -> None:
    path = f"participants/{enrolled.id}/"
    assert people("Carla Roth").get(path)["number"] == enrolled.number
    for stranger in ("Chris Boone", "Olga Stern", "Ruth Adler", "Sven Holm", "Stella Marx", "Ada Weiss"):
        people(stranger).get(path, expect=404)
    people("Carla Roth").get(f"participants/{enrolled.id}/identity/")
    people("Nadia Klein").get(f"participants/{enrolled.id}/identity/", expect=403)


@pytest.fixture(scope="module")
def screened(people: People, clock: StoryClock, enrolled: Path) -> Path:
    """When screening has taken its four weeks: answers, three remote interviews, the signature."""
    coordinator = people("Carla Roth")
    coordinator.post("screenings/", {"participant_id": enrolled.id})
    coordinator.post("screenings/", {"participant_id": enrolled.id}, expect=200)
    people("Chris Boone").get(f"screenings/{enrolled.id}/", expect=404)

    too_early = signs_eligible(people("Ivo Brandt"), enrolled, expect=409)
    assert len(too_early["reasons"]) > 20, "every criterion that nobody has answered is named"
    half = answers(coordinator, enrolled, stage="screening")
    assert half["screening_gate"]["verdict"] == "ELIGIBLE"
    assert half["randomization_gate"]["verdict"] == "INCOMPLETE"

    aliases = set()
    for day, at, total in ((1, "11:00", 38), (9, "10:00", 37), (23, "10:00", 36)):
        now = clock.to_day(day, at)
        aliases.add(interviews(people("Ruth Adler"), total=total, at=now)["alias"])
    assert enrolled.number not in aliases, "the rater knows an alias and nothing else"

    clock.to_day(DAY_1, "08:00")
    full = answers(people("Carla Roth"), enrolled, stage="randomization")
    assert full["randomization_gate"]["verdict"] == "ELIGIBLE", full["randomization_gate"]["reasons"]
    names_no_arm(full)
    for score in ("madrs_week_1", "madrs_week_2", "madrs_week_4"):
        assert score not in [answer["key"] for answer in full["answers"]], "the site sees no blinded score"

    people("Carla Roth").post(
        f"screenings/{enrolled.id}/decision/",
        {"signed": "ELIGIBLE", "version": full["version"], "password": "correct horse battery"},
        expect=403,
    )
    signs_eligible(people("Ivo Brandt"), enrolled, password="a wrong one", expect=403)
    assert signs_eligible(people("Ivo Brandt"), enrolled)["state"] == "ELIGIBLE"
    return enrolled


def test_2_screening_ends_with_a_signed_verdict(people: People, screened: Path) -> None:
    assert people("Carla Roth").get(f"participants/{screened.id}/")["status"] == "ELIGIBLE"


@pytest.fixture(scope="module")
def randomized(people: People, screened: Path) -> dict[str, Any]:
    """When the coordinator asks for the draw, and asks again because the network was slow."""
    body, key = {"participant_id": screened.id}, str(uuid4())
    people("Nadia Klein").post("randomizations/", body, key=str(uuid4()), expect=403)
    people("Chris Boone").post("randomizations/", body, key=str(uuid4()), expect=404)
    people("Carla Roth").post("randomizations/", body, expect=422)
    first = people("Carla Roth").post("randomizations/", body, key=key)
    again = people("Carla Roth").post("randomizations/", body, key=key, expect=200)
    assert again == first
    return dict(first)


def test_3_the_draw_answers_with_numbers_and_never_with_an_arm(
    people: People, screened: Path, randomized: dict[str, Any]
) -> None:
    assert randomized["randomization_number"]
    assert len(randomized["kits"]) == PROTOCOL.dose.devices_per_session_blinded
    names_no_arm(randomized)
    names_no_arm(people("Carla Roth").get(f"randomizations/{randomized['id']}/"))
    assert list(visits_of(people("Carla Roth"), screened)) == [
        visit.code for visit in PROTOCOL.visits if visit.anchor == "first_dose"
    ]


@pytest.fixture(scope="module")
def dosed(people: People, clock: StoryClock, screened: Path, randomized: dict[str, Any]) -> Session:
    """When Day 1 is held: the interview, check-in, the gates, and three devices five minutes apart."""
    coordinator, nurse, now = people("Carla Roth"), people("Nadia Klein"), clock.to_day(DAY_1, "09:00")
    first = visits_of(coordinator, screened)["D1"]
    coordinator.post(
        f"visits/{first['id']}/appoint/",
        {"planned_at": clock.on(DAY_1, "10:00").isoformat(), "chair": 1},
        expect=200,
    )
    interviews(people("Ruth Adler"), total=37, at=now)

    clock.to_day(DAY_1, "10:00")
    people("Chris Boone").post("sessions/", {"visit_id": first["id"], "chair": 1}, expect=404)
    people("Paul Vogt").post("sessions/", {"visit_id": first["id"], "chair": 1}, expect=404)
    session = checks_in(nurse, first, chair=1)
    session.act("clear", expect=409)
    high = {**gates_pass(clock.now), "BP": {"sbp": 162, "dbp": 96}}
    held = session.act("gates", answers=high)
    assert [gate["gate"] for gate in held["gates"] if gate["outcome"] == "HELD"] == ["BP"]
    refused = session.act("clear", expect=409)
    assert refused["reasons"]
    clock.later(minutes=11)
    session.act("gates", answers={"BP": {"sbp": 134, "dbp": 84}})
    predose = next(slot for slot in PROTOCOL.observation_plan.slots if slot.minute is None)
    nurse.put(
        f"observations/{uuid4()}/", reading(session, -1, at=clock.now, measures=predose.measures), expect=201
    )
    if session.state["dose_mg"] is None:
        session.act("dose", by=people("Ivo Brandt"), dose_mg=min(PROTOCOL.dose.allowed_mg))
    session.act("clear")
    assert [kit["number"] for kit in session.state["kits"]] == randomized["kits"]

    for ordinal, kit in enumerate(randomized["kits"], 1):
        if ordinal == 2:
            clock.later(minutes=3)
            early = session.act("sprays", kit_number=kit, nostril="LEFT", expect=409)
            assert "gap" in str(codes(early)) or early["reasons"]
        if ordinal > 1:
            clock.later(minutes=PROTOCOL.devices.gap_minutes)
        session.act("sprays", kit_number=kit, nostril="LEFT")
        session.act(f"devices/{ordinal}/close", outcome="COMPLETE", second_spray_at=clock.now.isoformat())
    return session


def test_4_the_two_hours_begin_with_the_first_spray(dosed: Session) -> None:
    assert dosed.state["state"] == "OBSERVING"
    assert dosed.state["dosed_at"] == dosed.state["devices"][0]["first_spray_at"]
    names_no_arm(dosed.state)
    dosed.nurse.get(f"{dosed.path}plan/")


def test_5_the_rater_reaches_nothing_of_the_session(people: People, screened: Path, dosed: Session) -> None:
    rater = people("Ruth Adler")
    for path in (
        dosed.path,
        f"{dosed.path}plan/",
        f"{dosed.path}observations/",
        f"screenings/{screened.id}/",
        f"participants/{screened.id}/",
    ):
        rater.get(path, expect=404)
    for path in ("visits/", "sessions/", "participants/", "adverse-events/", "kits/", "randomizations/"):
        assert rater.all_of(path) == []


@pytest.fixture(scope="module")
def watched(people: People, clock: StoryClock, dosed: Session) -> Session:
    """When every slot of the plan gets its readings, sent as a tablet on a bad network sends them."""
    nurse, early = people("Nadia Klein"), False
    for slot in PROTOCOL.observation_plan.slots:
        if slot.minute is None:
            continue
        if slot.minute >= 100 and not early:
            early = True
            refused = releases(people("Nadia Klein"), dosed, expect=409)
            assert len(refused["reasons"]) >= 1
            assert any("120" in reason["message"] for reason in refused["reasons"]), refused
        seen = clock.to(dosed.dosed_at + timedelta(minutes=slot.minute))
        peak = (
            {"cadss_items": scale("cadss_items", ones=12), "sbp": 148, "dbp": 90} if slot.minute == 40 else {}
        )
        body, address = reading(dosed, slot.minute, at=seen, measures=slot.measures, **peak), uuid4()
        nurse.put(f"observations/{address}/", body)
        nurse.put(f"observations/{address}/", body, expect=200)
        nurse.put(f"observations/{address}/", {**body, "spo2": 91}, expect=409)
    return dosed


def test_6_nothing_is_recorded_twice_and_the_peak_is_found(people: People, watched: Session) -> None:
    rows = people("Nadia Klein").get(f"{watched.path}observations/")
    planned = len(PROTOCOL.observation_plan.slots)
    assert len(rows) == planned
    assert {finding["rule"] for row in rows for finding in row["findings"]} >= {"E10"}, (
        "dissociation at the peak"
    )


def test_7_nobody_leaves_before_every_condition_holds(
    people: People, clock: StoryClock, watched: Session
) -> None:
    nurse = people("Nadia Klein")
    plan = nurse.get(f"{watched.path}plan/")
    clock.later(minutes=2)
    bare = nurse.post(f"{watched.path}discharge/", {"password": "correct horse battery"}, expect=409)
    assert len(bare["reasons"]) >= 3, "escort, events and instructions are named together"
    nurse.post(f"{watched.path}discharge/", {"password": "no"}, expect=403)
    for finding in plan["findings"]:
        nurse.post(f"findings/{finding['id']}/acknowledge/", expect=200)
    left = releases(nurse, watched)
    assert left["minutes_observed"] >= PROTOCOL.discharge.min_minutes
    assert nurse.get(watched.path)["state"] == "DISCHARGED"


def test_8_what_happened_and_what_is_taken_beside_the_spray_is_recorded(
    people: People, clock: StoryClock, screened: Path, watched: Session
) -> None:
    body = {
        "participant_id": screened.id,
        "session_id": watched.state["id"],
        "term": "Dizziness",
        "severity": "MILD",
        "causality": "PROBABLE",
        "onset_at": (watched.dosed_at + timedelta(minutes=35)).isoformat(),
    }
    people("Ruth Adler").post("adverse-events/", body, expect=404)
    made = people("Nadia Klein").post("adverse-events/", body)
    assert made["onset_minutes"] == 35
    names_no_arm(made)
    medicine = {"kind": "STUDY_ORAL", "name": "duloxetine", "dose_text": "60 mg a day"}
    begun = {**medicine, "started_on": clock.on(DAY_1, "09:00").date().isoformat()}
    people("Paul Vogt").post(f"participants/{screened.id}/medications/", begun, expect=404)
    people("Nadia Klein").post(f"participants/{screened.id}/medications/", begun)


@pytest.fixture(scope="module")
def at_day_28(people: People, clock: StoryClock, screened: Path, watched: Session) -> Path:
    """When four weeks have passed, Day 2 held, the other doses missed, and Day 28 held with its interview."""
    now = clock.to_day(DAY_1 + 1, "10:00")
    interviews(people("Ruth Adler"), total=30, at=now)
    holds(people("Carla Roth"), screened, "D2")
    now = clock.to_day(DAY_1 + 27, "10:00")
    coordinator = people("Carla Roth")
    for _code, visit in visits_of(coordinator, screened).items():
        if visit["status"] == "OVERDUE":
            coordinator.post(f"visits/{visit['id']}/miss/", {"reason": "Away from the city"}, expect=200)
    interviews(people("Ruth Adler"), total=14, at=now)
    holds(coordinator, screened, "D28")
    return screened


def test_9_treatment_is_complete(people: People, at_day_28: Path) -> None:
    assert people("Carla Roth").get(f"participants/{at_day_28.id}/")["status"] == "COMPLETED"


@pytest.fixture(scope="module")
def by_arm(people: People, at_day_28: Path) -> dict[str, Any]:
    return obtains_report(people("Stella Marx"), by_arm=True, password="correct horse battery")


def test_10_the_unblinded_statistician_gets_the_report_by_arm(people: People, by_arm: dict[str, Any]) -> None:
    assert {name.rsplit(".", 1)[-1] for name in by_arm} >= {"html", "pdf"}
    html = next(body for name, body in by_arm.items() if name.endswith(".html")).decode()
    for arm in PROTOCOL.arms:
        assert arm.label in html
    sizes = re.search(r"full analysis set holds (\d+) \(.+?\) and (\d+) ", html)
    assert sizes
    assert sorted(sizes.groups()) == ["0", "1"], "dosed and on the oral antidepressant: analysed"
    statistician = people("Stella Marx")
    unsigned = {"by_arm": True}
    statistician.post(f"studies/{STUDY}/reports/", unsigned, expect=403)
    sealed = statistician.all_of(f"studies/{STUDY}/reports/")
    for blinded in ("Carla Roth", "Sven Holm", "Mona Lind"):
        people(blinded).get(f"reports/{sealed[0]['id']}/", expect=404)
        people(blinded).post(
            f"studies/{STUDY}/reports/",
            {"by_arm": True, "password": "correct horse battery"},
            expect=403,
        )


def test_11_the_coordinator_gets_the_arms_pooled(people: People, at_day_28: Path) -> None:
    files = obtains_report(people("Carla Roth"), by_arm=False)
    for name, body in files.items():
        if not name.endswith(".pdf"):
            text = body.decode() if isinstance(body, bytes) else str(body)
            for arm in PROTOCOL.arms:
                assert arm.label not in text, name
                assert f'"{arm.code}"' not in text, name


def test_12_the_sponsor_follows_enrolment_and_sees_nobody(people: People, at_day_28: Path) -> None:
    dashboard = people("Sven Holm").get(f"dashboards/sponsor/{STUDY}/")
    assert dashboard["randomized"] >= 1
    assert dashboard["target"] == PROTOCOL.enrolment.target
    assert at_day_28.number not in str(dashboard)
    names_no_arm(dashboard)
    people("Nadia Klein").get(f"dashboards/sponsor/{STUDY}/", expect=403)
    people("Olga Stern").get(f"dashboards/sponsor/{STUDY}/", expect=404)


def test_13_every_act_has_its_record(people: People, at_day_28: Path, by_arm: dict[str, Any]) -> None:
    monitor = people("Mona Lind")
    kinds = {
        row["kind"] for row in monitor.all_of(f"studies/{STUDY}/audit-events/", participant=at_day_28.number)
    }
    told = {
        "participant.enrolled",
        "screening.opened",
        "screening.answered",
        "screening.signed",
        "participant.randomized",
        "visit.appointed",
        "session.checked_in",
        "observation.recorded",
        "visit.held",
        "visit.missed",
        "adverse_event.recorded",
    }
    assert told <= kinds, sorted(told - kinds)
    everything = {row["kind"] for row in people("Ada Weiss").all_of(f"studies/{STUDY}/audit-events/")}
    assert {"report.requested", "report.opened"} <= everything
    people("Carla Roth").get(f"studies/{STUDY}/audit-events/", expect=403)
