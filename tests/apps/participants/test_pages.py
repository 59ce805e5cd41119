"""Pages of participants: who may open them, what bad input comes to, and what another site finds."""

import pytest
import time_machine
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.participants.models import Participant
from apps.participants.services import participant_discontinue
from apps.studies.domain.permissions import Permission as P
from apps.studies.domain.permissions import Role, roles_with
from tests.factories.participants import enrolled

EVERYBODY = sorted({role.value for role in Role} | {"OUTSIDER"})
NEW = reverse("participants:enroll")
FORM = {
    "participant_id": "6a3f1bb2-8a5c-4f0e-9d55-0d7a45c7a001",
    "full_name": "Jan Muster",
    "birth_date": "1980-02-03",
    "sex": "M",
    "form_version": "1.0",
    "consented_at": "2026-03-10T09:30",
    "phone": "",
    "email": "",
    "emergency_contact": "",
}


@pytest.fixture(autouse=True)
def at_that_moment(at):
    with time_machine.travel(at, tick=True):
        yield


@pytest.fixture
def sign_in(client):
    def as_(person):
        client.force_login(person)
        return client

    return as_


def codes(permission):
    return {role.value for role in roles_with(permission)}


@pytest.mark.parametrize(
    ("page", "permission"),
    [
        ("participants:list", P.PARTICIPANT_READ),
        ("participants:enroll", P.PARTICIPANT_ENROLL),
        ("participants:detail", P.PARTICIPANT_READ),
        ("participants:consent", P.PARTICIPANT_READ),
        ("participants:identity", P.IDENTITY_READ),
        ("participants:identity_change", P.IDENTITY_WRITE),
        ("participants:withdraw", P.PARTICIPANT_WITHDRAW),
    ],
)
@pytest.mark.parametrize("role", EVERYBODY)
def test_each_page_opens_for_exactly_those_who_may(cast, at, sign_in, page, permission, role):
    participant = enrolled(cast, at=at)
    about_one = page not in ("participants:list", "participants:enroll")
    url = reverse(page, args=[participant.pk] if about_one else [])
    answer = sign_in(cast.by_role[role]).get(url)
    if role in codes(permission):
        assert answer.status_code == 200
    else:
        assert answer.status_code in (403, 404)
        assert participant.number not in answer.content.decode()


@pytest.mark.parametrize("page", ["detail", "consent", "identity", "identity_change", "withdraw"])
def test_another_site_finds_nobody(cast, at, sign_in, page):
    participant = enrolled(cast, at=at)
    url = reverse(f"participants:{page}", args=[participant.pk])
    client = sign_in(cast.other_investigator)
    assert client.get(url).status_code == 404
    if page != "identity" and page != "detail":
        assert client.post(url, {}).status_code == 404


def test_a_stranger_is_asked_to_sign_in(cast, at, client):
    participant = enrolled(cast, at=at)
    answer = client.get(reverse("participants:detail", args=[participant.pk]))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("accounts:sign_in"))


def test_enrolling_leads_to_the_participants_page(cast, sign_in):
    answer = sign_in(cast.coordinator).post(NEW, {**FORM, "site": cast.site.pk}, follow=True)
    participant = Participant.objects.get()
    assert participant.number in answer.content.decode()
    assert (participant.age_years, participant.sex) == (46, "M")
    # 09:30 on Berlin's clock in winter.
    assert participant.consents.get().consented_at.isoformat() == "2026-03-10T08:30:00+00:00"


def test_pressing_twice_enrols_once(cast, sign_in):
    client = sign_in(cast.coordinator)
    for _ in range(2):
        assert client.post(NEW, {**FORM, "site": cast.site.pk}).status_code == 302
    assert Participant.objects.count() == 1


def test_every_wrong_value_is_named_on_the_form(cast, sign_in):
    wrong = {**FORM, "site": cast.site.pk, "consented_at": "2027-01-01T10:00", "birth_date": "2030-01-01"}
    answer = sign_in(cast.coordinator).post(NEW, wrong)
    assert answer.status_code == 422
    assert {"consented_at", "birth_date"} <= set(answer.context["form"].errors)
    assert not Participant.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"full_name": "a\x00b"},
        {"full_name": "x" * 5000},
        {"birth_date": "0001-01-01"},
        {"birth_date": "99999-01-01"},
        {"consented_at": "0001-01-01T00:00"},
        {"consented_at": "not a time"},
        {"sex": "Q"},
        {"participant_id": "nonsense"},
        {"email": "nobody"},
        {"form_version": " "},
    ],
)
def test_nonsense_is_a_form_error_and_never_a_fault(cast, sign_in, change):
    answer = sign_in(cast.coordinator).post(NEW, {**FORM, "site": cast.site.pk, **change})
    assert answer.status_code == 422
    assert not Participant.objects.exists()


