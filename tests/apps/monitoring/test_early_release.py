"""An investigator lets somebody go before every condition holds: on the service, the page and the endpoint."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.core.exceptions import Invalid, NotAllowed, NotFound
from apps.dosing.domain.session import IllegalTransition
from apps.dosing.models import DosingSession, SessionTransition
from apps.monitoring.domain.conditions import Statement
from apps.monitoring.domain.events import EarlyReleased, ParticipantReleased
from apps.monitoring.models import Release
from apps.monitoring.services import NotEarly, participant_release_early
from apps.quality.models import Deviation
from tests.apps.monitoring.scene import CALM, NO_DISSOCIATION, Nurse, seat
from tests.factories.cast import PASSWORD, Cast

MINUTE = timedelta(minutes=1)
ALL = Statement(confirmed=frozenset({"EVENTS", "ESCORT", "TOLD"}))
WHY = "Has to fetch a child; told of the risk, sister drives."


@pytest.fixture
def calm(nurse: Nurse, at: datetime) -> Nurse:
    """A participant an hour after the spray, without trouble."""
    nurse.records(at - 10 * MINUTE, slot=-1, **CALM, cadss_items=NO_DISSOCIATION)
    nurse.records(at + 60 * MINUTE, slot=60, **CALM, cadss_items=NO_DISSOCIATION, ready=True)
    return nurse


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was published."""
    found: list[Any] = []
    monkeypatch.setattr("apps.monitoring.services.early.publish", found.append)
    return found


def release(nurse: Nurse, by: User, at: datetime, **changes: Any) -> Release:
    given: dict[str, Any] = {"statement": ALL, "category": "INSISTS", "reason": WHY}
    return participant_release_early(session_id=nurse.session.pk, by=by, at=at, **{**given, **changes})


def test_the_record_keeps_what_did_not_hold_for_what_and_why(
    cast: Cast, calm: Nurse, at: datetime, told: list[Any]
) -> None:
    row = release(calm, cast.investigator, at + 61 * MINUTE)
    assert (row.early_category, row.early_reason, row.minutes_observed) == ("INSISTS", WHY, 61)
    unmet = [entry for entry in row.conditions if not entry["met"]]
    assert [(entry["code"], entry["needed"]) for entry in unmet] == [("TIME", "59 more minutes")]
    assert DosingSession.objects.get().state == "DISCHARGED"
    step = SessionTransition.objects.get(action="RELEASE_EARLY")
    assert (step.to_state, step.reason) == ("DISCHARGED", WHY)
    event = AuditEvent.objects.get(kind="participant.released_early")
    assert (event.reason, event.detail["unmet"]) == (WHY, ["TIME"])
    early, left = told
    assert isinstance(early, EarlyReleased)
    assert isinstance(left, ParticipantReleased)
    assert (early.session_id, early.by) == (calm.session.pk, cast.investigator)
    assert WHY in early.reason
    assert "The participant insists on leaving" in early.reason
    assert "Observed for 120 minutes" in early.reason


def test_the_ledger_of_deviations_has_its_line(cast: Cast, calm: Nurse, at: datetime) -> None:
    release(calm, cast.investigator, at + 61 * MINUTE)
    line = Deviation.objects.get(session=calm.session, kind="EARLY_RELEASE")
    assert WHY in line.happened
    assert (line.recorded_by, line.happened_at) == (cast.investigator, at + 61 * MINUTE)


