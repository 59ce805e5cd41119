"""Wrong-kit recovery: facts first, assignments right again, contents right again, no line removed."""

from __future__ import annotations

from datetime import datetime

import pytest

from apps.audit.models import AuditEvent
from apps.core.exceptions import Invalid, NotAllowed, NotFound
from apps.participants.models import Participant
from apps.supply.models import Kit, KitMovement, WrongKit
from apps.supply.services import kit_administer, kit_quarantine, wrong_kit_recover
from apps.supply.services.recovery import Recovery
from tests.apps.randomization import worlds
from tests.apps.supply.helpers import arm_of, content_of, draw
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db


def kit_of(person: Participant, position: int) -> Kit:
    return Kit.objects.get(
        participant=person, visit_code="D1", position=position, state__in=["DISPENSED", "ADMINISTERED"]
    )


def recover(cast: Cast, person: Participant, number: str, *, given: bool, at: datetime) -> Recovery:
    return wrong_kit_recover(
        participant_id=person.pk,
        visit_code="D1",
        position=2,
        number=number,
        was_administered=given,
        reason="boxes mixed up on the tray",
        by=cast.pharmacist,
        at=at,
    )


def lines_of(kit: Kit) -> list[str]:
    return list(KitMovement.objects.filter(kit=kit).order_by("line").values_list("movement", flat=True))


def test_a_kit_of_somebody_else_comes_back_and_its_owner_gets_the_same_content(
    ready: Cast, at: datetime
) -> None:
    people = [draw(ready, at=at) for _ in range(4)]
    assert len({arm_of(person) for person in people}) == 2
    for person, owner in zip(people, people[1:] + people[:1], strict=True):
        wrong, mine = kit_of(owner, 1), kit_of(person, 2)
        answer = recover(ready, person, wrong.number.lower(), given=False, at=at)
        wrong.refresh_from_db()
        assert wrong.state == "RETURNED"
        assert lines_of(wrong) == ["RECEIVE", "DISPENSE", "REVERSE"]
        assert kit_of(person, 2) == mine
        (number,) = answer.replaced
        assert kit_of(owner, 1).number == number
        assert content_of(number) == content_of(wrong.number)
        assert not answer.is_short
        assert "nothing was given" in answer.record.deviation


def test_a_kit_given_to_the_wrong_person_is_recorded_as_given_to_them(ready: Cast, at: datetime) -> None:
    person, owner = draw(ready, at=at), draw(ready, at=at)
    wrong, mine = kit_of(owner, 3), kit_of(person, 2)
    answer = recover(ready, person, wrong.number, given=True, at=at)
    wrong.refresh_from_db()
    mine.refresh_from_db()
    assert (wrong.state, wrong.participant_id, wrong.position) == ("ADMINISTERED", person.pk, 2)
    assert (mine.state, lines_of(mine)) == ("RETURNED", ["RECEIVE", "DISPENSE", "REVERSE"])
    told = KitMovement.objects.filter(kit=wrong).order_by("line").values_list("movement", "participant_id")
    assert list(told) == [
        ("RECEIVE", None), ("DISPENSE", owner.pk), ("ADMINISTER_IN_ERROR", person.pk)
    ]  # fmt: skip
    assert kit_of(owner, 3).number == answer.replaced[0]
    assert "Protocol deviation" in answer.record.deviation
    act = AuditEvent.objects.get(kind="wrong_kit.recovered")
    assert (act.participant_number, act.detail["owner"]) == (person.number, owner.number)
    # The session may still say how the device was sprayed; the fact is not written twice.
    kit_administer(kit_id=wrong.pk, by=ready.nurse, at=at)
    assert lines_of(wrong)[-1] == "ADMINISTER_IN_ERROR"


def test_a_kit_of_nobody_goes_aside_or_is_recorded_as_given(ready: Cast, at: datetime) -> None:
    person = draw(ready, at=at)
    loose, other, set_aside = Kit.objects.filter(state="AVAILABLE").order_by("number")[:3]
    recover(ready, person, loose.number, given=False, at=at)
    loose.refresh_from_db()
    assert (loose.state, loose.participant_id) == ("QUARANTINED", None)
    mine = kit_of(person, 2)
    recover(ready, person, other.number, given=True, at=at)
    assert kit_of(person, 2) == other
    mine.refresh_from_db()
    assert mine.state == "RETURNED"
    # A second device too many takes a place of its own: the first one was given as well.
    kit_quarantine(kit_id=set_aside.pk, reason="alarm", by=ready.pharmacist, at=at)
    recover(ready, person, set_aside.number, given=True, at=at)
    assert kit_of(person, 4) == set_aside


def test_a_shortage_does_not_keep_the_facts_from_being_recorded(ready: Cast, at: datetime) -> None:
    person, owner = draw(ready, at=at), draw(ready, at=at)
    for kit in Kit.objects.filter(state="AVAILABLE"):
        kit_quarantine(kit_id=kit.pk, reason="alarm", by=ready.pharmacist, at=at)
    wrong = kit_of(owner, 1)
    answer = recover(ready, person, wrong.number, given=True, at=at)
    assert (answer.is_short, answer.replaced, answer.owner_number) == (True, (), owner.number)
    assert kit_of(person, 2) == wrong
    assert WrongKit.objects.count() == 1


def test_every_ground_against_is_named_and_nothing_is_written(ready: Cast, at: datetime) -> None:
    person, owner = draw(ready, at=at), draw(ready, at=at)
    before = KitMovement.objects.count()
    used = kit_of(owner, 1)
    kit_administer(kit_id=used.pk, by=ready.nurse, at=at)
    ask = {
        "participant_id": person.pk, "visit_code": "D1", "position": 2, "was_administered": True,
        "by": ready.pharmacist, "at": at,
    }  # fmt: skip
    for number, reason, codes in (
        (kit_of(person, 2).number, "", {"reason_missing", "right_kit"}),
        (kit_of(person, 1).number, "x", {"own_kit"}),
        (used.number, "x", {"kit_used"}),
        ("K000", "x", {"kit_unknown"}),
        ("", "x", {"kit_unknown"}),
    ):
        with pytest.raises(Invalid) as refused:
            wrong_kit_recover(**ask, number=number, reason=reason)
        assert {reason.code for reason in refused.value.reasons} == codes
    with pytest.raises(NotFound):
        wrong_kit_recover(**{**ask, "visit_code": "D4"}, number=kit_of(owner, 2).number, reason="x")
    assert KitMovement.objects.count() == before + 1


def test_who_may_put_a_wrong_kit_right(ready: Cast, at: datetime) -> None:
    person = draw(ready, at=at)
    loose = Kit.objects.filter(state="AVAILABLE").order_by("number")[0]
    ask = {
        "participant_id": person.pk, "visit_code": "D1", "position": 1, "was_administered": False,
        "number": loose.number, "reason": "mixed up", "at": at,
    }  # fmt: skip
    for user in (ready.nurse, ready.monitor):
        with pytest.raises(NotAllowed):
            wrong_kit_recover(**ask, by=user)
    for user in (ready.other_investigator, ready.coordinator, ready.sponsor, ready.outsider):
        with pytest.raises(NotFound):
            wrong_kit_recover(**ask, by=user)
    wrong_kit_recover(**ask, by=ready.investigator)
    assert worlds.sealed("SELECT count(*) FROM sealed.dispensing")[0][0] == 1
