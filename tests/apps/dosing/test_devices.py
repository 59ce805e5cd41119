"""Device by device: kits, gaps, what went wrong, and what the first spray sets off."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from apps.core.exceptions import Conflict, Invalid, NotFound, Refused
from apps.dosing import selectors
from apps.dosing.domain.kits import KitRefused, SprayRefused
from apps.dosing.models import DosingSession
from apps.dosing.services import (
    device_close,
    session_clear,
    spray_first,
)
from apps.participants.models import Participant
from apps.schedule.services import visit_miss
from apps.supply.models import Kit
from tests.apps.dosing.acts import answer, codes
from tests.factories.cast import Cast
from tests.factories.treatment import (
    checked_in,
    cleared,
    gate_answers,
    kit_number,
    observing,
    sprayed,
    visit_of,
)


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
