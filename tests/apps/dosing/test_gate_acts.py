"""Gates answered, overridden, cleared; and the dose asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed
from apps.dosing import selectors
from apps.dosing.models import DosingSession, GateCheck
from apps.dosing.services import (
    GatesHold,
    dose_request,
    gate_override,
    session_clear,
)
from apps.participants.models import Participant
from apps.supply.models import Kit
from tests.apps.dosing.acts import answer, codes
from tests.factories.cast import Cast
from tests.factories.treatment import (
    checked_in,
    cleared,
    gate_answers,
    observing,
)


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


# --- the dose


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
