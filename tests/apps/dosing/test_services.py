"""One session, act by act: who may, when it is refused, what it leaves behind."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction

from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound, Refused
from apps.dosing import selectors
from apps.dosing.domain.kits import KitRefused, SprayRefused
from apps.dosing.domain.session import DischargeClearance, IllegalTransition
from apps.dosing.models import DosingSession, GateCheck, SessionTransition
from apps.dosing.services import (
    CheckInRefused,
    GatesHold,
    device_close,
    dose_request,
    gate_override,
    gates_record,
    session_check_in,
    session_clear,
    session_discharge,
    session_stop,
    spray_first,
)
from apps.participants.models import Participant
from apps.participants.services import participant_discontinue
from apps.schedule.services import visit_miss
from apps.supply.models import Kit
from tests.factories.cast import Cast
from tests.factories.treatment import (
    checked_in,
    cleared,
    gate_answers,
    in_treatment,
    kit_number,
    observing,
    sprayed,
    stock_make,
    visit_of,
)

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def person(cast: Cast, at: datetime) -> Participant:
    stock_make(cast, at=at)
    return in_treatment(cast, at=at)


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


def answer(cast: Cast, session: DosingSession, *, at: datetime, **answers: Any) -> DosingSession:
    return gates_record(session_id=session.pk, answers=answers, version=session.version, by=cast.nurse, at=at)


# --- check-in ---------------------------------------------------------------------------------------------------


def test_check_in_opens_a_session_in_a_chair(person: Participant, cast: Cast, at: datetime) -> None:
    session = session_check_in(visit_id=visit_of(person, "D1").pk, chair=3, by=cast.coordinator, at=at)
    assert (session.state, session.chair, session.version) == ("CHECKED_IN", 3, 1)
    step = SessionTransition.objects.get(session=session)
    assert (step.action, step.from_state, step.to_state) == ("CHECK_IN", "", "CHECKED_IN")
    event = AuditEvent.objects.get(kind="session.checked_in")
    assert (event.participant_number, event.site_code) == (person.number, "DE01")


def test_check_in_is_refused_with_every_ground(person: Participant, cast: Cast, at: datetime) -> None:
    participant_discontinue(
        participant_id=person.pk, reason_code="WITHDREW_CONSENT", reason="", by=cast.investigator, at=at
    )
    with pytest.raises(CheckInRefused) as refused:
        session_check_in(visit_id=visit_of(person, "D4").pk, chair=7, by=cast.nurse, at=at)
    assert codes(refused) == [
        "not_in_treatment",
        "no_consent",
        "window_not_open",
        "first_dose_first",
        "no_such_chair",
    ]


def test_a_visit_without_a_dose_has_no_session(person: Participant, cast: Cast, at: datetime) -> None:
    with pytest.raises(CheckInRefused) as refused:
        session_check_in(visit_id=visit_of(person, "D2").pk, chair=1, by=cast.nurse, at=at)
    assert "no_dosing_visit" in codes(refused)


def test_one_session_for_a_visit_and_one_person_to_a_chair(
    person: Participant, cast: Cast, at: datetime
) -> None:
    checked_in(cast, person, at=at, chair=1)
    with pytest.raises(CheckInRefused) as twice:
        session_check_in(visit_id=visit_of(person, "D1").pk, chair=1, by=cast.nurse, at=at)
    assert codes(twice) == ["session_open", "chair_taken"]
    other = in_treatment(cast, at=at)
    with pytest.raises(CheckInRefused) as same_chair:
        session_check_in(visit_id=visit_of(other, "D1").pk, chair=1, by=cast.nurse, at=at)
    assert codes(same_chair) == ["chair_taken"]


def test_the_day_after_a_dose_is_too_soon_for_the_next(person: Participant, cast: Cast, at: datetime) -> None:
    """Given two days late, the first dose moves the window of Day 4; the spacing still counts from the real dose."""
    late = at + timedelta(days=2)
    observing(cast, person, at=late)
    with pytest.raises(CheckInRefused) as refused:
        session_check_in(
            visit_id=visit_of(person, "D4").pk, chair=2, by=cast.nurse, at=late + timedelta(days=1)
        )
    assert "doses_too_close" in codes(refused)


def test_who_may_not_check_in_here_finds_no_visit(person: Participant, cast: Cast, at: datetime) -> None:
    visit = visit_of(person, "D1")
    for stranger in (
        cast.other_nurse,
        cast.rater,
        cast.sponsor,
        cast.pharmacist,
        cast.outsider,
        cast.monitor,
    ):
        with pytest.raises(NotFound):
            session_check_in(visit_id=visit.pk, chair=1, by=stranger, at=at)


# --- gates ------------------------------------------------------------------------------------------------------


def test_gates_that_pass_leave_the_session_ready_to_be_cleared(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    session = answer(cast, session, at=at, **gate_answers(now=at))
    assert session.state == "CHECKED_IN"
    assert GateCheck.objects.filter(session=session).count() == 15
    session = session_clear(session_id=session.pk, version=session.version, by=cast.nurse, at=at)
    assert session.state == "CLEARED"


def test_a_high_pressure_withholds_the_dose_and_a_good_one_after_the_rest_lets_it_go_on(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    session = answer(cast, session, at=at, **gate_answers(now=at, BP={"sbp": 152, "dbp": 88}))
    assert session.state == "WITHHELD"
    with pytest.raises(GatesHold) as held:
        session_clear(session_id=session.pk, version=session.version, by=cast.nurse, at=at)
    assert codes(held) == ["gate_held"]
    assert "Repeat from 10:10" in str(held.value)
    later = at + timedelta(minutes=11)
    session = answer(cast, session, at=later, BP={"sbp": 134, "dbp": 84})
    assert session.state == "CHECKED_IN"
    session = session_clear(session_id=session.pk, version=session.version, by=cast.nurse, at=later)
    assert [step.action for step in selectors.transitions_of(session=session)] == [
        "CHECK_IN",
        "WITHHOLD",
        "RECHECK",
        "CLEAR",
    ]


def test_an_interval_that_ran_out_meanwhile_counts_without_being_asked_again(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    drank = {"last_at": (at - timedelta(minutes=22)).isoformat()}
    session = answer(cast, session, at=at, **gate_answers(now=at, LIQUID=drank))
    with pytest.raises(GatesHold) as held:
        session_clear(session_id=session.pk, version=session.version, by=cast.nurse, at=at)
    assert "clears at 10:08, 8 minutes to go" in str(held.value)
    later = at + timedelta(minutes=8)
    session = session_clear(session_id=session.pk, version=session.version, by=cast.nurse, at=later)
    assert session.state == "CLEARED"
    assert (
        selectors.gate_checks(session=session, protocol=selectors.protocol_for(session))["LIQUID"].outcome
        == "PASSED"
    )


def test_clearing_names_every_gate_nobody_answered(person: Participant, cast: Cast, at: datetime) -> None:
    session = checked_in(cast, person, at=at)
    session = answer(cast, session, at=at, **gate_answers(now=at, BP=None, SPO2=None))
    with pytest.raises(GatesHold) as refused:
        session_clear(session_id=session.pk, version=session.version, by=cast.nurse, at=at)
    assert [reason.field for reason in refused.value.reasons] == ["BP", "SPO2"]


def test_wrong_answers_are_refused_together_and_nothing_is_kept(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    with pytest.raises(Invalid) as refused:
        answer(
            cast,
            session,
            at=at,
            BP={"sbp": 1200, "dbp": 80},
            SPO2={"value": "x"},
            NOSUCH={},
            ESCORT={"confirmed": True},
        )
    assert {reason.field for reason in refused.value.reasons} == {"BP", "SPO2", "NOSUCH"}
    assert not GateCheck.objects.filter(session=session).exists()


def test_an_override_is_the_investigators_with_a_reason_where_the_protocol_allows(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    held = gate_answers(now=at, BP={"sbp": 144, "dbp": 80}, IDENTITY={"confirmed": False})
    session = answer(cast, session, at=at, **held)

    def override(
        gate: str, reason: str = "Known white-coat pressure", by: Any = cast.investigator
    ) -> DosingSession:
        return gate_override(
            session_id=session.pk, gate=gate, reason=reason, version=session.version, by=by, at=at
        )

    with pytest.raises(NotAllowed):
        override("BP", by=cast.nurse)
    with pytest.raises(GatesHold) as no_reason:
        override("BP", reason=" ")
    assert codes(no_reason) == ["reason_needed"]
    with pytest.raises(GatesHold) as never:
        override("IDENTITY")
    assert codes(never) == ["never_overridden"]
    with pytest.raises(GatesHold):
        override("NOSUCH")
    session = override("BP")
    assert session.state == "WITHHELD", "identity still holds"
    session = answer(cast, session, at=at, IDENTITY={"confirmed": True})
    assert session.state == "CHECKED_IN"
    assert AuditEvent.objects.get(kind="gate.overridden").reason == "Known white-coat pressure"
    session_clear(session_id=session.pk, version=session.version, by=cast.nurse, at=at)


def test_a_reading_after_clearance_can_still_hold_the_dose(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = cleared(cast, person, at=at)
    session = answer(cast, session, at=at, SPO2={"value": 91})
    assert session.state == "WITHHELD"


def test_an_answer_is_never_changed_or_deleted(person: Participant, cast: Cast, at: datetime) -> None:
    session = answer(cast, checked_in(cast, person, at=at), at=at, SPO2={"value": 98})
    for change in (lambda rows: rows.update(outcome="HELD"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(GateCheck.objects.filter(session=session))


# --- the dose -----------------------------------------------------------------------------------------------------


def test_a_dose_with_nothing_to_decide_may_be_asked_for_by_the_nurse(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    session = dose_request(session_id=session.pk, dose_mg=56, version=session.version, by=cast.nurse, at=at)
    assert session.dose_mg == 56
    assert len(AuditEvent.objects.get(kind="dose.requested").detail["kits"]) == 3
    with pytest.raises(Conflict):
        dose_request(session_id=session.pk, dose_mg=56, version=session.version, by=cast.nurse, at=at)


def test_a_choice_of_dose_is_the_investigators(person: Participant, cast: Cast, at: datetime) -> None:
    observing(cast, person, at=at)
    later = at + timedelta(days=3)
    session = checked_in(cast, person, at=later, code="D4", chair=2)
    with pytest.raises(NotAllowed):
        dose_request(session_id=session.pk, dose_mg=84, version=session.version, by=cast.nurse, at=later)
    with pytest.raises(NotAllowed):
        dose_request(
            session_id=session.pk, dose_mg=84, version=session.version, by=cast.coordinator, at=later
        )
    with pytest.raises(Invalid) as refused:
        dose_request(
            session_id=session.pk, dose_mg=28, version=session.version, by=cast.investigator, at=later
        )
    assert "56 mg or 84 mg" in str(refused.value)
    session = dose_request(
        session_id=session.pk, dose_mg=84, version=session.version, by=cast.investigator, at=later
    )
    assert Kit.objects.filter(participant=person, visit_code="D4", state="DISPENSED").count() == 3


# --- devices ------------------------------------------------------------------------------------------------------


def test_the_first_spray_is_time_zero_holds_the_visit_and_uses_the_kit(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = cleared(cast, person, at=at)
    number = kit_number(session, 1)
    session = sprayed(cast, session, at=at, close=False)
    assert (session.state, session.dosed_at) == ("DOSING", at)
    assert visit_of(person, "D1").held_at == at
    assert Kit.objects.get(number=number).state == "ADMINISTERED"


def test_three_devices_at_the_gap_lead_into_the_two_hours(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = observing(cast, person, at=at)
    assert session.state == "OBSERVING"
    assert [use.first_spray_at - at for use in selectors.device_uses(session=session)] == [
        timedelta(0),
        timedelta(minutes=5),
        timedelta(minutes=10),
    ]
    assert [step.to_state for step in selectors.transitions_of(session=session)] == [
        "CHECKED_IN",
        "CLEARED",
        "DOSING",
        "DOSING",
        "DOSING",
        "OBSERVING",
    ]


def test_the_wrong_kit_is_refused_and_says_which_is_right(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = cleared(cast, person, at=at)
    first, second = kit_number(session, 1), kit_number(session, 2)

    def spray(kit: str) -> None:
        spray_first(
            session_id=session.pk,
            kit_number=kit,
            nostril="LEFT",
            sprayed_at=at,
            version=session.version,
            by=cast.nurse,
            at=at,
        )

    with pytest.raises(KitRefused) as other_device:
        spray(second)
    assert f"Kit {second} is for device 2; device 1 is kit {first}." in str(other_device.value)
    with pytest.raises(KitRefused) as unknown:
        spray("K00000")
    assert "does not belong to this visit" in str(unknown.value)
    Kit.objects.filter(number=first).update(expires_on=date(2026, 3, 9))
    with pytest.raises(KitRefused) as expired:
        spray(first)
    assert codes(expired) == ["kit_expired"]
    session.refresh_from_db()
    assert session.state == "CLEARED"


def test_no_spray_without_a_dose_asked_for(person: Participant, cast: Cast, at: datetime) -> None:
    session = answer(cast, checked_in(cast, person, at=at), at=at, **gate_answers(now=at))
    session = session_clear(session_id=session.pk, version=session.version, by=cast.nurse, at=at)
    with pytest.raises(KitRefused) as refused:
        sprayed(cast, session, at=at)
    assert codes(refused) == ["no_kits_yet"]


def test_the_next_device_waits_for_the_gap_and_for_the_one_before(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = sprayed(cast, cleared(cast, person, at=at), at=at, close=False)
    with pytest.raises(SprayRefused) as refused:
        sprayed(cast, session, at=at + timedelta(minutes=4, seconds=59), ordinal=2)
    assert codes(refused) == ["device_open", "too_early"]


def test_no_spray_before_clearance_nor_in_the_future(person: Participant, cast: Cast, at: datetime) -> None:
    session = cleared(cast, person, at=at)
    for sprayed_at, code in (
        (at - timedelta(seconds=1), "before_clearance"),
        (at + timedelta(seconds=1), "in_the_future"),
    ):
        with pytest.raises(SprayRefused) as refused:
            spray_first(
                session_id=session.pk,
                kit_number=kit_number(session, 1),
                nostril="LEFT",
                sprayed_at=sprayed_at,
                version=session.version,
                by=cast.nurse,
                at=at,
            )
        assert codes(refused) == [code]


def test_a_sneeze_is_recorded_and_never_sprayed_again(person: Participant, cast: Cast, at: datetime) -> None:
    session = sprayed(cast, cleared(cast, person, at=at), at=at, close=False)

    def close(ordinal: int = 1, **changed: Any) -> DosingSession:
        given: dict[str, Any] = {
            "second_spray_at": None,
            "outcome": "SNEEZED",
            "note": "Right after the first spray",
        }
        return device_close(
            session_id=session.pk,
            ordinal=ordinal,
            version=session.version,
            by=cast.nurse,
            at=at,
            **{**given, **changed},
        )

    for changed, code in (
        ({"note": ""}, "note_needed"),
        ({"outcome": "COMPLETE"}, "second_spray_needed"),
        ({"outcome": "OTHER"}, "how_did_it_go"),
        ({"second_spray_at": at - timedelta(seconds=1)}, "sprays_out_of_order"),
    ):
        with pytest.raises(Invalid) as refused:
            close(**changed)
        assert codes(refused) == [code]
    with pytest.raises(NotFound):
        close(ordinal=2)
    session = close()
    with pytest.raises(Conflict) as again:
        close(outcome="COMPLETE", second_spray_at=at)
    assert codes(again) == ["device_closed"]
    with pytest.raises(KitRefused):
        spray_first(
            session_id=session.pk,
            kit_number=selectors.device_uses(session=session)[0].kit.number,
            nostril="LEFT",
            sprayed_at=at + timedelta(minutes=6),
            version=session.version,
            by=cast.nurse,
            at=at + timedelta(minutes=6),
        )


def test_a_first_dose_two_days_later_moves_the_whole_schedule(
    person: Participant, cast: Cast, at: datetime
) -> None:
    observing(cast, person, at=at + timedelta(days=2))
    assert visit_of(person, "D1").target_date == date(2026, 3, 12)
    assert visit_of(person, "D28").target_date == date(2026, 4, 8)


def test_a_visit_recorded_as_missed_takes_no_spray(person: Participant, cast: Cast, at: datetime) -> None:
    session = cleared(cast, person, at=at)
    visit_miss(visit_id=session.visit_id, reason="Recorded by mistake", by=cast.coordinator, at=at)
    with pytest.raises(Refused) as refused:
        sprayed(cast, session, at=at)
    assert codes(refused) == ["visit_missed"]
    session.refresh_from_db()
    assert session.state == "CLEARED"


# --- ends ---------------------------------------------------------------------------------------------------------


def test_a_session_stopped_before_any_spray_leaves_the_visit_open_for_another_try(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = answer(cast, checked_in(cast, person, at=at), at=at, BP={"sbp": 170, "dbp": 80})
    with pytest.raises(Invalid):
        session_stop(session_id=session.pk, reason="", version=session.version, by=cast.nurse, at=at)
    session = session_stop(
        session_id=session.pk,
        reason="Still high after rest; tomorrow",
        version=session.version,
        by=cast.nurse,
        at=at,
    )
    assert (session.state, session.ended_at) == ("STOPPED", at)
    assert visit_of(person, "D1").held_at is None
    again = checked_in(cast, person, at=at + timedelta(days=1))
    assert again.state == "CHECKED_IN"


def test_a_session_stopped_after_a_spray_goes_on_into_the_two_hours(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = sprayed(cast, cleared(cast, person, at=at), at=at, close=False)

    def stop() -> DosingSession:
        return session_stop(
            session_id=session.pk,
            reason="Vomited",
            version=session.version,
            by=cast.nurse,
            at=at + timedelta(minutes=6),
        )

    with pytest.raises(Invalid) as still_open:
        stop()
    assert codes(still_open) == ["device_open"]
    session = device_close(
        session_id=session.pk,
        ordinal=1,
        second_spray_at=None,
        outcome="PARTIAL",
        note="Vomited",
        version=session.version,
        by=cast.nurse,
        at=at,
    )
    session = stop()
    assert (session.state, session.ended_at) == ("OBSERVING", None)
    with pytest.raises(IllegalTransition):
        stop()
    with pytest.raises(IllegalTransition):
        sprayed(cast, session, at=at + timedelta(minutes=7), ordinal=2)


def clearance(session: DosingSession, at: datetime) -> DischargeClearance:
    return DischargeClearance(
        session_id=session.pk, cleared_at=at, minutes_observed=121, observation_count=9, rule_digest="abc"
    )


def test_discharge_needs_a_clearance_of_this_very_session(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = observing(cast, person, at=at)
    end = at + timedelta(minutes=121)
    foreign = DischargeClearance(
        session_id=uuid4(), cleared_at=end, minutes_observed=121, observation_count=9, rule_digest="abc"
    )
    with pytest.raises(NotAllowed):
        session_discharge(session_id=session.pk, clearance=foreign, by=cast.nurse, at=end)
    with pytest.raises(NotAllowed):
        session_discharge(
            session_id=session.pk, clearance=clearance(session, end), by=cast.coordinator, at=end
        )
    session = session_discharge(
        session_id=session.pk, clearance=clearance(session, end), by=cast.nurse, at=end
    )
    assert (session.state, session.ended_at) == ("DISCHARGED", end)
    with pytest.raises(IllegalTransition):
        session_discharge(session_id=session.pk, clearance=clearance(session, end), by=cast.nurse, at=end)


def test_nobody_is_discharged_who_is_not_observed(person: Participant, cast: Cast, at: datetime) -> None:
    session = cleared(cast, person, at=at)
    with pytest.raises(IllegalTransition):
        session_discharge(session_id=session.pk, clearance=clearance(session, at), by=cast.nurse, at=at)


# --- all acts -----------------------------------------------------------------------------------------------------


def acts(session: DosingSession, by: Any, version: int, at: datetime) -> dict[str, Any]:
    common: dict[str, Any] = {"session_id": session.pk, "version": version, "by": by, "at": at}
    return {
        "gates": lambda: gates_record(answers={"ESCORT": {"confirmed": True}}, **common),
        "override": lambda: gate_override(gate="BP", reason="Because", **common),
        "clear": lambda: session_clear(**common),
        "dose": lambda: dose_request(dose_mg=56, **common),
        "spray": lambda: spray_first(kit_number="K1", nostril="LEFT", sprayed_at=at, **common),
        "close": lambda: device_close(ordinal=1, second_spray_at=at, outcome="COMPLETE", **common),
        "stop": lambda: session_stop(reason="Because", **common),
    }


def test_every_act_refuses_a_stale_version_and_changes_nothing(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    for act in acts(session, cast.investigator, session.version + 1, at).values():
        with pytest.raises(Conflict) as refused:
            act()
        assert codes(refused) == ["stale_version"]
    assert SessionTransition.objects.filter(session=session).count() == 1


def test_no_act_finds_a_session_of_another_site_or_role(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    for stranger in (
        cast.other_nurse,
        cast.other_investigator,
        cast.rater,
        cast.sponsor,
        cast.statistician,
        cast.outsider,
    ):
        for act in acts(session, stranger, session.version, at).values():
            with pytest.raises(NotFound):
                act()


def test_who_only_reads_a_session_acts_in_none(person: Participant, cast: Cast, at: datetime) -> None:
    session = checked_in(cast, person, at=at)
    for reader in (cast.coordinator, cast.monitor, cast.physician):
        for act in acts(session, reader, session.version, at).values():
            with pytest.raises(NotAllowed):
                act()


def test_a_session_being_observed_takes_no_step_back(person: Participant, cast: Cast, at: datetime) -> None:
    session = observing(cast, person, at=at)
    for name, act in acts(session, cast.investigator, session.version, at + timedelta(hours=1)).items():
        with pytest.raises(Conflict if name == "dose" else IllegalTransition):
            act()


def test_the_database_refuses_a_jump_whatever_writes_it(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    for state in ("DOSING", "OBSERVING", "DISCHARGED"):
        with pytest.raises(DatabaseError), transaction.atomic():
            DosingSession.objects.filter(pk=session.pk).update(state=state, dosed_at=at, ended_at=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        DosingSession.objects.filter(pk=session.pk).delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        SessionTransition.objects.filter(session=session).update(reason="tidied")


def test_open_sessions_are_seen_by_the_clinic_and_nobody_else(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    for reader in (cast.nurse, cast.investigator, cast.coordinator, cast.monitor, cast.physician):
        assert list(selectors.sessions_open(viewer=reader, now=at)) == [session]
    for stranger in (cast.rater, cast.sponsor, cast.pharmacist, cast.statistician, cast.other_nurse):
        assert not selectors.sessions_open(viewer=stranger, now=at)
    assert selectors.chairs_free(site=cast.site) == (2, 3, 4)
