"""The running study: something true on every screen, and sessions that real services can carry on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from apps.accounts.models import User
from apps.accounts.selectors import system_user
from apps.core.exceptions import NotAllowed, Refused
from apps.demo.services import finished_study_seed
from apps.dosing.models import DosingSession
from apps.dosing.services import dose_request, gates_record, session_clear, spray_first
from apps.monitoring.domain.conditions import CONFIRMED_KINDS, Statement
from apps.monitoring.models import Finding, Observation, PaperEntry, Release
from apps.monitoring.selectors import watch
from apps.monitoring.services import finding_acknowledge, observation_record, participant_release
from apps.participants.models import NumberSequence, Participant
from apps.participants.services import participant_enroll
from apps.quality.models import Deviation
from apps.schedule.models import Visit
from apps.screening.models import Screening
from apps.screening.selectors import eligibility_for_randomization
from apps.studies.models import Study
from apps.studies.selectors import places_of, protocol_of
from apps.supply.selectors import kits_of_visit
from apps.supply.services import participant_randomize_with_kits
from tests.apps.demo.conftest import NOW

pytestmark = pytest.mark.usefixtures("db")

OVER = ("DISCHARGED", "STOPPED")
CALM: dict[str, Any] = {"spo2": 98, "moaas": 5}


def account(role: str) -> User:
    return User.objects.get(email=f"{role}@demo.example")


@pytest.fixture
def sitting(running: Study) -> list[DosingSession]:
    return list(
        DosingSession.objects.filter(participant__study=running)
        .exclude(state__in=OVER)
        .select_related(
            "participant__study", "participant__site", "participant__protocol_version", "site", "visit"
        )
        .order_by("site__code", "chair")
    )


def minutes(session: DosingSession) -> int:
    assert session.dosed_at is not None
    return int((NOW - session.dosed_at).total_seconds() // 60)


def test_sessions_stand_at_different_minutes(sitting: list[DosingSession]) -> None:
    since = sorted(minutes(session) for session in sitting if session.dosed_at is not None)
    assert len(since) >= 5
    assert len(set(since)) == len(since)
    assert since[0] < 10
    assert since[-1] >= 110
    assert {session.state for session in sitting} >= {"OBSERVING", "DOSING", "WITHHELD"}
    assert {session.site.code for session in sitting} == {"104", "201", "301"}


def test_one_left_early_with_a_deviation_and_readings_from_paper(running: Study) -> None:
    (release,) = Release.objects.filter(session__participant__study=running).exclude(early_category="")
    session = release.session
    assert (session.state, release.minutes_observed, session.ended_at) == (
        "DISCHARGED",
        95,
        release.released_at,
    )
    made = Deviation.objects.get(session=session, origin="SYSTEM")
    assert made.kind == "EARLY_RELEASE"
    assert "water pipe" in made.happened
    entered = PaperEntry.objects.filter(observation__session=session).select_related("observation")
    assert sorted(entry.observation.slot_minute for entry in entered) == [60, 75]
    seen = [entry.observation for entry in entered]
    assert all(one.entered_at - one.observed_at > timedelta(minutes=10) for one in seen)
    assert {entry.measured_by for entry in entered} == {"KG"}


def test_visits_are_due_and_overdue(running: Study) -> None:
    waiting = Visit.objects.filter(
        participant__study=running,
        participant__status="RANDOMIZED",
        held_at__isnull=True,
        missed_at__isnull=True,
    ).exclude(sessions__state__in=["CHECKED_IN", "WITHHELD", "CLEARED", "DOSING", "OBSERVING"])
    assert waiting.filter(closes_at__lte=NOW).count() >= 3
    assert waiting.filter(opens_at__lte=NOW, closes_at__gt=NOW, planned_at__isnull=False).count() >= 5
    assert waiting.filter(opens_at__gt=NOW).count() > 20


def test_screenings_are_under_way_and_some_wait_for_the_draw(running: Study) -> None:
    ways = Screening.objects.filter(participant__study=running)
    assert ways.filter(state="OPEN").count() == 8
    assert ways.filter(state="FAILED").count() == 5
    waiting = Participant.objects.filter(study=running, status="ELIGIBLE")
    assert waiting.count() == 2
    for participant in waiting:
        snapshot = eligibility_for_randomization(participant_id=participant.pk)
        assert snapshot.eligible, snapshot.reasons
        assert snapshot.signed


def test_nothing_lies_in_the_future(running: Study) -> None:
    assert not Observation.objects.filter(recorded_at__gt=NOW).exists()
    assert not Visit.objects.filter(held_at__gt=NOW).exists()
    assert not DosingSession.objects.filter(checked_in_at__gt=NOW).exists()


def test_findings_are_noted_in_the_past_and_open_today(running: Study, sitting: list[DosingSession]) -> None:
    assert Finding.objects.filter(session__in=sitting, acknowledged_at__isnull=True).exists()
    assert not Finding.objects.filter(session__state__in=OVER, acknowledged_at__isnull=True).exists()


def test_the_coordinator_can_switch_between_two_sites_and_two_studies(running: Study) -> None:
    places = places_of(viewer=account("coordinator"), now=NOW)
    assert {(place.study.code, place.site.code) for place in places if place.study and place.site} == {
        ("t2-live", "201"),
        ("t2-live", "301"),
    }


def record(session: DosingSession, slot: int, at: datetime, **values: Any) -> None:
    observation_record(
        observation_id=uuid4(),
        session_id=session.pk,
        slot_minute=slot,
        values={**CALM, **values},
        observed_at=at,
        entered_at=at,
        by=account("nurse"),
        at=at,
    )


def test_a_session_in_progress_is_carried_on_to_the_way_home(sitting: list[DosingSession]) -> None:
    session = next(
        one for one in sitting if one.site.code == "201" and one.state == "OBSERVING" and minutes(one) < 60
    )
    dosed_at, nurse = session.dosed_at, account("nurse")
    assert dosed_at is not None
    statement = Statement(
        frozenset(
            one.code
            for one in protocol_of(session.participant.protocol_version).discharge.conditions
            if one.kind in CONFIRMED_KINDS
        )
    )
    with pytest.raises(Refused):
        participant_release(session_id=session.pk, statement=statement, by=nurse, at=NOW)

    pressure = {"sbp": 118, "dbp": 74, "hr": 70}
    scales = {
        "cadss_items": {str(n): 0 for n in range(1, 24)},
        "bprs_items": {str(n): 0 for n in range(1, 5)},
    }
    more: dict[int, dict[str, Any]] = {
        60: {**pressure, "ready": False},
        90: {**pressure, **scales, "rr": 15, "temp_c": 36.6, "ready": True},
        120: {**pressure, "ready": True},
    }
    now_watching = watch(viewer=nurse, session_id=session.pk, now=NOW)
    taken = {one.slot_minute for one in now_watching.observations}
    for slot in (45, 60, 75, 90, 120):
        if slot not in taken:
            record(session, slot, dosed_at + timedelta(minutes=slot, seconds=20), **more.get(slot, {}))
    for finding in Finding.objects.filter(session=session, acknowledged_at__isnull=True):
        finding_acknowledge(finding_id=finding.pk, by=nurse, at=NOW + timedelta(minutes=1))
    release = participant_release(
        session_id=session.pk, statement=statement, by=nurse, at=dosed_at + timedelta(minutes=122)
    )
    session.refresh_from_db()
    assert session.state == "DISCHARGED"
    assert release.minutes_observed == 122


def test_a_withheld_dose_is_given_after_another_measurement(sitting: list[DosingSession]) -> None:
    session = next(one for one in sitting if one.state == "WITHHELD")
    nurse = User.objects.get(email=f"nurse.{session.site.code}@demo.example")
    investigator = User.objects.get(email=f"investigator.{session.site.code}@demo.example")
    at = NOW + timedelta(minutes=8)
    session = gates_record(
        session_id=session.pk,
        answers={"BP": {"sbp": 131, "dbp": 82}},
        version=session.version,
        by=nurse,
        at=at,
    )
    asked = DosingSession.objects.filter(participant=session.participant, dosed_at__isnull=False)
    dose_mg = asked.order_by("-dosed_at").values_list("dose_mg", flat=True)[0]
    session = dose_request(
        session_id=session.pk, dose_mg=dose_mg, version=session.version, by=investigator, at=at
    )
    session = session_clear(session_id=session.pk, version=session.version, by=nurse, at=at)
    kits = kits_of_visit(participant_id=session.participant_id, visit_code=session.visit.code)
    assert [kit.position for kit in kits] == [1, 2, 3]
    session = spray_first(
        session_id=session.pk,
        kit_number=kits[0].number,
        nostril="LEFT",
        sprayed_at=at + timedelta(minutes=4),
        version=session.version,
        by=nurse,
        at=at + timedelta(minutes=4),
    )
    assert session.state == "DOSING"


def test_who_is_eligible_can_be_randomized_with_kits_in_hand(running: Study) -> None:
    for participant in Participant.objects.filter(study=running, status="ELIGIBLE").select_related("site"):
        by = User.objects.get(email=f"coordinator.{participant.site.code}@demo.example")
        answer, repeated = participant_randomize_with_kits(
            participant_id=participant.pk, key=uuid4(), by=by, at=NOW + timedelta(minutes=1)
        )
        assert not repeated
        assert len(answer.kits) == 3
        assert participant.visits.count() == 10


def test_the_next_number_follows_the_last_one_used(running: Study) -> None:
    sequence = NumberSequence.objects.get(site__study=running, site__code="201")
    made = participant_enroll(
        site_id=sequence.site_id,
        full_name="Nadja Neu",
        birth_date=NOW.date().replace(year=1980),
        sex="F",
        consented_at=NOW,
        form_version="1.0",
        by=account("coordinator"),
        at=NOW,
    )
    assert made.number == f"201-{sequence.next_value:04d}"


def test_these_tests_have_the_applications_rights_only(running: Study) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("vigil_app",)


def test_the_applications_login_cannot_seed(running: Study) -> None:
    with pytest.raises(NotAllowed), transaction.atomic():
        finished_study_seed(tell=lambda stage: None, by=system_user(), at=NOW)
    assert not Study.objects.filter(code="t2-demo").exists()
