"""How a session ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from apps.core.exceptions import Invalid, NotAllowed
from apps.dosing.domain.session import DischargeClearance, IllegalTransition
from apps.dosing.models import DosingSession
from apps.dosing.services import (
    device_close,
    session_discharge,
    session_stop,
)
from apps.participants.models import Participant
from tests.apps.dosing.acts import answer, codes
from tests.factories.cast import Cast
from tests.factories.treatment import (
    checked_in,
    cleared,
    observing,
    sprayed,
    visit_of,
)


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
