"""Deviations that the system writes with the act they follow from."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from apps.audit.models import AuditEvent
from apps.core.events import publish
from apps.core.exceptions import NotAllowed
from apps.dosing.models import DosingSession, GateCheck
from apps.dosing.services import gate_override, gates_record
from apps.monitoring.domain.events import EarlyReleased, ParticipantReleased
from apps.participants.models import Participant
from apps.quality.models import Deviation
from config import reactions
from tests.apps.monitoring.scene import Nurse, seat, two_hours
from tests.apps.monitoring.watch import leave, mark, take, with_rule
from tests.factories.cast import Cast
from tests.factories.treatment import (
    checked_in,
    cleared,
    gate_answers,
    in_treatment,
    observing,
    sprayed,
    stock_make,
    visit_of,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _wired() -> None:
    reactions.connect()


@pytest.fixture
def person(cast: Cast, at: datetime) -> Participant:
    stock_make(cast, at=at)
    return in_treatment(cast, at=at)


def held_by_pressure(cast: Cast, person: Participant, at: datetime) -> DosingSession:
    session = checked_in(cast, person, at=at)
    answers = gate_answers(now=at, BP={"sbp": 150, "dbp": 80})
    return gates_record(session_id=session.pk, answers=answers, version=session.version, by=cast.nurse, at=at)


def test_an_override_writes_a_deviation_with_it(cast: Cast, person: Participant, at: datetime) -> None:
    session = held_by_pressure(cast, person, at)
    gate_override(
        session_id=session.pk, gate="BP", reason="White coat; usual at home.", version=session.version,
        by=cast.investigator, at=at + MINUTE,
    )  # fmt: skip
    made = Deviation.objects.get()
    check = GateCheck.objects.get(outcome="OVERRIDDEN")
    assert (made.kind, made.origin, made.source_kind, made.source_id) == (
        "GATE_OVERRIDDEN", "SYSTEM", "gate.overridden", check.pk,
    )  # fmt: skip
    assert (made.category, made.category_ground, made.reportable) == ("MAJOR", "PROTOCOL", False)
    assert (made.session_id, made.visit_id, made.site_id) == (session.pk, session.visit_id, person.site_id)
    assert (made.recorded_by, made.happened_at, made.discovered_at) == (
        cast.investigator, at + MINUTE, at + MINUTE,
    )  # fmt: skip
    assert "150/80" in made.happened
    assert "White coat" in made.happened
    event = AuditEvent.objects.get(kind="deviation.recorded")
    assert (event.subject_id, event.participant_number) == (str(made.pk), person.number)


def test_an_override_refused_writes_none(cast: Cast, person: Participant, at: datetime) -> None:
    session = held_by_pressure(cast, person, at)
    with pytest.raises(NotAllowed):
        gate_override(
            session_id=session.pk, gate="BP", reason="Because", version=session.version, by=cast.nurse, at=at
        )
    assert not Deviation.objects.exists()


def test_a_deviation_that_cannot_be_written_undoes_the_override(
    cast: Cast, person: Participant, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_given: object) -> None:
        raise RuntimeError("no ledger")

    session = held_by_pressure(cast, person, at)
    monkeypatch.setattr("apps.quality.services.noticing.entry_write", broken)
    with pytest.raises(RuntimeError, match="no ledger"):
        gate_override(
            session_id=session.pk, gate="BP", reason="Because", version=session.version,
            by=cast.investigator, at=at,
        )  # fmt: skip
    assert not GateCheck.objects.filter(outcome="OVERRIDDEN").exists()
    assert not AuditEvent.objects.filter(kind="gate.overridden").exists()


def test_a_dose_in_its_window_is_none(cast: Cast, person: Participant, at: datetime) -> None:
    observing(cast, person, at=at)
    assert not Deviation.objects.exists()


def test_a_first_spray_after_the_window_closed_is_one(cast: Cast, person: Participant, at: datetime) -> None:
    closes = visit_of(person, "D1").closes_at
    begin = closes - 2 * MINUTE
    session = cleared(cast, person, at=begin)
    sprayed(cast, session, at=closes + MINUTE)
    made = Deviation.objects.get()
    assert (made.kind, made.category, made.happened_at) == ("DOSE_OUT_OF_WINDOW", "MAJOR", closes + MINUTE)
    assert made.session_id == session.pk


def test_an_early_release_is_written_once(cast: Cast, person: Participant, at: datetime) -> None:
    session = observing(cast, person, at=at)
    event = EarlyReleased(
        participant_id=person.pk, session_id=session.pk, reason="Had to fetch a child.",
        by=cast.investigator, at=at + 70 * MINUTE,
    )  # fmt: skip
    for _ in range(2):
        with transaction.atomic():
            publish(event)
    made = Deviation.objects.get()
    assert (made.kind, made.happened, made.recorded_by) == (
        "EARLY_RELEASE", "Had to fetch a child.", cast.investigator,
    )  # fmt: skip
    assert made.reportable is True


def test_the_ledger_is_never_rewritten(cast: Cast, person: Participant, at: datetime) -> None:
    session = observing(cast, person, at=at)
    with transaction.atomic():
        publish(EarlyReleased(person.pk, session.pk, "Had to go.", cast.investigator, at))
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Deviation.objects.update(happened="Nothing.")


def of_kind(*kinds: str) -> list[Deviation]:
    return list(Deviation.objects.filter(kind__in=kinds).order_by("kind"))


def test_readings_missed_are_one_entry_at_the_release(cast: Cast, at: datetime) -> None:
    session = seat(cast, at=at, minutes=0)
    two_hours(Nurse(session, cast.nurse), t0=at)
    with transaction.atomic():
        publish(ParticipantReleased(session.participant_id, session.pk, cast.nurse, at + 121 * MINUTE))
    (made,) = of_kind("OBSERVATION_MISSED")
    assert (made.kind, made.category, made.recorded_by) == ("OBSERVATION_MISSED", "MINOR", cast.nurse)
    assert "15 minutes: Oxygen saturation" in made.happened
    assert "120 minutes" not in made.happened, "that one was taken"
    assert made.source_kind == "participant.released"


def test_a_reading_not_done_is_missed_with_its_reason(cast: Cast, at: datetime) -> None:
    session = seat(cast, at=at, minutes=0)
    Nurse(session, cast.nurse).records(
        at + 15 * MINUTE, slot=15, spo2=98, not_done={"moaas": "Participant refused"}
    )
    with transaction.atomic():
        publish(ParticipantReleased(session.participant_id, session.pk, cast.nurse, at + 20 * MINUTE))
    assert "15 minutes: MOAA/S not done (Participant refused)" in of_kind("OBSERVATION_MISSED")[0].happened


# --- who had to be there


def released(session: DosingSession, cast: Cast, at: datetime) -> None:
    """The session as it is after its release at `at`; the rows beside it are other tests'."""
    DosingSession.objects.filter(pk=session.pk).update(ended_at=at, state="DISCHARGED")
    for _ in range(2):  # told twice, written once
        with transaction.atomic():
            publish(ParticipantReleased(session.participant_id, session.pk, cast.nurse, at))


