from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.audit.models import AuditEvent
from apps.core.exceptions import Invalid, NotAllowed, NotFound
from apps.dosing.domain.session import IllegalTransition
from apps.dosing.models import DosingSession
from apps.monitoring.domain.conditions import Statement
from apps.monitoring.models import Release
from apps.monitoring.services import NotReady, participant_release
from tests.apps.monitoring.scene import CALM, NO_DISSOCIATION, Nurse, seat, two_hours
from tests.factories.cast import Cast

MINUTE = timedelta(minutes=1)
ALL = Statement(confirmed=frozenset({"EVENTS", "ESCORT", "TOLD"}))


@pytest.fixture
def calm(nurse: Nurse, at: datetime) -> Nurse:
    """A participant after two hours without any trouble."""
    nurse.records(at - 10 * MINUTE, slot=-1, **CALM, cadss_items=NO_DISSOCIATION)
    two_hours(nurse, t0=at)
    return nurse


def unmet(refusal: pytest.ExceptionInfo[NotReady]) -> set[str]:
    return {reason.code for reason in refusal.value.reasons}


def test_with_every_condition_met_the_session_ends_and_the_record_says_why(calm: Nurse, at: datetime) -> None:
    release = participant_release(
        session_id=calm.session.pk, statement=ALL, by=calm.user, at=at + 121 * MINUTE
    )
    session = DosingSession.objects.get(pk=calm.session.pk)
    assert (session.state, session.ended_at) == ("DISCHARGED", at + 121 * MINUTE)
    assert (release.minutes_observed, release.ready_minute) == (121, 118)
    assert release.statement["confirmed"] == ["ESCORT", "EVENTS", "TOLD"]
    assert [entry["code"] for entry in release.conditions][:2] == ["TIME", "AWAKE"]
    assert AuditEvent.objects.filter(kind="participant.released", actor_id=calm.user.pk).count() == 1


def test_one_second_short_of_two_hours_nobody_leaves(calm: Nurse, at: datetime) -> None:
    with pytest.raises(NotReady) as refusal:
        participant_release(
            session_id=calm.session.pk,
            statement=ALL,
            by=calm.user,
            at=at + 120 * MINUTE - timedelta(seconds=1),
        )
    assert unmet(refusal) == {"TIME"}
    assert not Release.objects.exists()
    participant_release(session_id=calm.session.pk, statement=ALL, by=calm.user, at=at + 120 * MINUTE)


def test_every_unmet_condition_is_named(nurse: Nurse, at: datetime) -> None:
    with pytest.raises(NotReady) as refusal:
        participant_release(
            session_id=nurse.session.pk, statement=Statement(), by=nurse.user, at=at + 60 * MINUTE
        )
    assert unmet(refusal) == {"TIME", "AWAKE", "CADSS", "BP", "SPO2", "EVENTS", "READY", "ESCORT", "TOLD"}
    assert DosingSession.objects.get().state == "OBSERVING"


def test_a_participant_leaves_once(calm: Nurse, at: datetime) -> None:
    participant_release(session_id=calm.session.pk, statement=ALL, by=calm.user, at=at + 121 * MINUTE)
    with pytest.raises(IllegalTransition):
        participant_release(session_id=calm.session.pk, statement=ALL, by=calm.user, at=at + 122 * MINUTE)
    assert Release.objects.count() == 1


def test_before_the_dose_there_is_nothing_to_leave(cast: Cast, at: datetime) -> None:
    session = seat(cast, at=at, minutes=None)
    with pytest.raises(IllegalTransition):
        participant_release(session_id=session.pk, statement=ALL, by=cast.nurse, at=at)


def test_a_finding_of_the_last_minute_keeps_the_participant(calm: Nurse, at: datetime) -> None:
    calm.records(at + 120 * MINUTE, spo2=90, confirmed=["spo2"])
    with pytest.raises(NotReady) as refusal:
        participant_release(session_id=calm.session.pk, statement=ALL, by=calm.user, at=at + 121 * MINUTE)
    assert unmet(refusal) == {"SPO2", "FINDINGS"}


def test_only_an_investigator_accepts_a_pressure_by_judgement(cast: Cast, calm: Nurse, at: datetime) -> None:
    calm.records(at + 119 * MINUTE, sbp=162, dbp=92, confirmed=["sbp"])
    judged = Statement(confirmed=ALL.confirmed, accepted={"BP": "As at every visit"})
    with pytest.raises(NotReady) as refusal:
        participant_release(session_id=calm.session.pk, statement=judged, by=calm.user, at=at + 121 * MINUTE)
    assert unmet(refusal) == {"BP"}
    release = participant_release(
        session_id=calm.session.pk, statement=judged, by=cast.investigator, at=at + 121 * MINUTE
    )
    assert release.statement["accepted"] == {"BP": "As at every visit"}
    assert AuditEvent.objects.get(kind="participant.released").reason == "As at every visit"


def test_a_nurse_cannot_make_herself_an_investigator_by_saying_so(calm: Nurse, at: datetime) -> None:
    calm.records(at + 119 * MINUTE, sbp=162, dbp=92, confirmed=["sbp"])
    claimed = Statement(confirmed=ALL.confirmed, accepted={"BP": "Fine"}, may_accept=True)
    with pytest.raises(NotReady):
        participant_release(session_id=calm.session.pk, statement=claimed, by=calm.user, at=at + 121 * MINUTE)


@pytest.mark.parametrize(
    "statement",
    [
        Statement(confirmed=frozenset({"TIME"})),
        Statement(confirmed=frozenset({"SPO2"})),
        Statement(accepted={"SPO2": "fine"}),
        Statement(accepted={"BP": "x" * 501}),
    ],
)
def test_readings_and_time_cannot_be_met_by_word(calm: Nurse, at: datetime, statement: Statement) -> None:
    with pytest.raises(Invalid):
        participant_release(
            session_id=calm.session.pk, statement=statement, by=calm.user, at=at + 121 * MINUTE
        )


def test_roles_and_sites(cast: Cast, calm: Nurse, at: datetime) -> None:
    for user in (cast.coordinator, cast.monitor, cast.physician):
        with pytest.raises(NotAllowed):
            participant_release(session_id=calm.session.pk, statement=ALL, by=user, at=at + 121 * MINUTE)
    for user in (cast.rater, cast.sponsor, cast.statistician, cast.other_investigator, cast.outsider):
        with pytest.raises(NotFound):
            participant_release(session_id=calm.session.pk, statement=ALL, by=user, at=at + 121 * MINUTE)
