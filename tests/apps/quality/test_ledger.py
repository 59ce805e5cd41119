"""Deviations by hand: entered, assessed, signed; who may, what is refused, what is left behind."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.participants.models import Participant
from apps.quality import selectors, services
from apps.quality.domain.deviations import Assessment, Entry
from apps.quality.models import Deviation, DeviationAssessment, DeviationSignature
from tests.apps.monitoring.scene import participant_make, seat
from tests.factories.cast import PASSWORD, Cast

HOUR = timedelta(hours=1)
ASSESSMENT = Assessment("MINOR", "No effect.", "None on anybody.", "Told the team again.", False)
GIVEN = {
    "category": "MINOR",
    "category_reason": "No effect.",
    "impact": "None.",
    "corrective_action": "Told all.",
}


@pytest.fixture
def moment(at: datetime) -> Iterator[datetime]:
    with time_machine.travel(at, tick=False):
        yield at


@pytest.fixture
def person(cast: Cast, at: datetime) -> Participant:
    return participant_make(cast, at=at, number="DE01-0007")


def entry(at: datetime, **changes: Any) -> Entry:
    given = {
        "kind": "PROCEDURE", "happened": "The electrocardiogram was left out.", "happened_at": at - 2 * HOUR,
        "discovered_at": at - HOUR,
    }  # fmt: skip
    return Entry(**{**given, **changes})


def recorded(cast: Cast, person: Participant, at: datetime, **more: Any) -> Deviation:
    given = {"entry": entry(at), "key": uuid4(), "by": cast.coordinator, **more}
    return services.deviation_record(participant_id=person.pk, at=at, **given)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_an_entry_by_hand(cast: Cast, person: Participant, at: datetime) -> None:
    made = recorded(cast, person, at)
    assert (made.origin, made.category, made.reportable, made.site) == ("PERSON", "", None, cast.site)
    assert AuditEvent.objects.get(kind="deviation.recorded").actor_label == cast.coordinator.email


def test_the_same_key_gives_the_same_entry(cast: Cast, person: Participant, at: datetime) -> None:
    key = uuid4()
    assert recorded(cast, person, at, key=key) == recorded(cast, person, at, key=key)
    assert Deviation.objects.count() == 1


def test_a_category_by_judgment_keeps_its_reason(cast: Cast, person: Participant, at: datetime) -> None:
    made = recorded(
        cast, person, at, entry=entry(at, kind="CONSENT", category="MINOR", category_reason="A typo.")
    )
    assert (made.category, made.category_ground, made.category_reason) == ("MINOR", "JUDGMENT", "A typo.")


def test_what_is_wrong_is_all_said(cast: Cast, person: Participant, at: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        recorded(cast, person, at, entry=entry(at, happened=" ", happened_at=at + HOUR, category="MAJOR"))
    assert {reason.field for reason in refused.value.reasons} == {
        "happened", "happened_at", "discovered_at", "category_reason",
    }  # fmt: skip


def test_a_session_of_somebody_else_is_not_there(cast: Cast, person: Participant, at: datetime) -> None:
    other = seat(cast, at=at, number="DE01-0001")
    with pytest.raises(NotFound):
        recorded(cast, person, at, session_id=other.pk)
    made = services.deviation_record(
        participant_id=other.participant_id, entry=entry(at), key=uuid4(), session_id=other.pk,
        by=cast.investigator, at=at,
    )  # fmt: skip
    assert (made.session, made.visit) == (other, other.visit)


@pytest.mark.parametrize(
    ("role", "refusal"),
    [("MONITOR", NotAllowed), ("SESSION_NURSE", NotFound), ("EFFICACY_RATER", NotFound), ("SPONSOR", NotFound),
     ("PHARMACIST", NotFound), ("ADMINISTRATOR", NotFound), ("UNBLINDED_STATISTICIAN", NotFound),
     ("SAFETY_PHYSICIAN", NotFound), ("OUTSIDER", NotFound)],
)  # fmt: skip
def test_who_may_not_enter_one(
    cast: Cast, person: Participant, at: datetime, role: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        recorded(cast, person, at, by=cast.by_role[role])
    assert not Deviation.objects.exists()


def assess(cast: Cast, deviation: Deviation, at: datetime, **more: Any) -> DeviationAssessment:
    given = {"given": ASSESSMENT, "seen": None, "by": cast.coordinator, **more}
    return services.deviation_assess(deviation_id=deviation.pk, at=at, **given)


def standing(cast: Cast, deviation: Deviation, at: datetime) -> selectors.Dealt:
    found = selectors.deviation_get(viewer=cast.monitor, deviation_id=deviation.pk, now=at)
    return selectors.dealt(found, now=at)


def test_assessed_signed_and_assessed_anew(cast: Cast, person: Participant, at: datetime) -> None:
    made = recorded(cast, person, at)
    assert standing(cast, made, at).standing == "OPEN"
    first = assess(cast, made, at)
    assert (standing(cast, made, at).standing, standing(cast, made, at).category) == ("ASSESSED", "MINOR")
    services.deviation_sign(deviation_id=made.pk, seen=first.pk, by=cast.investigator, at=at)
    assert standing(cast, made, at).standing == "SIGNED"
    with pytest.raises(Conflict):
        services.deviation_sign(deviation_id=made.pk, seen=first.pk, by=cast.investigator, at=at)
    with pytest.raises(Conflict):
        assess(cast, made, at)  # somebody who had not seen the first
    with pytest.raises(Invalid):
        assess(cast, made, at, seen=first.pk)  # without a reason
    again = assess(cast, made, at, seen=first.pk, change_reason="The monitor asked.")
    assert again.supersedes == first
    assert standing(cast, made, at).standing == "ASSESSED", "a later assessment needs a signature of its own"
    with pytest.raises(Conflict):
        services.deviation_sign(deviation_id=made.pk, seen=first.pk, by=cast.investigator, at=at)
    kinds = (
        AuditEvent.objects.filter(kind__startswith="deviation.").order_by("id").values_list("kind", flat=True)
    )
    assert list(kinds) == [
        "deviation.recorded",
        "deviation.assessed",
        "deviation.signed",
        "deviation.assessed",
    ]


def test_an_assessment_not_made_in_time_is_overdue(cast: Cast, person: Participant, at: datetime) -> None:
    made = recorded(cast, person, at)
    assert not standing(cast, made, at + timedelta(days=6)).is_overdue
    assert standing(cast, made, at + timedelta(days=7)).is_overdue


def test_only_an_investigator_signs(cast: Cast, person: Participant, at: datetime) -> None:
    made = recorded(cast, person, at)
    first = assess(cast, made, at)
    for by, refusal in (
        (cast.coordinator, NotAllowed),
        (cast.monitor, NotAllowed),
        (cast.other_investigator, NotFound),
    ):
        with pytest.raises(refusal):
            services.deviation_sign(deviation_id=made.pk, seen=first.pk, by=by, at=at)
    assert not DeviationSignature.objects.exists()


# --- pages ------------------------------------------------------------------------------------------------------


def posted(at: datetime, **changes: str) -> dict[str, str]:
    return {
        "key": str(uuid4()), "kind": "CONSENT", "happened": "Signed a day late.", "happened_at": "2026-03-10T08:00",
        "discovered_at": "2026-03-10T09:30", "category": "", "category_reason": "", "action": "", **changes,
    }  # fmt: skip


def test_the_way_through_the_pages(cast: Cast, person: Participant, moment: datetime) -> None:
    client = client_of(cast.investigator)
    assert client.get(f"/deviations/new/{person.pk}/").status_code == 200
    answer = client.post(f"/deviations/new/{person.pk}/", posted(moment))
    made = Deviation.objects.get()
    assert answer["Location"] == f"/deviations/{made.pk}/"
    assert made.happened_at.isoformat() == "2026-03-10T07:00:00+00:00", "the site's clock"
    assert (made.category, made.reportable) == ("MAJOR", True)
    page = client.get(f"/deviations/{made.pk}/").content.decode()
    assert "Not assessed yet" in page
    answer = client.post(f"/deviations/{made.pk}/assess/", {**GIVEN, "reportable": "yes"})
    assert answer.status_code == 302, answer.content
    current = DeviationAssessment.objects.get()
    wrong = client.post(f"/deviations/{made.pk}/sign/", {"seen": str(current.pk), "password": "wrong"})
    assert wrong.status_code == 403
    assert not DeviationSignature.objects.exists()
    client.post(f"/deviations/{made.pk}/sign/", {"seen": str(current.pk), "password": PASSWORD})
    assert DeviationSignature.objects.get().recorded_by == cast.investigator
    assert "Assess anew" in client.get(f"/deviations/{made.pk}/").content.decode()
    listed = client.get("/deviations/").content.decode()
    assert "Signed a day late." in listed
    assert "DE01-0007" in listed


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"happened": ""}, "This field is required"),
        ({"kind": "NOSUCH"}, "Select a valid choice"),
        ({"happened_at": "2026-03-10T23:00"}, "cannot lie in the future"),
        ({"happened": "It was placebo."}, "name no treatment"),
        ({"category": "MINOR"}, "Say it in words"),
        ({"happened": "a\x00b"}, "Null characters"),
    ],
)
def test_what_cannot_be_right_comes_back(
    cast: Cast, person: Participant, moment: datetime, changes: dict[str, str], words: str
) -> None:
    answer = client_of(cast.coordinator).post(f"/deviations/new/{person.pk}/", posted(moment, **changes))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Deviation.objects.exists()


def test_the_list_is_narrowed_and_filed_alike(cast: Cast, person: Participant, moment: datetime) -> None:
    recorded(cast, person, moment, entry=entry(moment, happened="=1+1 left out."))
    minor = recorded(cast, person, moment, entry=entry(moment, kind="CONSENT", happened="Another form."))
    assess(cast, minor, moment)
    client = client_of(cast.monitor)

    def lines(query: str) -> list[list[str]]:
        answer = client.get(f"/deviations/deviations.csv{query}")
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        return list(csv.reader(io.StringIO(answer.content.decode())))[1:]

    assert len(lines("")) == 2
    for query, count in (
        ("?kind=CONSENT", 1), ("?category=MINOR", 1), ("?category=MAJOR", 0), ("?standing=OPEN", 1),
        ("?standing=ASSESSED", 1), ("?standing=SIGNED", 0), ("?search=another", 1), ("?search=0007", 2),
        ("?kind=x%00", 2),
    ):  # fmt: skip
        assert len(lines(query)) == count, query
        assert client.get(f"/deviations/{query}").content.decode().count("0007</a>") == count, query
    assert any(cell.startswith("'=1+1") for line in lines("") for cell in line), (
        "no formula for a spreadsheet"
    )


@pytest.mark.parametrize(
    "role",
    [
        "SESSION_NURSE",
        "EFFICACY_RATER",
        "SPONSOR",
        "PHARMACIST",
        "ADMINISTRATOR",
        "UNBLINDED_STATISTICIAN",
        "OUTSIDER",
    ],
)
def test_who_may_not_read_finds_no_page(cast: Cast, person: Participant, moment: datetime, role: str) -> None:
    made = recorded(cast, person, moment)
    client, api = client_of(cast.by_role[role]), APIClient()
    api.force_authenticate(cast.by_role[role])
    for path in ("/deviations/", "/deviations/deviations.csv"):
        assert client.get(path).status_code in (403, 404)
    for path in (
        f"/deviations/{made.pk}/",
        f"/deviations/{made.pk}/assess/",
        f"/deviations/new/{person.pk}/",
    ):
        assert client.get(path).status_code == 404
    assert api.get("/api/v1/deviations/").json()["results"] == []
    assert api.get(f"/api/v1/deviations/{made.pk}/").status_code == 404


def test_another_site_finds_nothing(cast: Cast, person: Participant, moment: datetime) -> None:
    made = recorded(cast, person, moment)
    client = client_of(cast.other_coordinator)
    assert "DE01-0007" not in client.get("/deviations/").content.decode()
    assert client.get(f"/deviations/{made.pk}/").status_code == 404
    assert client.post(f"/deviations/{made.pk}/assess/", {**GIVEN, "reportable": "no"}).status_code == 404


def test_by_program(cast: Cast, person: Participant, moment: datetime) -> None:
    api = APIClient()
    api.force_authenticate(cast.investigator)
    body = {
        "participant_id": str(person.pk), "key": str(uuid4()), "kind": "MEDICATION", "happened": "Took an opioid.",
        "happened_at": (moment - HOUR).isoformat(), "discovered_at": moment.isoformat(),
    }  # fmt: skip
    first, again = api.post("/api/v1/deviations/", body), api.post("/api/v1/deviations/", body)
    assert (first.status_code, first.json()["standing"]) == (201, "OPEN")
    assert first.json()["id"] == again.json()["id"]
    path = f"/api/v1/deviations/{first.json()['id']}/"
    done = api.post(f"{path}assessment/", {**GIVEN, "reportable": False})
    assert (done.status_code, done.json()["standing"]) == (201, "ASSESSED")
    seen = done.json()["assessment"]
    assert api.post(f"{path}signature/", {"seen": seen, "password": "no"}).status_code == 403
    signed = api.post(f"{path}signature/", {"seen": seen, "password": PASSWORD})
    assert (signed.status_code, signed.json()["standing"]) == (201, "SIGNED")
    assert api.post(f"{path}assessment/", {**GIVEN, "reportable": False}).status_code == 409
    wrong = api.post(
        "/api/v1/deviations/", {**body, "key": str(uuid4()), "happened_at": "2027-01-01T00:00:00Z"}
    )
    assert (wrong.status_code, wrong.json()["reasons"][0]["field"]) == (422, "happened_at")
    assert UUID(api.get("/api/v1/deviations/", {"kind": "MEDICATION"}).json()["results"][0]["id"])
    assert api.get("/api/v1/deviations/", {"kind": "X"}).status_code in (400, 422)
