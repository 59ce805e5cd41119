"""Kits of the right content, in the right order, chosen so that nothing about them tells the content."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.participants.models import Participant
from apps.randomization.domain.events import ParticipantRandomized
from apps.randomization.services import participant_randomize
from apps.screening.selectors import EligibilitySnapshot
from apps.supply.models import Kit, KitMovement
from apps.supply.services import (
    KitsShort,
    kit_quarantine,
    kit_return,
    kits_dispense_after_randomization,
    kits_for_session,
)
from tests.apps.randomization import worlds
from tests.factories.cast import Cast, cast_make

pytestmark = pytest.mark.django_db


def draw(cast: Cast, *, at: datetime) -> Participant:
    participant = worlds.participant_make(cast, at=at)
    participant_randomize(participant_id=participant.pk, key=uuid.uuid4(), by=cast.coordinator, at=at)
    return participant


def arm_of(participant: Participant) -> str:
    return worlds.sealed("SELECT arm FROM sealed.slot WHERE participant_id = %s", participant.pk)[0][0]


def contents(participant: Participant, visit: str) -> list[str]:
    """What a participant's kits of a visit hold, in the order of use."""
    rows = worlds.sealed(
        """
        SELECT c.content FROM public.supply_kit AS k JOIN sealed.kit_content AS c ON c.kit_id = k.id
        WHERE k.participant_id = %s AND k.visit_code = %s AND k.state = 'DISPENSED' ORDER BY k.position
        """,
        participant.pk,
        visit,
    )
    return [content for (content,) in rows]


A, P = "ACTIVE", "PLACEBO"


def test_flexible_doses_take_the_drug_first_and_dummies_after_it(ready: Cast, at: datetime) -> None:
    seen = set()
    for _ in range(4):
        participant = draw(ready, at=at)
        active = arm_of(participant) == "ESK"
        seen.add(active)
        assert contents(participant, "D1") == ([A, A, P] if active else [P, P, P])
        later = at + timedelta(days=3)
        kits = kits_for_session(
            participant_id=participant.pk, visit_code="D4", dose_mg=84, by=ready.investigator, at=later
        )
        assert [kit.position for kit in kits] == [1, 2, 3]
        assert contents(participant, "D4") == ([A, A, A] if active else [P, P, P])
    assert seen == {True, False}


def test_fixed_arms_decide_the_dose_whatever_is_asked(db: None, at: datetime) -> None:
    cast = cast_make(at=at, protocol="nct04599855")
    with pytest.MonkeyPatch.context() as patch:
        verdicts = worlds.verdicts_install(patch)
        verdicts.usual = EligibilitySnapshot(
            True,
            True,
            (),
            {
                "oad_at_screening": "on",
                "madrs_week_1": 36,
                "madrs_week_2": 35,
                "madrs_day_1": 36,
            },
        )
        worlds.list_make(cast, at=at, code="MET")
        worlds.kits_make(cast, at=at, active=60, placebo=90)
        held: dict[tuple[bool, int | None], set[tuple[str, ...]]] = {}
        for _ in range(8):
            participant = draw(cast, at=at)
            [(active, fixed)] = worlds.sealed(
                "SELECT a.active, a.fixed_mg FROM sealed.slot AS s"
                " JOIN sealed.arm AS a ON (a.list_id, a.code) = (s.list_id, s.arm) WHERE s.participant_id = %s",
                participant.pk,
            )
            kits_for_session(
                participant_id=participant.pk, visit_code="D4", dose_mg=None, by=cast.investigator, at=at
            )
            held.setdefault((active, fixed), set()).add(tuple(contents(participant, "D4")))
    assert held == {(True, 56): {(A, A, P)}, (True, 84): {(A, A, A)}, (False, None): {(P, P, P)}}


