"""The same through the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.supply.models import Kit
from tests.apps.randomization import worlds
from tests.apps.supply.helpers import draw
from tests.factories.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db

WITNESS = {"witness_email": "ivo.brandt@example.org", "witness_password": PASSWORD}


@pytest.fixture
def at() -> datetime:
    """Endpoints read the clock, so the story happens now."""
    return datetime.now(UTC)


class Api:
    """A signed-in program."""

    def __init__(self, user: User) -> None:
        self.client = Client()
        self.client.force_login(user)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(f"/api/v1/{path}", body, content_type="application/json")


def test_confirming_replacing_and_putting_right(ready: Cast, at: datetime) -> None:
    person, owner = draw(ready, at=at), draw(ready, at=at)
    nurse, pharmacist = Api(ready.nurse), Api(ready.pharmacist)
    place = {"participant_id": str(person.pk), "visit": "D1"}
    mine = Kit.objects.get(participant=person, position=1)
    theirs = Kit.objects.get(participant=owner, position=1)
    assert nurse.post("kits/confirm/", {**place, "number": mine.number}).json()["state"] == "DISPENSED"
    refused = nurse.post("kits/confirm/", {**place, "number": theirs.number})
    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (409, "not_of_this_visit")
    assert nurse.post("kits/confirm/", place).status_code == 400
    assert Api(ready.other_nurse).post("kits/confirm/", {**place, "number": "K1"}).status_code == 404
    pharmacist.post(f"kits/{mine.pk}/return/", {"reason": "broken"})
    kits = pharmacist.post("kits/replace/", place).json()
    assert [kit["position"] for kit in kits] == [1, 2, 3]
    wrong = {**place, "position": 2, "number": theirs.number, "was_administered": False, "reason": "mixed up"}
    assert nurse.post("wrong-kits/", wrong).status_code == 403
    assert pharmacist.post("wrong-kits/", {**wrong, "number": "K0"}).status_code == 422
    done = pharmacist.post("wrong-kits/", wrong)
    assert (done.status_code, done.json()["owner"], len(done.json()["replaced"])) == (201, owner.number, 1)
    assert nurse.get("wrong-kits/").json()["count"] == 1
    assert Api(ready.other_nurse).get("wrong-kits/").json()["count"] == 0


def test_stock_counts_and_the_log(cast: Cast, at: datetime) -> None:
    kit = worlds.kits_make(cast, at=at, active=3, placebo=3)[0]
    path = f"sites/{cast.site.pk}/stock/"
    pharmacist = Api(cast.pharmacist)
    count = {"counts": [{"lot": kit.lot, "counted": 6}], "seen": [], **WITNESS}
    assert pharmacist.post(path, {**count, "counts": []}).status_code == 422
    assert pharmacist.post(path, {**count, "witness_password": "no"}).status_code == 403
    assert pharmacist.post(path, {**count, "counts": [{"lot": kit.lot, "counted": -1}]}).status_code == 400
    assert Api(cast.monitor).post(path, count).status_code == 403
    assert pharmacist.post(path, count).status_code == 201
    found = Api(cast.monitor).get(path).json()
    assert found["lots"][0]["on_shelf"] == 6
    assert found["counts"][0]["witness"] == "Ivo Brandt"
    for user in (cast.other_nurse, cast.sponsor):
        assert Api(user).get(path).status_code == 404
        assert Api(user).get(f"sites/{cast.site.pk}/accountability/").status_code == 404
    log = Api(cast.monitor).get(f"sites/{cast.site.pk}/accountability/")
    assert (log["Content-Type"], log.content.decode().count("\r\n")) == ("text/csv; charset=utf-8", 7)
    destroyed = pharmacist.post(f"kits/{kit.pk}/destroy/", {"reason": "crushed", **WITNESS})
    assert destroyed.json()["state"] == "DESTROYED"
    assert pharmacist.get("kits/", expiring_within_days=3650).json()["count"] == 5
    assert pharmacist.get("kits/", expiring_within_days=0).json()["count"] == 0
    assert pharmacist.get("kits/", expiring_within_days=-1).status_code == 400


def test_the_outlook_and_excursions(cast: Cast, at: datetime) -> None:
    worlds.kits_make(cast, at=at, active=3, placebo=3)
    outlook = Api(cast.sponsor).get("stock/outlook/").json()
    assert [set(one) for one in outlook] == [{"site", "days_covered", "pairs_to_send", "text"}] * 2
    assert Api(cast.outsider).get("stock/outlook/").json() == []
    pharmacist = Api(cast.pharmacist)
    excursion = {
        "site_id": str(cast.site.pk), "began": "2026-03-10T09:00:00Z", "ended": "2026-03-10T11:00:00Z",
        "min_c": "18.0", "max_c": "31.5", "note": "door open",
    }  # fmt: skip
    assert pharmacist.post("excursions/", {**excursion, "min_c": "warm"}).status_code == 400
    assert pharmacist.post("excursions/", {**excursion, "ended": "2026-03-10T08:00:00Z"}).status_code == 422
    assert Api(cast.nurse).post("excursions/", excursion).status_code == 403
    made = pharmacist.post("excursions/", excursion)
    assert (made.status_code, made.json()["kits"], made.json()["decision"]) == (201, 6, None)
    path = f"excursions/{made.json()['id']}/decision/"
    assert pharmacist.post(path, {"outcome": "DESTROY", "reason": "warm"}).status_code == 422
    assert Api(cast.monitor).post(path, {"outcome": "RELEASE", "reason": "fine"}).status_code == 403
    assert pharmacist.post(path, {"outcome": "DESTROY", "reason": "warm", **WITNESS}).status_code == 201
    assert pharmacist.post(path, {"outcome": "RELEASE", "reason": "fine"}).status_code == 409
    listed = Api(cast.monitor).get("excursions/").json()["results"]
    assert listed[0]["decision"]["witness"] == "Ivo Brandt"