def test_a_site_that_is_not_ones_own_cannot_be_chosen(cast, sign_in):
    answer = sign_in(cast.coordinator).post(NEW, {**FORM, "site": cast.other_site.pk})
    assert answer.status_code == 422
    assert not Participant.objects.exists()


def test_a_namesake_is_asked_about_and_may_be_confirmed(cast, sign_in):
    client = sign_in(cast.coordinator)
    client.post(NEW, {**FORM, "site": cast.site.pk})
    again = {**FORM, "site": cast.site.pk, "participant_id": "6a3f1bb2-8a5c-4f0e-9d55-0d7a45c7a002"}
    answer = client.post(NEW, again)
    assert answer.status_code == 422
    assert "namesake_confirmed" in answer.content.decode()
    assert client.post(NEW, {**again, "namesake_confirmed": "on"}).status_code == 302
    assert Participant.objects.count() == 2


def test_the_list_searches_filters_and_pages(cast, at, sign_in):
    people = [enrolled(cast, at=at, full_name=f"P{n}") for n in range(52)]
    participant_discontinue(participant_id=people[0].pk, reason_code="DEATH", by=cast.coordinator, at=at)
    client = sign_in(cast.nurse)
    url = reverse("participants:list")
    assert "1 to 50 of 52" in client.get(url).content.decode()
    assert "DE01-0052" in client.get(url, {"page": "2"}).content.decode()
    found = client.get(url, {"search": "0007"}).content.decode()
    assert "DE01-0007" in found
    assert "DE01-0008" not in found
    gone = client.get(url, {"status": "DISCONTINUED"}).content.decode()
    assert "DE01-0001" in gone
    assert "DE01-0002" not in gone


@pytest.mark.parametrize(
    "query", [{"page": "x"}, {"status": "NOPE"}, {"search": "a\x00b"}, {"search": "x" * 999}]
)
def test_a_list_never_fails_over_its_address(cast, at, sign_in, query):
    enrolled(cast, at=at)
    assert sign_in(cast.nurse).get(reverse("participants:list"), query).status_code == 200


def test_names_stand_on_the_identity_page_alone(cast, at, sign_in):
    participant = enrolled(cast, at=at)
    client = sign_in(cast.coordinator)
    for page in ("participants:detail", "participants:consent", "participants:withdraw"):
        assert "Erika" not in client.get(reverse(page, args=[participant.pk])).content.decode()
    assert "Erika" not in client.get(reverse("participants:list")).content.decode()
    assert "Erika" in client.get(reverse("participants:identity", args=[participant.pk])).content.decode()
    assert AuditEvent.objects.filter(kind="identity.read").count() == 1


def test_the_next_step_is_the_one_primary_action(cast, at, sign_in):
    participant = enrolled(cast, at=at)
    page = (
        sign_in(cast.coordinator).get(reverse("participants:detail", args=[participant.pk])).content.decode()
    )
    # The cover of a locked screen stands on every page and has a button of its own.
    assert page.partition("<main")[2].partition("</main>")[0].count("btn-primary") == 1
    assert reverse("screening:detail", args=[participant.pk]) in page
    nurse = sign_in(cast.nurse).get(reverse("participants:detail", args=[participant.pk])).content.decode()
    assert "btn-primary" not in nurse.partition("<main")[2].partition("</main>")[0]


def test_leaving_needs_a_reason_and_a_fresh_page(cast, at, sign_in):
    participant = enrolled(cast, at=at)
    url = reverse("participants:withdraw", args=[participant.pk])
    client = sign_in(cast.investigator)
    assert client.post(url, {"version": 1}).status_code == 422
    assert client.post(url, {"version": 1, "reason_code": "OTHER"}).status_code == 422
    assert client.post(url, {"version": 9, "reason_code": "DEATH"}).status_code == 422
    assert client.post(url, {"version": 1, "reason_code": "ADVERSE_EVENT"}).status_code == 302
    participant.refresh_from_db()
    assert participant.status == "DISCONTINUED"


def test_a_renewed_consent_is_recorded_on_its_page(cast, at, sign_in):
    participant = enrolled(cast, at=at.replace(hour=8))
    url = reverse("participants:consent", args=[participant.pk])
    client = sign_in(cast.coordinator)
    assert client.post(url, {"form_version": "2.0", "consented_at": "2026-03-11T10:00"}).status_code == 422
    assert client.post(url, {"form_version": "2.0", "consented_at": "2026-03-10T09:30"}).status_code == 302
    assert participant.consents.count() == 2


def test_an_identity_is_corrected_with_a_reason(cast, at, sign_in):
    participant = enrolled(cast, at=at)
    url = reverse("participants:identity_change", args=[participant.pk])
    given = {"full_name": "Erika Muster", "birth_date": "1984-05-17", "version": 1, "reason": ""}
    client = sign_in(cast.coordinator)
    assert client.post(url, given).status_code == 422
    assert client.post(url, {**given, "reason": "Misspelt"}).status_code == 302
    participant.identity.refresh_from_db()
    assert participant.identity.full_name == "Erika Muster"