def test_without_the_deviation_nobody_left(
    cast: Cast, calm: Nurse, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(event: object) -> None:
        raise RuntimeError("no ledger")

    monkeypatch.setattr("apps.monitoring.services.early.publish", fails)
    with pytest.raises(RuntimeError):
        release(calm, cast.investigator, at + 61 * MINUTE)
    assert not Release.objects.exists()
    assert DosingSession.objects.get().state == "OBSERVING"


def test_only_an_investigator_of_the_site(cast: Cast, calm: Nurse, at: datetime, told: list[Any]) -> None:
    for user in (cast.nurse, cast.coordinator, cast.monitor, cast.physician):
        with pytest.raises(NotAllowed):
            release(calm, user, at + 61 * MINUTE)
    for user in (cast.rater, cast.sponsor, cast.statistician, cast.other_investigator, cast.outsider):
        with pytest.raises(NotFound):
            release(calm, user, at + 61 * MINUTE)
    assert not Release.objects.exists()
    assert not told


def test_an_open_emergency_keeps_who_insists(cast: Cast, calm: Nurse, at: datetime, told: list[Any]) -> None:
    calm.records(at + 61 * MINUTE, crisis_symptom=True)
    with pytest.raises(NotEarly) as refusal:
        release(calm, cast.investigator, at + 62 * MINUTE)
    assert [(reason.code, reason.field) for reason in refusal.value.reasons] == [
        ("never_overridden", "EMERGENCY")
    ]
    assert DosingSession.objects.get().state == "OBSERVING"
    assert not told
    row = release(calm, cast.investigator, at + 62 * MINUTE, category="TO_CARE")
    assert {entry["code"] for entry in row.conditions if not entry["met"]} == {"TIME", "EMERGENCY"}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"category": "WHIM"}, NotEarly),
        ({"reason": "  "}, NotEarly),
        ({"reason": "x" * 1001}, NotEarly),
        ({"statement": Statement(confirmed=frozenset({"TIME"}))}, Invalid),
    ],
)
def test_bad_input_releases_nobody(
    cast: Cast, calm: Nurse, at: datetime, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        release(calm, cast.investigator, at + 61 * MINUTE, **changes)
    assert not Release.objects.exists()


def test_nobody_leaves_twice_nor_before_the_dose(cast: Cast, calm: Nurse, at: datetime) -> None:
    release(calm, cast.investigator, at + 61 * MINUTE)
    with pytest.raises(IllegalTransition):
        release(calm, cast.investigator, at + 62 * MINUTE)
    waiting = Nurse(seat(cast, at=at, minutes=None, chair=2, number="DE01-0002"), cast.nurse)
    with pytest.raises(IllegalTransition):
        release(waiting, cast.investigator, at + 62 * MINUTE)


def test_the_database_wants_category_and_reason_together(cast: Cast, calm: Nurse, at: datetime) -> None:
    with pytest.raises(IntegrityError, match="early_has_category_and_reason"), transaction.atomic():
        Release.objects.create(
            session=calm.session,
            released_at=at,
            minutes_observed=61,
            rule_digest="x",
            early_category="INSISTS",
            recorded_at=at,
            recorded_by=cast.investigator,
        )


def page_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_page_names_what_is_not_met_and_releases_on_the_password(
    cast: Cast, calm: Nurse, at: datetime
) -> None:
    url = f"/sessions/{calm.session.pk}/discharge/early/"
    given = {
        "category": "INSISTS",
        "reason": WHY,
        "confirm_EVENTS": "on",
        "confirm_TOLD": "on",
        "password": PASSWORD,
    }
    with time_machine.travel(at + 61 * MINUTE, tick=False):
        client = page_of(cast.investigator)
        assert url in client.get(f"/sessions/{calm.session.pk}/discharge/").content.decode()
        shown = client.get(url).content.decode()
        assert "59 more minutes" in shown
        assert "No emergency finding open" in shown
        assert client.post(url, {**given, "password": "wrong"}).status_code == 403
        assert client.post(url, {**given, "category": "WHIM"}).status_code == 422
        assert client.post(url, {**given, "reason": ""}).status_code == 422
        assert not Release.objects.exists()
        assert client.post(url, given).status_code == 302
        left = client.get(f"/sessions/{calm.session.pk}/watch/").content.decode()
    assert "Released early" in left
    assert "Escort present" in left
    assert WHY in left


def test_the_page_is_the_investigators(cast: Cast, calm: Nurse, at: datetime) -> None:
    url = f"/sessions/{calm.session.pk}/discharge/early/"
    with time_machine.travel(at + 61 * MINUTE, tick=False):
        shown = page_of(cast.nurse).get(f"/sessions/{calm.session.pk}/discharge/").content.decode()
        assert url not in shown
        assert "unless an investigator signs for it" in shown
        assert page_of(cast.nurse).get(url).status_code == 403
        assert page_of(cast.nurse).post(url, {}).status_code == 403
        for user in (cast.rater, cast.sponsor, cast.other_investigator):
            assert page_of(user).get(url).status_code == 404
        assert Client().get(url).status_code == 302


def test_the_endpoint(cast: Cast, calm: Nurse, at: datetime) -> None:
    url = f"/api/v1/sessions/{calm.session.pk}/release-early/"
    given = {"category": "INSISTS", "reason": WHY, "confirmed": ["EVENTS", "TOLD"], "password": PASSWORD}
    client = APIClient()
    with time_machine.travel(at + 61 * MINUTE, tick=False):
        assert client.post(url, given, format="json").status_code == 401
        client.force_authenticate(cast.nurse)
        assert client.post(url, given, format="json").status_code == 403
        client.force_authenticate(cast.investigator)
        assert client.post(url, {**given, "password": "wrong"}, format="json").status_code == 403
        assert client.post(url, {"password": PASSWORD}, format="json").status_code == 400
        refused = client.post(url, {**given, "category": "WHIM"}, format="json")
        assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (409, "unknown_category")
        done = client.post(url, given, format="json")
        assert (done.status_code, done.json()["early_category"]) == (201, "INSISTS")
        unmet = {entry["code"] for entry in done.json()["conditions"] if not entry["met"]}
        assert unmet == {"TIME", "ESCORT"}
        assert client.post(url, given, format="json").status_code == 409
