"""The service: who may, when it refuses with every reason, what a repetition answers, what is left behind."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest

from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, NotAllowed, NotFound, Reason, Refused
from apps.participants.models import Participant
from apps.randomization.models import Allocation
from apps.randomization.services import Randomized, participant_randomize
from apps.randomization.services.draw import RandomizationRefused
from apps.screening.selectors import EligibilitySnapshot
from apps.supply.models import Kit
from tests.apps.randomization import worlds
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db


def randomize(
    cast: Cast, participant: Participant, *, at: datetime, key: uuid.UUID | None = None
) -> Randomized:
    return participant_randomize(
        participant_id=participant.pk, key=key or uuid.uuid4(), by=cast.coordinator, at=at
    )


def codes(refusal: Refused) -> set[str]:
    return {reason.code for reason in refusal.reasons}


def test_a_draw_gives_a_number_three_kits_a_new_status_and_an_audit_record(ready: Cast, at: datetime) -> None:
    participant = worlds.participant_make(ready, at=at)
    answer = randomize(ready, participant, at=at)
    assert answer.number[0] == "R"
    assert len(answer.number) == 6
    assert not answer.repeated
    participant.refresh_from_db()
    assert participant.status == "RANDOMIZED"
    kits = Kit.objects.filter(participant=participant, visit_code="D1", state="DISPENSED")
    assert sorted(kit.position for kit in kits) == [1, 2, 3]
    event = AuditEvent.objects.get(kind="participant.randomized")
    assert event.participant_number == participant.number
    assert event.detail == {"randomization_number": answer.number}


def test_nothing_that_the_application_reads_tells_the_arm(ready: Cast, at: datetime) -> None:
    participant = worlds.participant_make(ready, at=at)
    randomize(ready, participant, at=at)
    rows = [
        *Allocation.objects.values(),
        *Kit.objects.filter(participant=participant).values(),
        *AuditEvent.objects.values(),
    ]
    assert rows
    text = str(rows)
    assert all(word not in text for word in ("ESK", "PBO", "ACTIVE'", "PLACEBO", "sketamine", "lacebo"))


def test_places_are_given_in_the_order_of_the_list(ready: Cast, at: datetime) -> None:
    people = [worlds.participant_make(ready, at=at) for _ in range(8)]
    for participant in people:
        randomize(ready, participant, at=at)
    drawn = worlds.sealed(
        "SELECT participant_id, stratum FROM sealed.slot WHERE study_id = %s AND key IS NOT NULL ORDER BY seq",
        ready.study.pk,
    )
    assert [participant_id for participant_id, _ in drawn] == [participant.pk for participant in people]
    assert {stratum for _, stratum in drawn} == {"country=DE|oad_class=SSRI"}


def test_the_same_request_again_gives_the_same_answer(ready: Cast, at: datetime) -> None:
    participant = worlds.participant_make(ready, at=at)
    key = uuid.uuid4()
    first = randomize(ready, participant, at=at, key=key)
    again = randomize(ready, participant, at=at + timedelta(minutes=1), key=key)
    assert again == Randomized(first.allocation_id, participant.pk, first.number, first.at, repeated=True)
    assert Allocation.objects.count() == 1
    assert AuditEvent.objects.filter(kind="participant.randomized").count() == 1
    assert Kit.objects.filter(participant=participant).count() == 3


def test_another_key_for_a_randomized_participant_is_refused(ready: Cast, at: datetime) -> None:
    participant = worlds.participant_make(ready, at=at)
    randomize(ready, participant, at=at)
    with pytest.raises(RandomizationRefused) as refused:
        randomize(ready, participant, at=at)
    assert codes(refused.value) == {"already_randomized"}


def test_a_key_used_for_somebody_else_is_a_conflict_without_content(ready: Cast, at: datetime) -> None:
    key = uuid.uuid4()
    first = worlds.participant_make(ready, at=at)
    second = worlds.participant_make(ready, at=at)
    answer = randomize(ready, first, at=at, key=key)
    with pytest.raises(Conflict) as refused:
        randomize(ready, second, at=at, key=key)
    assert answer.number not in str(refused.value)
    assert first.number not in str(refused.value)
    second.refresh_from_db()
    assert second.status == "ELIGIBLE"


def test_another_persons_key_is_a_conflict_without_content(ready: Cast, at: datetime) -> None:
    key = uuid.uuid4()
    participant = worlds.participant_make(ready, at=at)
    answer = randomize(ready, participant, at=at, key=key)
    with pytest.raises(Conflict) as refused:
        participant_randomize(participant_id=participant.pk, key=key, by=ready.investigator, at=at)
    assert answer.number not in str(refused.value)


def test_all_reasons_come_at_once(cast: Cast, at: datetime, verdicts: worlds.Verdicts) -> None:
    participant = worlds.participant_make(cast, at=at, consented=False)
    verdicts.of[participant.pk] = EligibilitySnapshot(
        False, False, (Reason("I05", "Too few treatments failed."), Reason("X13", "Blood pressure.")), {}
    )
    with pytest.raises(RandomizationRefused) as refused:
        randomize(cast, participant, at=at)
    assert codes(refused.value) == {"no_consent", "I05", "X13", "not_signed", "stratum_missing", "kits_short"}


def test_who_has_left_is_not_randomized(ready: Cast, at: datetime) -> None:
    for status in ("DISCONTINUED", "SCREEN_FAILED", "COMPLETED"):
        with pytest.raises(RandomizationRefused) as refused:
            randomize(ready, worlds.participant_make(ready, at=at, status=status), at=at)
        assert codes(refused.value) == {"not_in_trial"}


def test_an_unsigned_eligibility_is_refused(ready: Cast, at: datetime, verdicts: worlds.Verdicts) -> None:
    participant = worlds.participant_make(ready, at=at)
    verdicts.of[participant.pk] = EligibilitySnapshot(True, False, (), verdicts.usual.facts)
    with pytest.raises(RandomizationRefused) as refused:
        randomize(ready, participant, at=at)
    assert codes(refused.value) == {"not_signed"}


def test_a_closed_list_and_an_exhausted_stratum_use_the_same_words(
    cast: Cast, at: datetime, verdicts: worlds.Verdicts
) -> None:
    made = worlds.list_make(cast, at=at, places=4)
    worlds.kits_make(cast, at=at, active=20, placebo=40)
    for _ in range(4):
        randomize(cast, worlds.participant_make(cast, at=at), at=at)
    with pytest.raises(RandomizationRefused) as exhausted:
        randomize(cast, worlds.participant_make(cast, at=at), at=at)
    made.state = "CLOSED"
    made.save(update_fields=["state"])
    verdicts.usual = EligibilitySnapshot(True, True, (), {"oral_antidepressant": "duloxetine"})
    with pytest.raises(RandomizationRefused) as closed:
        randomize(cast, worlds.participant_make(cast, at=at), at=at)
    wanted = {reason for reason in closed.value.reasons if reason.code == "list_not_ready"}
    assert set(exhausted.value.reasons) == wanted


@pytest.mark.parametrize(("active", "placebo"), [(1, 9), (2, 2), (2, 0)])
def test_short_stock_refuses_whatever_arm_is_next(
    cast: Cast, at: datetime, verdicts: worlds.Verdicts, active: int, placebo: int
) -> None:
    """56 mg of three devices asks 2 active and 1 placebo in one arm, 3 placebo in the other; both must be covered."""
    worlds.list_make(cast, at=at)
    if placebo:
        worlds.kits_make(cast, at=at, active=active, placebo=placebo)
    refusals = set()
    for drug in ("duloxetine", "sertraline"):
        verdicts.usual = EligibilitySnapshot(True, True, (), {"oral_antidepressant": drug})
        with pytest.raises(RandomizationRefused) as refused:
            randomize(cast, worlds.participant_make(cast, at=at), at=at)
        refusals.add(str(refused.value))
    assert len(refusals) == 1
    assert worlds.sealed(
        "SELECT count(*) FROM sealed.slot WHERE study_id = %s AND key IS NOT NULL", cast.study.pk
    ) == [(0,)]


def test_a_refused_draw_leaves_no_trace_in_the_list(
    ready: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import transaction

    from apps.core import events

    def fail(event: object) -> None:
        raise RuntimeError("something above failed")

    participant = worlds.participant_make(ready, at=at)
    monkeypatch.setattr("apps.randomization.services.draw.publish", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        randomize(ready, participant, at=at)
    monkeypatch.setattr("apps.randomization.services.draw.publish", events.publish)
    randomize(ready, worlds.participant_make(ready, at=at), at=at)
    drawn = worlds.sealed(
        "SELECT seq FROM sealed.slot WHERE study_id = %s AND participant_id IS NOT NULL", ready.study.pk
    )
    assert drawn == [(1,)]


def test_other_sites_participants_do_not_exist(ready: Cast, at: datetime) -> None:
    participant = worlds.participant_make(ready, at=at)
    for person in (ready.other_coordinator, ready.outsider, ready.sponsor, ready.rater, ready.statistician):
        with pytest.raises(NotFound):
            participant_randomize(participant_id=participant.pk, key=uuid.uuid4(), by=person, at=at)
    with pytest.raises(NotFound):
        participant_randomize(participant_id=uuid.uuid4(), key=uuid.uuid4(), by=ready.coordinator, at=at)


def test_people_of_the_site_without_the_delegation_may_not(ready: Cast, at: datetime) -> None:
    participant = worlds.participant_make(ready, at=at)
    for person in (ready.nurse, ready.monitor, ready.physician):
        with pytest.raises(NotAllowed):
            participant_randomize(participant_id=participant.pk, key=uuid.uuid4(), by=person, at=at)
    assert not Allocation.objects.exists()


def test_strata_are_drawn_from_their_own_sequences(
    ready: Cast, at: datetime, verdicts: worlds.Verdicts
) -> None:
    for drug in ("sertraline", "duloxetine", "escitalopram", "venlafaxine_xr"):
        verdicts.usual = EligibilitySnapshot(True, True, (), {"oral_antidepressant": drug})
        randomize(ready, worlds.participant_make(ready, at=at), at=at)
    drawn = worlds.sealed(
        "SELECT stratum, seq FROM sealed.slot WHERE study_id = %s AND key IS NOT NULL ORDER BY 1, 2",
        ready.study.pk,
    )
    assert drawn == [(f"country=DE|oad_class={level}", seq) for level in ("SNRI", "SSRI") for seq in (1, 2)]


def test_screenings_own_reasons_are_passed_on(cast: Cast, at: datetime) -> None:
    """Without a stand-in: nobody screened this participant."""
    worlds.list_make(cast, at=at)
    with pytest.raises(RandomizationRefused) as refused:
        randomize(cast, worlds.participant_make(cast, at=at), at=at)
    assert {"not_screened", "not_signed", "stratum_missing"} <= codes(refused.value)
