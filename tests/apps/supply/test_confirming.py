"""Scan to confirm: the kit of the visit is taken, any other refused in the same words in every arm."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.core.exceptions import Conflict, NotAllowed, NotFound
from apps.supply.models import Kit, KitMovement
from apps.supply.services import (
    KitNotAssigned,
    kit_administer,
    kit_confirm,
    kit_return,
    kits_for_session,
    kits_replace,
)
from tests.apps.supply.helpers import arm_of, content_of, draw
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db


def test_the_kit_of_the_visit_is_confirmed_once_however_it_was_typed(ready: Cast, at: datetime) -> None:
    person = draw(ready, at=at)
    number = Kit.objects.get(participant=person, position=2).number
    ask = {"participant_id": person.pk, "visit_code": "D1", "by": ready.nurse, "at": at}
    for typed in (number, f"  {number.lower()}\r\n", f"{number[:3]} {number[3:]}"):
        assert kit_confirm(**ask, number=typed).position == 2
    line = KitMovement.objects.get(movement="CONFIRM")
    assert (line.kit.number, line.recorded_by, line.participant_id) == (number, ready.nurse, person.pk)
    assert Kit.objects.get(number=number).state == "DISPENSED"


def test_another_kit_is_refused_in_the_same_words_in_every_arm(ready: Cast, at: datetime) -> None:
    people = [draw(ready, at=at) for _ in range(4)]
    stock = Kit.objects.filter(state="AVAILABLE").order_by("number")[0].number
    seen = set()
    for person in people:
        other = next(one for one in people if one.pk != person.pk)
        for number in (stock, Kit.objects.get(participant=other, position=1).number, "K0", "<script>"):
            with pytest.raises(KitNotAssigned) as refused:
                kit_confirm(participant_id=person.pk, visit_code="D1", number=number, by=ready.nurse, at=at)
            words = str(refused.value).replace(refused.value.reasons[0].message.split()[1], "#")
            seen.add((arm_of(person), words, refused.value.status))
    assert len({arm for arm, *_ in seen}) == 2
    assert {words for _, *words in map(list, seen) for words in [tuple(words)]} == {
        ("Kit # is not one of the kits of this visit.", 409)
    }
    with pytest.raises(KitNotAssigned, match="Scan or type"):
        kit_confirm(participant_id=people[0].pk, visit_code="D1", number=" \n", by=ready.nurse, at=at)


def test_an_expired_or_used_kit_is_not_handed_over(ready: Cast, at: datetime) -> None:
    person = draw(ready, at=at)
    first, second, _ = Kit.objects.filter(participant=person).order_by("position")
    ask = {"participant_id": person.pk, "visit_code": "D1", "by": ready.nurse}
    # The last day counts at the site: at 23:30 in Berlin it is that day still, an hour later it is not.
    Kit.objects.filter(pk=first.pk).update(expires_on=at.date())
    night = at.replace(hour=22, minute=30)
    assert kit_confirm(**ask, number=first.number, at=night) == first
    with pytest.raises(KitNotAssigned, match="expired"):
        kit_confirm(**ask, number=first.number, at=night + timedelta(hours=1))
    kit_administer(kit_id=second.pk, by=ready.nurse, at=at)
    with pytest.raises(KitNotAssigned, match="given already"):
        kit_confirm(**ask, number=second.number, at=at)


def test_who_may_hand_over(ready: Cast, at: datetime) -> None:
    person = draw(ready, at=at)
    number = Kit.objects.get(participant=person, position=1).number
    ask = {"participant_id": person.pk, "visit_code": "D1", "number": number, "at": at}
    for user in (ready.other_nurse, ready.outsider, ready.rater, ready.sponsor):
        with pytest.raises(NotFound):
            kit_confirm(**ask, by=user)
    with pytest.raises(NotAllowed):
        kit_confirm(**ask, by=ready.monitor)
    for user in (ready.pharmacist, ready.nurse, ready.investigator):
        kit_confirm(**ask, by=user)


def test_a_kit_taken_back_is_replaced_for_the_dose_asked_for_before(ready: Cast, at: datetime) -> None:
    for _ in range(3):
        person = draw(ready, at=at)
        kits_for_session(participant_id=person.pk, visit_code="D4", dose_mg=84, by=ready.investigator, at=at)
        damaged = Kit.objects.get(participant=person, visit_code="D4", position=3)
        kit_return(kit_id=damaged.pk, reason="fell on the floor", by=ready.pharmacist, at=at)
        ask = {"participant_id": person.pk, "visit_code": "D4", "by": ready.pharmacist, "at": at}
        kits = kits_replace(**ask)
        assert [kit.position for kit in kits] == [1, 2, 3]
        assert content_of(kits[2].number) == content_of(damaged.number)
        assert kits_replace(**ask) == kits
    with pytest.raises(Conflict, match="No kits were handed out"):
        kits_replace(participant_id=person.pk, visit_code="D8", by=ready.pharmacist, at=at)
    with pytest.raises(NotAllowed):
        kits_replace(participant_id=person.pk, visit_code="D4", by=ready.monitor, at=at)
