"""The API of participants: problem documents for whatever cannot be, and never a fault."""

from uuid import uuid4

import pytest
import time_machine
from rest_framework.test import APIClient

from apps.participants.models import Participant
from apps.studies.domain.permissions import Permission as P
from apps.studies.domain.permissions import Role, roles_with
from tests.factories.participants import enrolled

EVERYBODY = sorted({role.value for role in Role} | {"OUTSIDER"})
URL = "/api/v1/participants/"


@pytest.fixture(autouse=True)
def at_that_moment(at):
    with time_machine.travel(at, tick=True):
        yield


@pytest.fixture
def call():
    def as_(person):
        client = APIClient()
        client.force_authenticate(person)
        return client

    return as_


def body(cast, **changes):
    return {
        "site_id": str(cast.site.pk),
        "full_name": "Jan Muster",
        "birth_date": "1980-02-03",
        "sex": "M",
        "consented_at": "2026-03-10T08:30:00Z",
        "form_version": "1.0",
        **changes,
    }


def is_problem(answer, status, field=None):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"].startswith("application/problem+json")
    found = answer.json()
    assert found["status"] == status
    if field is not None:
        assert field in {reason["field"] for reason in found["reasons"]}, found
    return True


def test_enrolling_answers_with_the_number_and_no_name(cast, call):
    answer = call(cast.coordinator).post(URL, body(cast))
    assert answer.status_code == 201
    assert answer.json()["number"] == "DE01-0001"
    assert "Muster" not in answer.content.decode()


@pytest.mark.parametrize("how", ["id", "header"])
def test_the_same_request_twice_makes_one(cast, call, how):
    key = str(uuid4())
    client = call(cast.coordinator)
    given = body(cast, id=key) if how == "id" else body(cast)
    headers = {} if how == "id" else {"Idempotency-Key": key}
    answers = [client.post(URL, given, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert is_problem(client.post(URL, {**given, "sex": "F"}, headers=headers), 409, "id")
    assert Participant.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"site_id": "nonsense"}, 400, "site_id"),
        ({"full_name": ""}, 400, "full_name"),
        ({"full_name": "a\x00b"}, 400, "full_name"),
        ({"full_name": ["a"]}, 400, "full_name"),
        ({"birth_date": "1980-02-30"}, 400, "birth_date"),
        ({"birth_date": "2030-01-01"}, 422, "birth_date"),
        ({"birth_date": "0001-01-01"}, 422, "birth_date"),
        ({"sex": "X"}, 400, "sex"),
        ({"consented_at": "soon"}, 400, "consented_at"),
        ({"consented_at": "9999-12-31T23:59:59-12:00"}, 400, "consented_at"),
        ({"consented_at": "9999-12-31T23:59:59Z"}, 422, "consented_at"),
        ({"consented_at": "0001-01-01T00:00:00Z"}, 422, "consented_at"),
        ({"form_version": "x" * 41}, 400, "form_version"),
        ({"email": "nobody"}, 400, "email"),
        ({"id": -1}, 400, "id"),
        ({"id": 10**60}, 400, "id"),
    ],
)
def test_bad_values_are_named(cast, call, change, status, field):
    assert is_problem(call(cast.coordinator).post(URL, body(cast, **change)), status, field)
    assert not Participant.objects.exists()


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"site_id": NaN}', "7", '"\\ud800"'])
def test_a_body_that_is_no_object_is_a_problem(cast, call, text):
    answer = call(cast.coordinator).post(URL, text, content_type="application/json")
    assert is_problem(answer, 400)


def test_a_key_that_is_no_uuid_is_a_problem(cast, call):
    answer = call(cast.coordinator).post(URL, body(cast), headers={"Idempotency-Key": "again"})
    assert is_problem(answer, 422, "Idempotency-Key")


@pytest.mark.parametrize("role", EVERYBODY)
def test_only_those_delegated_enrol(cast, call, role):
    answer = call(cast.by_role[role]).post(URL, body(cast))
    if role in {held.value for held in roles_with(P.PARTICIPANT_ENROLL)}:
        assert answer.status_code == 201
    else:
        assert answer.status_code in (403, 404)
        assert not Participant.objects.exists()


def test_nobody_enters_without_signing_in(cast):
    assert is_problem(APIClient().post(URL, body(cast)), 401)


def test_each_site_lists_its_own(cast, at, call):
    enrolled(cast, at=at)
    enrolled(cast, at=at, site_id=cast.other_site.pk, by=cast.other_coordinator)
    listed = call(cast.coordinator).get(URL).json()
    assert [row["number"] for row in listed["results"]] == ["DE01-0001"]
    assert call(cast.physician).get(URL, {"site": "US01"}).json()["count"] == 1
    assert call(cast.rater).get(URL).json()["count"] == 0


def test_a_bad_filter_is_a_problem(cast, call):
    assert is_problem(call(cast.nurse).get(URL, {"status": "NOPE"}), 400, "status")


@pytest.mark.parametrize("path", ["", "consents/", "identity/"])
def test_another_site_finds_nothing(cast, at, call, path):
    participant = enrolled(cast, at=at)
    assert call(cast.coordinator).get(f"{URL}{participant.pk}/{path}").status_code == 200
    for person in (cast.other_coordinator, cast.rater, cast.outsider):
        assert is_problem(call(person).get(f"{URL}{participant.pk}/{path}"), 404)


def test_leaving_and_consenting_answer_with_all_reasons(cast, at, call):
    participant = enrolled(cast, at=at)
    client = call(cast.coordinator)
    url = f"{URL}{participant.pk}/"
    assert is_problem(
        client.post(f"{url}consents/", {"form_version": "2", "consented_at": "2027-01-01T00:00:00Z"}),
        422,
        "consented_at",
    )
    assert is_problem(client.post(f"{url}discontinue/", {"reason_code": "BORED"}), 400, "reason_code")
    assert is_problem(client.post(f"{url}discontinue/", {"reason_code": "OTHER"}), 422, "reason")
    assert is_problem(client.post(f"{url}discontinue/", {"reason_code": "DEATH", "version": 9}), 409)
    assert client.post(f"{url}discontinue/", {"reason_code": "DEATH"}).json()["status"] == "DISCONTINUED"
    assert is_problem(client.post(f"{url}discontinue/", {"reason_code": "DEATH"}), 409)