def test_the_same_request_again_hands_out_the_same_kits(ready: Cast, at: datetime) -> None:
    participant = draw(ready, at=at)
    ask = {
        "participant_id": participant.pk,
        "visit_code": "D4",
        "dose_mg": 56,
        "by": ready.investigator,
        "at": at,
    }
    assert kits_for_session(**ask) == kits_for_session(**ask)
    assert Kit.objects.filter(participant=participant, visit_code="D4").count() == 3


def test_another_dose_for_the_same_visit_is_a_conflict_until_the_kits_are_back(
    ready: Cast, at: datetime
) -> None:
    participant = draw(ready, at=at)
    ask = {"participant_id": participant.pk, "visit_code": "D4", "by": ready.investigator, "at": at}
    first = kits_for_session(**ask, dose_mg=56)
    with pytest.raises(Conflict, match="another dose"):
        kits_for_session(**ask, dose_mg=84)
    for kit in first:
        kit_return(kit_id=kit.kit_id, reason="dose changed", by=ready.pharmacist, at=at)
    second = kits_for_session(**ask, dose_mg=84)
    assert not {kit.number for kit in first} & {kit.number for kit in second}


def test_a_kit_taken_back_is_replaced_in_its_place_by_the_same_content(ready: Cast, at: datetime) -> None:
    for _ in range(2):
        participant = draw(ready, at=at)
        before = contents(participant, "D1")
        damaged = Kit.objects.get(participant=participant, visit_code="D1", position=2)
        kit_return(kit_id=damaged.pk, reason="fell on the floor", by=ready.pharmacist, at=at)
        kits = kits_for_session(
            participant_id=participant.pk, visit_code="D1", dose_mg=56, by=ready.investigator, at=at
        )
        assert [kit.position for kit in kits] == [1, 2, 3]
        assert damaged.number not in {kit.number for kit in kits}
        assert contents(participant, "D1") == before


def test_shortage_uses_the_same_words_in_every_arm(
    cast: Cast, at: datetime, verdicts: worlds.Verdicts
) -> None:
    from apps.core.events import react

    react(ParticipantRandomized, kits_dispense_after_randomization)
    worlds.list_make(cast, at=at)
    worlds.kits_make(cast, at=at, active=12, placebo=12)
    people = [draw(cast, at=at) for _ in range(4)]
    for kit in Kit.objects.filter(state="AVAILABLE"):
        kit_quarantine(kit_id=kit.pk, reason="temperature alarm", by=cast.pharmacist, at=at)
    refusals = set()
    for participant in people:
        with pytest.raises(KitsShort) as refused:
            kits_for_session(
                participant_id=participant.pk, visit_code="D4", dose_mg=56, by=cast.investigator, at=at
            )
        refusals.add((arm_of(participant), str(refused.value), refused.value.title, refused.value.status))
    assert len({arm for arm, *_ in refusals}) == 2
    assert len({words for _, *words in map(list, refusals) for words in [tuple(words)]}) == 1


def test_expired_kits_and_those_of_other_sites_are_never_handed_out(
    cast: Cast, at: datetime, verdicts: worlds.Verdicts
) -> None:
    worlds.list_make(cast, at=at)
    worlds.kits_make(cast, at=at, active=20, placebo=20, site=cast.other_site)
    old = worlds.kits_make(cast, at=at, active=20, placebo=20)
    Kit.objects.filter(pk__in=[kit.pk for kit in old]).update(expires_on=date(2026, 3, 9))
    with pytest.raises(Exception, match="stock does not cover"):
        draw(cast, at=at)
    # The last day of use still counts.
    Kit.objects.filter(pk__in=[kit.pk for kit in old]).update(expires_on=date(2026, 3, 10))
    draw(cast, at=at)


@pytest.mark.parametrize(
    ("visit", "dose"), [("D2", 56), ("D99", 56), ("D4", 28), ("D4", 85), ("D4", None), ("D4", 0)]
)
def test_a_visit_or_dose_the_protocol_does_not_know_is_refused(
    ready: Cast, at: datetime, visit: str, dose: int | None
) -> None:
    participant = draw(ready, at=at)
    with pytest.raises(Invalid):
        kits_for_session(
            participant_id=participant.pk, visit_code=visit, dose_mg=dose, by=ready.investigator, at=at
        )


