"""What the people of a path do over HTTP, one function for each act, named as one would tell it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from apps.monitoring.domain.values import SCALES
from apps.studies.domain.loading import load_shipped
from tests.factories.answers import passing_facts, passing_judgements
from tests.factories.cast import PASSWORD
from tests.factories.ratings import items_with_total
from tests.journeys.steps_api import Caller, iso

STUDY, SITE = "t2", "DE01"
PROTOCOL = load_shipped("transform_2")
#: Calm before the dose and at the end of the two hours.
CALM = {"sbp": 124, "dbp": 78, "hr": 72, "rr": 15, "spo2": 98, "temp_c": 36.6, "moaas": 5}


@dataclass
class Path:
    """The participant of a journey, as the site knows them."""

    id: str
    number: str


def enrols(coordinator: Caller, *, name: str, consented_at: datetime) -> Path:
    """The coordinator records identity and consent; sent twice, it is one participant."""
    site = next(row for row in _rows(coordinator.get(f"studies/{STUDY}/sites/")) if row["code"] == SITE)
    body = {
        "id": str(uuid4()),
        "site_id": site["id"],
        "full_name": name,
        "birth_date": "1984-05-17",
        "sex": "F",
        "consented_at": iso(consented_at),
        "form_version": "1.0",
        "phone": "+49 30 000000",
        "emergency_contact": "Max Beispiel, +49 30 000001",
    }
    made = coordinator.post("participants/", body)
    again = coordinator.post("participants/", body, expect=200)
    assert again == made
    assert name not in str(made), "the participant is known by number"
    return Path(id=made["id"], number=made["number"])


def answers(coordinator: Caller, path: Path, *, stage: str) -> Any:
    """The coordinator answers every fact and criterion of a stage of screening."""
    stages = {fact.key: fact.stage for fact in PROTOCOL.facts}
    facts = [
        {"kind": "FACT", "key": key, "value": value}
        for key, value in passing_facts(PROTOCOL).items()
        if stages[key] == stage
    ]
    stages = {entry.code: entry.stage for entry in PROTOCOL.criteria}
    judgements = [
        {"kind": "CRITERION", "key": code, "value": value}
        for code, value in passing_judgements(PROTOCOL).items()
        if stages[code] == stage
    ]
    return coordinator.put(f"screenings/{path.id}/answers/", {"answers": facts + judgements}, expect=200)


def signs_eligible(investigator: Caller, path: Path, *, password: str = PASSWORD, expect: int = 200) -> Any:
    """The investigator signs the verdict on the answers as they stand."""
    seen = investigator.get(f"screenings/{path.id}/")
    body = {"signed": "ELIGIBLE", "version": seen["version"], "password": password}
    return investigator.post(f"screenings/{path.id}/decision/", body, expect=expect)


def interviews(rater: Caller, *, total: int, at: datetime) -> Any:
    """The blinded rater holds the one interview that is open now, item by item."""
    waiting = [
        slot
        for slot in _rows(rater.get("ratings/slots/"))
        if not slot["is_held"] and _moment(slot["opens_at"]) <= at < _moment(slot["closes_at"])
    ]
    assert len(waiting) == 1, waiting
    assert set(waiting[0]) == {"id", "alias", "instrument", "opens_at", "closes_at", "is_held"}
    body = {
        "slot_id": waiting[0]["id"],
        "items": items_with_total("MADRS", total),
        "observed_at": iso(at),
    }
    identifier = uuid4()
    put = rater.put(f"ratings/{identifier}/", body)
    assert "total" not in put
    rater.put(f"ratings/{identifier}/", body, expect=200)
    return waiting[0]


def visits_of(who: Caller, path: Path) -> dict[str, Any]:
    """Every visit by its code."""
    return {row["code"]: row for row in who.all_of("visits/", participant=path.id)}


def gates_pass(now: datetime) -> dict[str, Any]:
    """Answers that pass every gate before the dose."""
    confirmed = ("IDENTITY", "CSSRS_BEHAVIOR", "REVIEW", "SCALES_FIRST", "PREGNANCY", "ESCORT")
    return {
        **{code: {"confirmed": True} for code in confirmed},
        "FOOD": {"last_at": iso(now - timedelta(hours=3))},
        "LIQUID": {"last_at": iso(now - timedelta(minutes=45))},
        **{code: {"none": True} for code in ("NASAL", "SEDATIVE", "ALCOHOL")},
        "BP": {"sbp": 126, "dbp": 80},
        "SPO2": {"value": 98},
        "MOAAS": {"value": 5},
        "CSSRS_IDEATION": {"value": 1},
    }


@dataclass
class Session:
    """A session in the hands of the nurse; every act names the version seen last."""

    nurse: Caller
    state: dict[str, Any]

    @property
    def path(self) -> str:
        """Its address."""
        return f"sessions/{self.state['id']}/"

    def act(self, what: str, *, expect: int = 200, by: Caller | None = None, **given: Any) -> Any:
        """Do one act with the version seen last."""
        body = (by or self.nurse).post(
            f"{self.path}{what}/", {**given, "version": self.state["version"]}, expect=expect
        )
        if expect < 400:
            self.state = body
        return body

    @property
    def dosed_at(self) -> datetime:
        """T0."""
        return _moment(self.state["dosed_at"])


def checks_in(nurse: Caller, visit: Mapping[str, Any], *, chair: int) -> Session:
    """The nurse seats the participant."""
    return Session(nurse, nurse.post("sessions/", {"visit_id": visit["id"], "chair": chair}))


def scale(name: str, *, ones: int = 0) -> dict[str, int]:
    """Every item of a scale, the first `ones` of them answered with 1, the others with 0."""
    return {str(number): int(number <= ones) for number in range(1, SCALES[name].items + 1)}


def reading(
    session: Session, minute: int | None, *, at: datetime, measures: Iterable[str], **other: Any
) -> dict[str, Any]:
    """One set of readings: the measures that a slot wants, calm unless said otherwise."""
    wanted: dict[str, Any] = {}
    for measure in measures:
        match measure:
            case "bp":
                wanted |= {"sbp": CALM["sbp"], "dbp": CALM["dbp"]}
            case "temp":
                wanted["temp_c"] = CALM["temp_c"]
            case "cadss":
                wanted["cadss_items"] = scale("cadss_items")
            case "bprs":
                wanted["bprs_items"] = scale("bprs_items")
            case "ready":
                wanted["ready"] = True
            case _:
                wanted[measure] = CALM[measure]
    return {
        "session": session.state["id"],
        "slot_minute": minute,
        "observed_at": iso(at),
        "entered_at": iso(at),
        "device_now": iso(at),
        **wanted,
        **other,
    }


def releases(who: Caller, session: Session, *, expect: int = 201) -> Any:
    """Sign the release, vouching for what readings cannot tell."""
    body = {"password": PASSWORD, "confirmed": ["EVENTS", "ESCORT", "TOLD"]}
    return who.post(f"{session.path}discharge/", body, expect=expect)


def holds(who: Caller, path: Path, code: str) -> None:
    """Record that a visit without a dose was held now."""
    visit = visits_of(who, path)[code]
    assert visit["status"] == "DUE"
    assert who.post(f"visits/{visit['id']}/hold/", expect=200)["status"] == "HELD"


def obtains_report(who: Caller, *, patience: float = 240, **given: Any) -> dict[str, bytes]:
    """Ask for the Day 28 report, wait for the worker, and open every file."""
    job = who.post(f"studies/{STUDY}/reports/", given, expect=202)
    deadline = time.monotonic() + patience
    while (job := who.get(f"reports/{job['id']}/"))["state"] in {"QUEUED", "RUNNING"}:
        assert time.monotonic() < deadline, job
        time.sleep(0.5)
    assert job["state"] == "DONE", job
    assert job["files"]
    return {
        entry["name"]: who.ask("GET", f"reports/{job['id']}/files/{entry['name']}", expect=200)
        for entry in job["files"]
    }


def _rows(body: Any) -> list[Any]:
    return list(body["results"] if isinstance(body, dict) else body)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