def test_minutes_nobody_watched_are_one_entry_with_every_gap(cast: Cast, at: datetime) -> None:
    session = seat(cast, at=at, minutes=0)
    take(session, cast.nurse, at)
    leave(session, cast.nurse, at + 10 * MINUTE)
    take(session, cast.nurse, at + 22 * MINUTE, version=2)
    leave(session, cast.nurse, at + 40 * MINUTE, version=3)
    take(session, cast.nurse, at + 41 * MINUTE, version=4)
    released(session, cast, at + 121 * MINUTE)
    (made,) = of_kind("UNWATCHED", "NO_PRESCRIBER")
    assert made.happened == (
        "Nobody watched for 13 min of 2 h 01 min: 10:10:00 to 10:22:00, 10:40:00 to 10:41:00."
    )
    assert (made.kind, made.category, made.happened_at, made.discovered_at, made.recorded_by) == (
        "UNWATCHED", "MAJOR", at + 10 * MINUTE, at + 121 * MINUTE, cast.nurse,
    )  # fmt: skip
    event = AuditEvent.objects.get(kind="deviation.recorded", subject_id=str(made.pk))
    assert event.detail["source"] == "participant.released"


def test_gaps_no_longer_than_the_protocol_bears_are_none(cast: Cast, at: datetime) -> None:
    session = seat(cast, at=at, minutes=0)
    take(session, cast.nurse, at)
    leave(session, cast.nurse, at + 10 * MINUTE)
    take(session, cast.nurse, at + 12 * MINUTE, version=2)
    released(session, cast, at + 121 * MINUTE)
    assert of_kind("UNWATCHED", "NO_PRESCRIBER") == []


def test_minutes_without_a_prescriber_are_one_entry_where_one_is_demanded(cast: Cast, at: datetime) -> None:
    cast = with_rule(cast, at=at, without_prescriber="refuse")
    session = seat(cast, at=at, minutes=0)
    take(session, cast.nurse, at)
    mark(cast, at, on_site=True)
    mark(cast, at + 30 * MINUTE, on_site=False)
    mark(cast, at + 50 * MINUTE, on_site=True)
    released(session, cast, at + 121 * MINUTE)
    (made,) = of_kind("UNWATCHED", "NO_PRESCRIBER")
    assert made.happened == (
        "No prescriber was marked on site for 20 min of 2 h 01 min: 10:30:00 to 10:50:00."
    )
    assert (made.kind, made.category) == ("NO_PRESCRIBER", ""), "no rule in the protocol: to be judged"
