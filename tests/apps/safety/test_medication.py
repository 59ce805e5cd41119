from __future__ import annotations

from datetime import date, datetime

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.participants.models import Participant
from apps.safety import services
from apps.safety.models import Medication
from tests.factories.cast import Cast

pytestmark = pytest.mark.usefixtures("time_machine_at")
DAY = date(2026, 3, 10)


@pytest.fixture
def one(cast: Cast, at: datetime) -> Participant:
    return Participant.objects.create(
        study=cast.study, site=cast.site, protocol_version=cast.version, number="DE01-0001", status="RANDOMIZED",
        sex="F", age_years=44, recorded_at=at, recorded_by=cast.coordinator,
    )  # fmt: skip


def record(one: Participant, at: datetime, by: object, **more: object) -> Medication:
    given = {"kind": "STUDY_ORAL", "name": "sertraline", "started_on": DAY}
    return services.medication_record(participant_id=one.pk, **{**given, **more}, by=by, at=at)


def test_recording_and_ending_leave_traces(cast: Cast, one: Participant, at: datetime) -> None:
    row = record(one, at, cast.coordinator)
    services.medication_stop(medication_id=row.pk, stopped_on=DAY, version=1, by=cast.coordinator, at=at)
    kinds = list(
        AuditEvent.objects.filter(subject_id=str(row.pk)).order_by("id").values_list("kind", flat=True)
    )
    assert kinds == ["medication.recorded", "medication.stopped"]


def test_a_second_study_antidepressant_waits_for_the_end_of_the_first(
    cast: Cast, one: Participant, at: datetime
) -> None:
    record(one, at, cast.coordinator)
    with pytest.raises(Invalid):
        record(one, at, cast.coordinator, name="duloxetine")


def test_who_saw_an_older_version_ends_nothing(cast: Cast, one: Participant, at: datetime) -> None:
    row = record(one, at, cast.coordinator)
    services.medication_stop(medication_id=row.pk, stopped_on=DAY, version=1, by=cast.coordinator, at=at)
    with pytest.raises(Conflict):
        services.medication_stop(medication_id=row.pk, stopped_on=DAY, version=1, by=cast.coordinator, at=at)


def test_roles_and_sites(cast: Cast, one: Participant, at: datetime) -> None:
    for person in (cast.other_coordinator, cast.rater, cast.sponsor, cast.outsider):
        with pytest.raises(NotFound):
            record(one, at, person)
    with pytest.raises(NotAllowed):
        record(one, at, cast.monitor)


def test_page_and_api_do_the_same(cast: Cast, one: Participant, client: Client) -> None:
    client.force_login(cast.coordinator, backend="django.contrib.auth.backends.ModelBackend")
    url = f"/safety/{one.pk}/medication/"
    body = {"kind": "STUDY_ORAL", "name": "sertraline", "started_on": "2026-03-10"}
    assert client.post(url, body).status_code == 302
    assert b"sertraline" in client.get(url).content
    assert client.post(url, body).status_code == 422
    api = APIClient()
    api.force_authenticate(cast.coordinator)
    listed = api.get(f"/api/v1/participants/{one.pk}/medications/").json()
    assert [row["name"] for row in listed] == ["sertraline"]
    stop = f"/api/v1/medications/{listed[0]['id']}/stop/"
    assert api.post(stop, {"stopped_on": "2027-01-01", "version": 1}).status_code == 422
    assert api.post(stop, {"stopped_on": "soon", "version": 10**12}).status_code == 400
    assert api.post(stop, {"stopped_on": "2026-03-10", "version": 1}).status_code == 200


def test_another_medicine_falls_under_a_rule_of_the_protocol_or_none(
    cast: Cast, one: Participant, at: datetime, client: Client
) -> None:
    other = {"kind": "CONCOMITANT", "name": "quetiapine"}
    assert record(one, at, cast.coordinator, **other, concomitant_rule="OTHER_PSYCHOTROPIC").concomitant_rule
    assert record(one, at, cast.coordinator, **other).concomitant_rule == ""
    acts = AuditEvent.objects.filter(kind="medication.recorded").order_by("id")
    assert [act.detail.get("rule") for act in acts] == ["OTHER_PSYCHOTROPIC", None]
    with pytest.raises(Invalid, match="no such rule"):
        record(one, at, cast.coordinator, **other, concomitant_rule="WEATHER")
    with pytest.raises(Invalid, match="falls under no rule"):
        record(one, at, cast.coordinator, concomitant_rule="OTHER_PSYCHOTROPIC")
    client.force_login(cast.coordinator, backend="django.contrib.auth.backends.ModelBackend")
    url = f"/safety/{one.pk}/medication/"
    page = client.get(url).content.decode()
    assert page.count("Prohibited: ") > 1  # one in the list, the others to choose from
    body = {**other, "started_on": "2026-03-10", "concomitant_rule": "WEATHER"}
    assert client.post(url, body).status_code == 422
    assert client.post(url, {**body, "concomitant_rule": "OPIOID"}).status_code == 302
    api = APIClient()
    api.force_authenticate(cast.coordinator)
    answer = api.post(f"/api/v1/participants/{one.pk}/medications/", {**body, "concomitant_rule": "MAOI"})
    assert (answer.status_code, answer.json()["concomitant_rule"]) == (201, "MAOI")
    refused = api.post(f"/api/v1/participants/{one.pk}/medications/", body)
    assert refused.status_code == 422
