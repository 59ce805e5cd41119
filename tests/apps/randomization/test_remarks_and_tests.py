"""What is said of a draw afterwards changes nothing of it; a test list serves everybody but the trial."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.participants.models import Participant
from apps.randomization.domain.kinds import Purpose, Remark
from apps.randomization.models import Allocation, AllocationRemark, RandomizationList, TestDraw
from apps.randomization.selectors import strata_compared
from apps.randomization.services import (
    allocation_remark,
    list_build,
    list_test_draw,
    participant_randomize,
    sealed_call,
)
from apps.screening.selectors import EligibilitySnapshot
from tests.apps.randomization import worlds
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db
LEVELS = {"country": "DE", "oad_class": "SSRI"}


@pytest.fixture
def at() -> datetime:
    """Pages read the real clock."""
    return datetime.now(UTC)


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def drawn(ready: Cast, at: datetime) -> Participant:
    participant = worlds.participant_make(ready, at=at)
    participant_randomize(participant_id=participant.pk, key=uuid.uuid4(), by=ready.coordinator, at=at)
    return participant


@pytest.fixture
def test_list(ready: Cast, at: datetime) -> RandomizationList:
    with worlds.as_owner():
        return list_build(
            version=ready.version,
            list_code="MAIN",
            seed=bytes(32),
            purpose=Purpose.TEST,
            places=4,
            by=ready.administrator,
            at=at,
        )


def test_a_remark_is_recorded_once_and_the_allocation_stands(
    ready: Cast, drawn: Participant, at: datetime
) -> None:
    before = Allocation.objects.values().get()
    given = {"participant_id": drawn.pk, "kind": Remark.IN_ERROR, "by": ready.investigator, "at": at}
    allocation_remark(reason="Consent had lapsed the day before", **given)
    assert Allocation.objects.values().get() == before
    with pytest.raises(Conflict, match="recorded already"):
        allocation_remark(reason="again", **given)
    assert AuditEvent.objects.get(kind="allocation.remarked").detail["remark"] == "IN_ERROR"
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        AllocationRemark.objects.update(reason="nothing happened")


def test_a_remark_asks_for_a_reason_and_the_right(ready: Cast, drawn: Participant, at: datetime) -> None:
    given = {"participant_id": drawn.pk, "kind": Remark.WRONG_STRATUM, "at": at}
    with pytest.raises(Invalid, match="what happened"):
        allocation_remark(reason="  ", by=ready.investigator, **given)
    with pytest.raises(NotAllowed):
        allocation_remark(reason="x", by=ready.coordinator, **given)
    with pytest.raises(NotFound):
        allocation_remark(reason="x", by=ready.other_investigator, **given)
    waiting = worlds.participant_make(ready, at=at)
    with pytest.raises(NotFound, match="not randomized"):
        allocation_remark(
            participant_id=waiting.pk, kind=Remark.IN_ERROR, reason="x", by=ready.investigator, at=at
        )


def test_a_stratum_corrected_later_is_flagged_and_nobody_is_drawn_again(
    ready: Cast,
    drawn: Participant,
    verdicts: worlds.Verdicts,
    signed_in: Callable[[User], Client],
) -> None:
    assert all(then == today for _, then, today in strata_compared(Allocation.objects.get()))
    verdicts.of[drawn.pk] = EligibilitySnapshot(True, True, (), {"oral_antidepressant": "venlafaxine_xr"})
    compared = strata_compared(Allocation.objects.get())
    assert sum(then != today for _, then, today in compared) == 1
    page = signed_in(ready.investigator).get(f"/randomization/{drawn.pk}/allocation/").content.decode()
    assert "The factors differ from those of the draw" in page
    assert Allocation.objects.count() == 1


def test_the_page_records_a_remark_and_refuses_an_empty_one(
    ready: Cast, drawn: Participant, signed_in: Callable[[User], Client]
) -> None:
    client, address = signed_in(ready.investigator), f"/randomization/{drawn.pk}/allocation/"
    assert client.post(address, {"kind": "IN_ERROR", "reason": ""}).status_code == 422
    assert client.post(address, {"kind": "IN_ERROR", "reason": "Wrong participant"}).status_code == 302
    assert client.post(address, {"kind": "IN_ERROR", "reason": "Wrong participant"}).status_code == 422
    assert "Wrong participant" in client.get(address).content.decode()
    assert "Randomized in error" in client.get("/randomization/").content.decode()
    coordinator = signed_in(ready.coordinator)
    assert "Record the remark" not in coordinator.get(address).content.decode()
    assert coordinator.post(address, {"kind": "WRONG_STRATUM", "reason": "x"}).status_code == 403
    for stranger, status in ((ready.other_coordinator, 404), (ready.rater, 404), (ready.outsider, 404)):
        assert signed_in(stranger).get(address).status_code == status


def test_a_test_list_draws_for_a_made_up_subject_and_touches_nothing_else(
    ready: Cast, test_list: RandomizationList, at: datetime
) -> None:
    key = uuid.uuid4()
    given = {"list_id": test_list.pk, "levels": LEVELS, "key": key, "by": ready.administrator, "at": at}
    first, repeated = list_test_draw(**given)
    assert (first.label, repeated) == ("TEST-0001", False)
    assert list_test_draw(**given) == (first, True)
    with pytest.raises(Conflict, match="another request"):
        list_test_draw(**{**given, "levels": {**LEVELS, "oad_class": "SNRI"}})
    assert not Allocation.objects.exists()
    for _ in range(3):
        list_test_draw(**{**given, "key": uuid.uuid4()})
    with pytest.raises(Conflict, match="list"):
        list_test_draw(**{**given, "key": uuid.uuid4()})


def test_a_test_list_refuses_unknown_levels_and_people_without_the_right(
    ready: Cast, test_list: RandomizationList, at: datetime
) -> None:
    given = {"list_id": test_list.pk, "key": uuid.uuid4(), "at": at}
    with pytest.raises(Invalid) as refused:
        list_test_draw(levels={"country": "XX"}, by=ready.administrator, **given)
    assert {reason.field for reason in refused.value.reasons} == {"country", "oad_class"}
    for person in (ready.coordinator, ready.investigator, ready.sponsor, ready.outsider):
        with pytest.raises(NotFound):
            list_test_draw(levels=LEVELS, by=person, **given)
    live = RandomizationList.objects.get(purpose="LIVE")
    with pytest.raises(NotFound):
        list_test_draw(levels=LEVELS, by=ready.statistician, **{**given, "list_id": live.pk})
    assert not TestDraw.objects.exists()


def test_the_application_reads_results_of_test_lists_alone(ready: Cast, drawn: Participant) -> None:
    live = RandomizationList.objects.get(purpose="LIVE")
    assert sealed_call("test_draws_read", list=live.pk) == []


def test_the_pages_of_lists_belong_to_those_who_test_and_replay(
    ready: Cast, test_list: RandomizationList, signed_in: Callable[[User], Client]
) -> None:
    live = RandomizationList.objects.get(purpose="LIVE")
    statistician, administrator = signed_in(ready.statistician), signed_in(ready.administrator)
    assert live.commitment[:16] in statistician.get("/randomization/lists/").content.decode()
    assert live.commitment[:16] not in administrator.get("/randomization/lists/").content.decode()
    assert live.commitment in statistician.get(f"/randomization/lists/{live.pk}/").content.decode()
    address = f"/randomization/lists/{test_list.pk}/"
    key = str(uuid.uuid4())
    assert administrator.post(address, {"key": key, **LEVELS}).status_code == 302
    assert administrator.post(address, {"key": key, **LEVELS}).status_code == 302
    assert administrator.post(address, {"key": "x", "country": "??"}).status_code == 422
    assert administrator.get(address).content.decode().count("TEST-0001") == 1
    assert administrator.get(f"/randomization/lists/{live.pk}/").status_code == 404
    assert statistician.post(f"/randomization/lists/{live.pk}/").status_code == 302
    assert "Waiting" in statistician.get(f"/randomization/lists/{live.pk}/").content.decode()
    assert statistician.post(f"/randomization/lists/{live.pk}/").status_code == 409
    for person in (ready.coordinator, ready.sponsor, ready.monitor):
        assert signed_in(person).get("/randomization/lists/").status_code == 403
        assert signed_in(person).get(f"/randomization/lists/{live.pk}/").status_code == 404


def test_the_endpoints_answer_as_the_pages_do(
    ready: Cast, drawn: Participant, test_list: RandomizationList, signed_in: Callable[[User], Client]
) -> None:
    live = RandomizationList.objects.get(purpose="LIVE")
    statistician, investigator = signed_in(ready.statistician), signed_in(ready.investigator)
    found = statistician.get("/api/v1/randomization-lists/?study=t2").json()
    assert {row["purpose"] for row in found} == {"LIVE", "TEST"}
    assert investigator.get("/api/v1/randomization-lists/?study=t2").status_code == 404
    replays = f"/api/v1/randomization-lists/{live.pk}/replays/"
    assert statistician.post(replays).status_code == 202
    assert statistician.get(replays).json()[0]["state"] == "WAITING"
    draws = f"/api/v1/randomization-lists/{test_list.pk}/test-draws/"
    body = {"key": str(uuid.uuid4()), "levels": LEVELS}
    answers = [statistician.post(draws, body, content_type="application/json") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert statistician.get(draws).json()[0]["subject"] == "TEST-0001"
    assert statistician.post(draws, {}, content_type="application/json").status_code == 400
    remarks = f"/api/v1/participants/{drawn.pk}/allocation/remarks/"
    given = {"kind": "IN_ERROR", "reason": "Wrong participant"}
    assert investigator.post(remarks, given, content_type="application/json").status_code == 201
    assert investigator.post(remarks, given, content_type="application/json").status_code == 409
    assert investigator.get(remarks).json()[0]["kind"] == "IN_ERROR"
