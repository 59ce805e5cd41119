"""The pages of supply: who sees them, what they take, and what they say to bad input."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.supply.models import ExcursionDecision, Kit, StockCount, TemperatureExcursion, WrongKit
from tests.apps.randomization import worlds
from tests.apps.supply.helpers import draw
from tests.factories.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def at() -> datetime:
    """Pages read the clock, so the story happens now."""
    return datetime.now(UTC)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


WITNESS = {"witness_email": "ivo.brandt@example.org", "witness_password": PASSWORD}


def test_a_kit_is_read_at_the_hand_over_and_a_wrong_one_refused(ready: Cast, at: datetime) -> None:
    person = draw(ready, at=at)
    url = f"/supply/handover/{person.pk}/D1/"
    nurse = browser(ready.nurse)
    page = nurse.get(url).content.decode()
    assert page.count("Not yet") == 0
    assert "Scan or type the number" in page
    first, second, third = Kit.objects.filter(participant=person).order_by("position")
    refused = nurse.post(f"{url}confirm/", {"number": "K1 "})
    assert refused.status_code == 409
    assert "Kit K1 is not one of the kits of this visit." in refused.content.decode()
    assert nurse.post(f"{url}confirm/", {}).status_code == 409
    assert nurse.post(f"{url}confirm/", {"number": "K" * 500}).status_code == 409
    for kit in (first, second, third):
        answer = nurse.post(f"{url}confirm/", {"number": f" {kit.number.lower()} "}, follow=True)
        assert f"Kit {kit.number} is right: device {kit.position}." in answer.content.decode()
    page = nurse.get(url).content.decode()
    assert "Every kit was read" in page
    assert "Scan or type the number" not in page
    assert browser(ready.monitor).get(url).status_code == 200
    assert browser(ready.monitor).post(f"{url}confirm/", {"number": first.number}).status_code == 403
    for user in (ready.other_nurse, ready.coordinator, ready.sponsor, ready.rater):
        assert browser(user).get(url).status_code == 404
        assert browser(user).post(f"{url}confirm/", {"number": first.number}).status_code == 404
    assert nurse.get(f"/supply/handover/{person.pk}/D8/").status_code == 404


def test_a_kit_taken_back_is_replaced_from_the_page(ready: Cast, at: datetime) -> None:
    person = draw(ready, at=at)
    kit = Kit.objects.get(participant=person, position=2)
    pharmacist = browser(ready.pharmacist)
    pharmacist.post(f"/supply/kits/{kit.pk}/", {"movement": "return", "reason": "broken"})
    url = f"/supply/handover/{person.pk}/D1/"
    assert "Device 2 has no kit now." in pharmacist.get(url).content.decode()
    answer = pharmacist.post(f"{url}replace/", follow=True).content.decode()
    assert "The visit has its kits again." in answer
    assert "has no kit now" not in answer
    assert browser(ready.monitor).post(f"{url}replace/").status_code == 403


def test_a_wrong_kit_is_put_right_from_the_page(ready: Cast, at: datetime) -> None:
    person, owner = draw(ready, at=at), draw(ready, at=at)
    url = f"/supply/handover/{person.pk}/D1/wrong-kit/"
    pharmacist = browser(ready.pharmacist)
    assert pharmacist.get(url).status_code == 200
    wrong = Kit.objects.get(participant=owner, position=1)
    given = {"number": wrong.number, "position": "2", "was_administered": "yes", "reason": "mixed up"}
    for change in ({"number": "K0"}, {"position": "99"}, {"was_administered": "perhaps"}, {"reason": ""}):
        assert pharmacist.post(url, {**given, **change}).status_code == 422
    assert not WrongKit.objects.exists()
    answer = pharmacist.post(url, given, follow=True).content.decode()
    assert "Protocol deviation" in answer
    assert f"Participant {owner.number} has a new kit" in answer
    listed = browser(ready.investigator).get("/supply/wrong-kits/").content.decode()
    assert wrong.number in listed
    assert browser(ready.nurse).get(url).status_code == 403
    assert browser(ready.other_investigator).get(url).status_code == 404
    assert wrong.number not in browser(ready.other_nurse).get("/supply/wrong-kits/").content.decode()
    assert browser(ready.sponsor).get("/supply/wrong-kits/").status_code == 403


def test_the_shelf_is_counted_before_a_witness(ready: Cast, at: datetime) -> None:
    draw(ready, at=at)
    url = f"/supply/sites/{ready.site.pk}/count/"
    pharmacist = browser(ready.pharmacist)
    assert "147" in pharmacist.get(url).content.decode()
    for change in (
        {"counted_0": "146"},
        {"counted_0": "-1"},
        {"counted_0": ""},
        {"witness_password": "wrong"},
        {"witness_email": ready.pharmacist.email},
        {"seen": "K1\nK1"},
    ):
        refused = pharmacist.post(url, {"counted_0": "147", "reason_0": "", **WITNESS, **change})
        assert refused.status_code == 422, change
    assert not StockCount.objects.exists()
    assert AuditEvent.objects.filter(kind="signature.failed").count() == 1
    kept = pharmacist.post(url, {"counted_0": "147", "reason_0": "", **WITNESS}, follow=True)
    assert "Ivo Brandt" in kept.content.decode()
    assert StockCount.objects.get().counted == 147
    monitor = browser(ready.monitor)
    assert "Count now" not in monitor.get(url).content.decode()
    assert monitor.post(url, {"counted_0": "147", **WITNESS}).status_code == 403
    for user in (ready.other_nurse, ready.coordinator, ready.sponsor):
        assert browser(user).get(url).status_code == 404
    log = monitor.get(f"/supply/sites/{ready.site.pk}/accountability.csv")
    assert log["Content-Type"] == "text/csv; charset=utf-8"
    assert log.content.decode().count("\r\n") == 151


def test_an_excursion_is_recorded_on_the_sites_clock_and_decided(cast: Cast, at: datetime) -> None:
    worlds.kits_make(cast, at=at, active=3, placebo=3)
    url = f"/supply/sites/{cast.site.pk}/excursion/"
    pharmacist = browser(cast.pharmacist)
    given = {
        "began": "2026-03-10T10:00", "ended": "2026-03-10T12:30", "min_c": "18.0", "max_c": "31.5",
        "note": "door open", "numbers": "",
    }  # fmt: skip
    for change in ({"ended": "2026-03-10T09:00"}, {"max_c": "hot"}, {"numbers": "K1"}, {"note": ""}):
        assert pharmacist.post(url, {**given, **change}).status_code == 422
    page = pharmacist.post(url, given, follow=True)
    found = TemperatureExcursion.objects.get()
    assert found.began == datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
    assert "6 kits are set aside." in page.content.decode()
    url = f"/supply/excursions/{found.pk}/"
    destroy = {"outcome": "DESTROY", "reason": "too warm", **WITNESS}
    for change in ({"reason": ""}, {"outcome": "KEEP"}, {"witness_email": ""}, {"witness_password": "no"}):
        assert pharmacist.post(url, {**destroy, **change}).status_code == 422
    assert browser(cast.monitor).post(url, destroy).status_code == 403
    assert browser(cast.other_nurse).get(url).status_code == 404
    assert pharmacist.post(url, destroy).status_code == 302
    assert ExcursionDecision.objects.get().witness == cast.investigator
    assert set(Kit.objects.values_list("state", flat=True)) == {"DESTROYED"}
    assert pharmacist.post(url, destroy).status_code == 422
    assert "Destroy" in browser(cast.nurse).get("/supply/excursions/").content.decode()
    assert browser(cast.nurse).get(f"/supply/sites/{cast.site.pk}/excursion/").status_code == 403


def test_a_kit_is_destroyed_before_a_witness(cast: Cast, at: datetime) -> None:
    kit = worlds.kits_make(cast, at=at, active=3, placebo=3)[0]
    url = f"/supply/kits/{kit.pk}/"
    pharmacist = browser(cast.pharmacist)
    given = {"movement": "destroy", "reason": "crushed", **WITNESS}
    for change in (
        {"witness_email": ""},
        {"witness_password": "no"},
        {"witness_email": "noah.reed@example.org"},
    ):
        assert pharmacist.post(url, {**given, **change}).status_code == 422
    assert pharmacist.post(url, given).status_code == 302
    kit.refresh_from_db()
    assert kit.state == "DESTROYED"
    assert browser(cast.nurse).post(url, given).status_code == 403


def test_the_outlook_is_for_those_who_follow_the_stock(cast: Cast, at: datetime) -> None:
    for user in (cast.pharmacist, cast.coordinator, cast.sponsor):
        text = browser(user).get("/supply/outlook/").content.decode()
        assert "within 7 days" in text
        assert "PLACEBO" not in text
    for user in (cast.rater, cast.outsider, cast.statistician):
        assert browser(user).get("/supply/outlook/").status_code == 403
    assert "Near their end" not in browser(cast.pharmacist).get("/supply/").content.decode()
    worlds.kits_make(cast, at=at, active=3, placebo=3)
    Kit.objects.update(expires_on=at.date())
    assert "Near their end" in browser(cast.pharmacist).get("/supply/").content.decode()
