from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.dosing.models import DosingSession
from apps.monitoring.models import Finding, Observation
from apps.monitoring.selectors import watch
from tests.apps.monitoring.scene import CALM, NO_DISSOCIATION, Nurse, seat
from tests.factories.cast import Cast

MINUTE = timedelta(minutes=1)


def grounds(refusal: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return {reason.code for reason in refusal.value.reasons}


def test_a_reading_is_written_with_its_three_times_and_an_audit_record(nurse: Nurse, at: datetime) -> None:
    seen, typed, received = at + 40 * MINUTE, at + 41 * MINUTE, at + 55 * MINUTE
    observation, created = nurse.records(
        received, slot=40, observed_at=seen, entered_at=typed, device_now=typed + timedelta(seconds=9), **CALM
    )
    assert created
    row = Observation.objects.get()
    assert (row.observed_at, row.entered_at, row.recorded_at) == (seen, typed, received)
    assert (row.sbp, row.slot_minute, row.device_skew_ms, row.recorded_by) == (122, 40, 9000, nurse.user)
    event = AuditEvent.objects.get(kind="observation.recorded")
    assert event.subject_id == str(observation.pk)
    assert (event.participant_number, event.site_code, event.study_code) == ("DE01-0001", "DE01", "t2")


def test_the_same_request_again_gives_the_same_row_and_writes_nothing(nurse: Nurse, at: datetime) -> None:
    first, key = at + 15 * MINUTE, uuid4()
    made, created = nurse.records(first, id=key, slot=15, spo2=91, confirmed=["spo2"])
    assert created
    for later in (1, 50):
        again, new = nurse.records(
            first + later * MINUTE,
            id=key,
            slot=15,
            observed_at=first,
            entered_at=first,
            spo2=91,
            confirmed=["spo2"],
        )
        assert (again.pk, new) == (made.pk, False)
    assert Observation.objects.count() == 1
    assert Finding.objects.filter(rule="E8").count() == 1
    assert AuditEvent.objects.filter(kind="observation.recorded").count() == 1


def test_a_repeat_is_answered_even_after_the_participant_left(nurse: Nurse, at: datetime) -> None:
    key, moment = uuid4(), at + 119 * MINUTE
    nurse.records(moment, id=key, **CALM)
    DosingSession.objects.update(state="DISCHARGED", ended_at=at + 125 * MINUTE)
    _, created = nurse.records(at + 200 * MINUTE, id=key, observed_at=moment, entered_at=moment, **CALM)
    assert not created


def test_the_same_identifier_with_another_content_is_a_conflict(nurse: Nurse, at: datetime) -> None:
    key = uuid4()
    nurse.records(at + MINUTE, id=key, **CALM)
    for changed in ({"sbp": 123}, {"note": "x"}, {"slot": 15}, {"observed_at": at}):
        with pytest.raises(Conflict):
            nurse.records(at + MINUTE, id=key, **{**CALM, **changed})
    assert Observation.objects.get().sbp == 122


def test_an_identifier_of_another_session_tells_nothing_of_it(cast: Cast, nurse: Nurse, at: datetime) -> None:
    other = Nurse(seat(cast, at=at, chair=2, number="DE01-0002"), cast.nurse)
    key = uuid4()
    nurse.records(at + MINUTE, id=key, **CALM)
    with pytest.raises(Conflict) as refusal:
        other.records(at + MINUTE, id=key, **CALM)
    assert "DE01" not in str(refusal.value)


def test_two_readings_for_one_slot_are_two_rows(nurse: Nurse, at: datetime) -> None:
    nurse.records(at + 15 * MINUTE, slot=15, spo2=97, moaas=5)
    nurse.records(at + 16 * MINUTE, slot=15, spo2=95, moaas=5)
    assert Observation.objects.filter(slot_minute=15).count() == 2


def test_every_ground_is_named_at_once(nurse: Nurse, at: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        nurse.records(
            at + 60 * MINUTE,
            slot=40,
            observed_at=at + 50 * MINUTE,
            sbp=400,
            spo2=90,
            not_done={"hr": ""},
            note="x" * 2001,
        )
    assert grounds(refusal) == {
        "impossible_value",
        "half_a_pressure",
        "confirm_or_repeat",
        "reason_missing",
        "late",
        "too_long",
    }
    assert not Observation.objects.exists()
    assert not AuditEvent.objects.filter(kind__startswith="observation").exists()


@pytest.mark.parametrize(
    ("slot", "minute", "code"),
    [(44, 44, "no_such_slot"), (2**40, 44, "no_such_slot"), (-1, 5, "dose_given"), (15, -5, "no_dose_yet")],
)
def test_a_reading_belongs_to_a_slot_of_the_plan_at_its_time(
    nurse: Nurse, at: datetime, slot: int, minute: int, code: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        nurse.records(at + minute * MINUTE, slot=slot, **CALM)
    assert code in grounds(refusal)


def test_beyond_the_tolerance_a_reason_is_asked(nurse: Nurse, at: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        nurse.records(at + 43 * MINUTE, slot=40, **CALM)
    assert grounds(refusal) == {"late"}
    nurse.records(at + 43 * MINUTE, slot=40, late_reason="Another participant needed care", **CALM)
    assert Observation.objects.get().late_reason == "Another participant needed care"


def test_the_future_is_refused(nurse: Nurse, at: datetime) -> None:
    ahead = at + 12 * MINUTE
    with pytest.raises(Invalid) as refusal:
        nurse.records(at + 10 * MINUTE, observed_at=ahead, entered_at=ahead, **CALM)
    assert grounds(refusal) == {"in_the_future"}


def test_before_the_spray_only_predose_and_extra_readings_are_taken(cast: Cast, at: datetime) -> None:
    nurse = Nurse(seat(cast, at=at, minutes=None), cast.nurse)
    nurse.records(at, slot=-1, **CALM)
    nurse.records(at, **CALM)
    with pytest.raises(Invalid) as refusal:
        nurse.records(at, slot=15, **CALM)
    assert "no_dose_yet" in grounds(refusal)


def test_a_reading_that_reaches_the_server_after_the_end_is_kept(nurse: Nurse, at: datetime) -> None:
    DosingSession.objects.update(state="DISCHARGED", ended_at=at + 125 * MINUTE)
    seen = at + 118 * MINUTE
    nurse.records(at + 140 * MINUTE, slot=120, observed_at=seen, entered_at=seen, **CALM)
    with pytest.raises(Invalid) as refusal:
        nurse.records(at + 140 * MINUTE, observed_at=at + 130 * MINUTE, late_reason="x", **CALM)
    assert "session_over" in grounds(refusal)


def test_findings_are_written_with_the_reading(nurse: Nurse, at: datetime) -> None:
    nurse.records(at - 10 * MINUTE, slot=-1, **CALM)
    moment = at + 40 * MINUTE
    observation, _ = nurse.records(
        moment,
        slot=40,
        sbp=184,
        dbp=96,
        spo2=98,
        confirmed=["sbp"],
        cadss_items={**NO_DISSOCIATION, "1": 3, "2": 3},
    )
    found = {finding.rule: finding for finding in Finding.objects.filter(observation=observation)}
    assert set(found) == {"E1", "E2"}  # no predose CADSS, so no rise is known and E10 stays undecided
    assert found["E1"].recheck_at == moment + 5 * MINUTE
    assert found["E1"].notify == ["INVESTIGATOR", "SESSION_NURSE"]
    assert found["E1"].raised_at == moment


def test_nothing_is_carried_forward_from_an_earlier_reading(nurse: Nurse, at: datetime) -> None:
    nurse.records(at - 10 * MINUTE, slot=-1, **CALM)
    nurse.records(at + 15 * MINUTE, slot=15, spo2=97)
    row = Observation.objects.get(slot_minute=15)
    assert (row.moaas, row.sbp, row.hr) == (None, None, None)


@pytest.mark.parametrize("role", ["COORDINATOR", "MONITOR", "SAFETY_PHYSICIAN"])
def test_who_may_see_a_session_but_not_record_is_refused(
    cast: Cast, nurse: Nurse, at: datetime, role: str
) -> None:
    with pytest.raises(NotAllowed):
        nurse.records(at + MINUTE, by=cast.by_role[role], **CALM)


@pytest.mark.parametrize(
    "role", ["EFFICACY_RATER", "PHARMACIST", "SPONSOR", "UNBLINDED_STATISTICIAN", "ADMINISTRATOR", "OUTSIDER"]
)
def test_for_everybody_else_there_is_no_session(cast: Cast, nurse: Nurse, at: datetime, role: str) -> None:
    with pytest.raises(NotFound):
        nurse.records(at + MINUTE, by=cast.by_role[role], **CALM)


def test_the_other_sites_nurse_finds_nothing(cast: Cast, nurse: Nurse, at: datetime) -> None:
    with pytest.raises(NotFound):
        nurse.records(at + MINUTE, by=cast.other_nurse, **CALM)
    with pytest.raises(NotFound):
        watch(viewer=cast.other_nurse, session_id=nurse.session.pk, now=at)


def test_a_row_can_be_neither_changed_nor_taken_away(nurse: Nurse, at: datetime) -> None:
    nurse.records(at + MINUTE, **CALM)
    for statement in ("UPDATE monitoring_observation SET sbp = 120", "DELETE FROM monitoring_observation"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_database_itself_refuses_what_no_body_shows(nurse: Nurse, at: datetime) -> None:
    observation, _ = nurse.records(at + MINUTE, **CALM)
    for field, value in (("sbp", 301), ("spo2", 101), ("moaas", 6), ("dbp", 130)):
        observation.pk = uuid4()
        kept = getattr(observation, field)
        setattr(observation, field, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            observation.save(force_insert=True)
        setattr(observation, field, kept)