def test_nobody_is_served_without_a_draw(ready: Cast, at: datetime) -> None:
    participant = worlds.participant_make(ready, at=at)
    with pytest.raises(Conflict, match="not randomized"):
        kits_for_session(
            participant_id=participant.pk, visit_code="D1", dose_mg=56, by=ready.investigator, at=at
        )


def test_who_may_not_cause_a_dose_may_not_cause_a_hand_over(ready: Cast, at: datetime) -> None:
    participant = draw(ready, at=at)
    ask = {"participant_id": participant.pk, "visit_code": "D4", "dose_mg": 56, "at": at}
    for person in (ready.other_nurse, ready.outsider, ready.rater, ready.sponsor):
        with pytest.raises(NotFound):
            kits_for_session(**ask, by=person)
    for person in (ready.monitor, ready.physician):
        with pytest.raises(NotAllowed):
            kits_for_session(**ask, by=person)


def test_every_kit_handed_out_has_its_line_and_every_arm_read_is_logged(ready: Cast, at: datetime) -> None:
    participant = draw(ready, at=at)
    lines = KitMovement.objects.filter(kit__participant=participant, movement="DISPENSE")
    assert lines.count() == 3
    assert {line.recorded_by_id for line in lines} == {ready.coordinator.pk}
    logged = worlds.sealed(
        "SELECT by, subject FROM sealed.access WHERE participant_id = %s AND function = 'kits_dispense'",
        participant.pk,
    )
    assert logged == [(ready.coordinator.pk, "D1")]


def test_numbers_and_ages_of_chosen_kits_tell_no_content(
    cast: Cast, at: datetime, verdicts: worlds.Verdicts
) -> None:
    """Of many equal kits each is as likely: the chosen numbers' ranks look like those of a fair draw, in both arms."""
    from apps.core.events import react

    react(ParticipantRandomized, kits_dispense_after_randomization)
    worlds.list_make(cast, at=at, places=60)
    stock = worlds.kits_make(cast, at=at, active=150, placebo=250)
    rank = {kit.pk: index / len(stock) for index, kit in enumerate(sorted(stock, key=lambda kit: kit.number))}
    ranks: dict[str, list[float]] = {"ESK": [], "PBO": []}
    for _ in range(40):
        participant = draw(cast, at=at)
        kits = Kit.objects.filter(participant=participant, visit_code="D1")
        ranks[arm_of(participant)] += [rank[kit.pk] for kit in kits]
    for found in ranks.values():
        mean = sum(found) / len(found)
        # 60 draws from a uniform: standard error 0.037; five of them.
        assert abs(mean - 0.5) < 5 * (1 / 12 / len(found)) ** 0.5
    every = [position for found in ranks.values() for position in found]
    assert min(every) < 0.1
    assert max(every) > 0.9


def test_a_hand_over_after_a_draw_takes_two_statements_beside_the_choice(ready: Cast, at: datetime) -> None:
    """It runs while everybody else of the stratum waits: the kits with their lines, the audit line."""
    participant = draw(ready, at=at)
    for kit in Kit.objects.filter(participant=participant):
        kit_return(kit_id=kit.pk, reason="to be handed out again", by=ready.pharmacist, at=at)
    event = ParticipantRandomized(
        participant=participant, allocation_id=uuid.uuid4(), by=ready.coordinator, at=at
    )
    with CaptureQueriesContext(connection) as seen:
        kits_dispense_after_randomization(event)
    assert [query["sql"].split()[0] for query in seen.captured_queries] == ["WITH", "INSERT"]
    assert Kit.objects.filter(participant=participant, state="DISPENSED").count() == 3
