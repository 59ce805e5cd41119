"""The pages: shown once, kept by nobody, and closed to whoever is not meant."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.unblinding import services
from apps.unblinding.models import Drill, ImpactAssessment, Opening
from tests.apps.unblinding.conftest import World
from tests.factories.cast import PASSWORD


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form(world: World, by: User, **changes: Any) -> dict[str, Any]:
    given = {
        "key": uuid4(),
        "category": "OVERDOSE",
        "reason": "Found with empty devices",
        "number": world.participant.number,
        "email": by.email,
        "password": PASSWORD,
    }
    return {**given, **changes}


def address(world: World, tail: str = "") -> str:
    return f"/unblinding/participants/{world.participant.pk}/{tail}"


def test_the_answer_is_one_response_that_nobody_keeps(world: World) -> None:
    investigator = world.cast.investigator
    client = signed_in(investigator)
    page = client.get(address(world))
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    given = form(world, investigator)
    answer = client.post(address(world), given)
    assert answer.status_code == 200
    assert world.label in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies.get("messages")
    assert world.label not in str(dict(client.session))

    again = client.post(address(world), given, follow=True)
    assert again.redirect_chain == [(f"/unblinding/openings/{given['key']}/", 302)]
    text = again.content.decode()
    assert "Opened" in text
    assert world.label not in text
    for later in (address(world), f"/participants/{world.participant.pk}/", "/unblinding/", "/reminders/"):
        assert world.label not in client.get(later).content.decode()


def test_the_casebook_shows_that_when_by_whom_and_why_never_what(world: World) -> None:
    signed_in(world.cast.investigator).post(address(world), form(world, world.cast.investigator))
    for reader in (world.cast.coordinator, world.cast.monitor, world.cast.nurse):
        text = signed_in(reader).get(f"/participants/{world.participant.pk}/").content.decode()
        assert "Emergency code break" in text
        assert str(world.cast.investigator) in text
        assert "Overdose" in text
        assert world.label not in text


@pytest.mark.parametrize("role", ["COORDINATOR", "SESSION_NURSE", "MONITOR", "SAFETY_PHYSICIAN"])
def test_who_sees_the_participant_and_may_not_open_is_refused(world: World, role: str) -> None:
    user = world.cast.by_role[role]
    client = signed_in(user)
    assert client.get(address(world)).status_code == 403
    assert client.post(address(world), form(world, user)).status_code == 403
    assert not Opening.objects.exists()
    page = client.get(f"/participants/{world.participant.pk}/").content.decode()
    assert "Emergency unblinding" not in page


@pytest.mark.parametrize(
    "role", ["EFFICACY_RATER", "PHARMACIST", "SPONSOR", "UNBLINDED_STATISTICIAN", "ADMINISTRATOR", "OUTSIDER"]
)
def test_for_everybody_else_the_page_does_not_exist(world: World, role: str) -> None:
    client = signed_in(world.cast.by_role[role])
    assert client.get(address(world)).status_code == 404
    assert client.get(address(world, "hand-over/")).status_code == 404
    assert signed_in(world.cast.other_investigator).get(address(world)).status_code == 404


def test_a_wrong_password_or_address_opens_nothing_is_recorded_and_locks(world: World) -> None:
    investigator = world.cast.investigator
    client = signed_in(investigator)
    wrongs = [
        {"password": "wrong"},
        {"email": world.cast.nurse.email},
        {"password": "x"},
        {"email": "x@example.org"},
    ]
    for wrong in [*wrongs, {"password": "y"}]:
        answer = client.post(address(world), form(world, investigator, **wrong))
        assert answer.status_code == 403
        assert "is not right" in answer.content.decode()
        assert PASSWORD not in answer.content.decode()
    assert AuditEvent.objects.filter(kind="signature.failed", actor_id=investigator.pk).count() == 5
    locked = client.post(address(world), form(world, investigator))
    assert locked.status_code == 403
    assert "Too many" in locked.content.decode()
    assert AuditEvent.objects.filter(kind="signature.refused", actor_id=investigator.pk).count() == 1
    assert not Opening.objects.exists()


def test_bad_input_names_every_field_and_loses_no_words(world: World) -> None:
    investigator = world.cast.investigator
    client = signed_in(investigator)
    answer = client.post(address(world), {"reason": "Found with empty devices"})
    assert answer.status_code == 422
    assert "Found with empty devices" in answer.content.decode()
    other = client.post(address(world), form(world, investigator, number="DE01-9999"))
    assert other.status_code == 422
    assert "not the number" in other.content.decode()
    assert client.post(address(world), form(world, investigator, key="no-key")).status_code == 422
    assert not Opening.objects.exists()


def test_handed_over_by_page(world: World) -> None:
    nurse, clinician = world.cast.nurse, world.cast.outsider
    answer = signed_in(nurse).post(
        address(world, "hand-over/"), form(world, nurse, clinician=clinician.email)
    )
    text = answer.content.decode()
    assert "Handed over to" in text
    assert str(clinician) in text
    assert world.label not in text
    code = text.split('id="code">')[1].split("<")[0]
    opening = Opening.objects.get()
    client = signed_in(clinician)
    assert str(world.participant.number) in client.get("/unblinding/").content.decode()
    message = f"/unblinding/messages/{opening.pk}/"
    assert signed_in(nurse).get(message).status_code == 404
    given = {"key": uuid4(), "code": "00000-00000", "email": clinician.email, "password": PASSWORD}
    assert client.post(message, given).status_code == 409
    told = client.post(message, {**given, "code": code})
    assert world.label in told.content.decode()
    assert "no-store" in told["Cache-Control"]
    back = client.get(message, follow=True)
    assert back.redirect_chain
    assert world.label not in back.content.decode()


def test_a_drill_by_page_is_timed_and_listed(world: World) -> None:
    investigator = world.cast.investigator
    client = signed_in(investigator)
    session = client.session
    session["study"], session["site"] = world.cast.study.code, world.cast.site.code
    session.save()
    started = client.post("/unblinding/drills/start/", follow=True)
    assert "This is a drill" in started.content.decode()
    drill = Drill.objects.get()
    answer = client.post(f"/unblinding/drills/{drill.pk}/", form(world, investigator, number=drill.subject))
    text = answer.content.decode()
    assert "this label means nothing" in text
    assert "seconds from the start" in text
    listed = client.get("/unblinding/").content.decode()
    assert drill.subject in listed
    assert 'id="drill-p95"' in listed
    assert signed_in(world.cast.coordinator).post("/unblinding/drills/start/").status_code in (403, 404)


def assess(client: Client, opening: Opening, **changes: Any) -> Any:
    given = {
        "who_learned": "Nobody beside me",
        "effect": "None of the ratings: a remote rater holds them",
        "measures": "The site was told to ask me nothing",
        "treatment": "STOPS",
        "password": PASSWORD,
    }
    return client.post(f"/unblinding/openings/{opening.pk}/assessment/", {**given, **changes})


def test_the_impact_is_assessed_signed_corrected_and_shown_to_the_monitor(world: World) -> None:
    investigator = world.cast.investigator
    client = signed_in(investigator)
    client.post(address(world), form(world, investigator))
    opening = Opening.objects.get()
    for word in ("esketamine", "Placebo"):
        named = assess(client, opening, effect=f"Knows that it was {word}")
        assert named.status_code == 422
        assert "name no treatment" in named.content.decode().lower()
    assert assess(client, opening, password="wrong").status_code == 403
    assert assess(signed_in(world.cast.coordinator), opening).status_code == 403
    assert assess(signed_in(world.cast.rater), opening).status_code == 404
    assert assess(client, opening).status_code == 302
    first = ImpactAssessment.objects.get()
    assert assess(client, opening).status_code == 409
    corrected = assess(
        client, opening, seen=first.pk, treatment="CONTINUES", change_reason="He stays on treatment"
    )
    assert corrected.status_code == 302
    text = signed_in(world.cast.monitor).get(f"/unblinding/openings/{opening.pk}/").content.decode()
    assert "goes on with the study treatment" in text
    assert "Earlier version" in text


def test_the_register_is_read_by_those_who_are_told(world: World) -> None:
    signed_in(world.cast.investigator).post(address(world), form(world, world.cast.investigator))
    for role, user in world.cast.by_role.items():
        answer = signed_in(user).get("/unblinding/")
        expected = 403 if role in {"EFFICACY_RATER", "PHARMACIST"} else 404 if role == "OUTSIDER" else 200
        assert answer.status_code == expected, role
        if expected == 200:
            assert world.participant.number in answer.content.decode()
            assert world.label not in answer.content.decode()


def test_by_program_as_by_page(world: World) -> None:
    from rest_framework.test import APIClient

    investigator, client = world.cast.investigator, APIClient()
    path = f"/api/v1/participants/{world.participant.pk}/code-break/"
    given = {name: str(value) for name, value in form(world, investigator).items()}
    assert client.post(path, given).status_code == 401
    client.force_authenticate(world.cast.coordinator)
    assert client.post(path, given).status_code == 403
    client.force_authenticate(world.cast.other_investigator)
    assert client.post(path, given).status_code == 404
    client.force_authenticate(investigator)
    assert client.post(path, {**given, "password": "wrong"}).status_code == 403
    answer = client.post(path, given)
    assert answer.status_code == 200
    assert answer.json()["treatment"] == world.label
    assert "no-store" in answer["Cache-Control"]
    assert client.post(path, given).status_code == 409
    listed = client.get("/api/v1/code-breaks/")
    assert listed.json()["count"] == 1
    assert world.label not in listed.content.decode()
    opening = listed.json()["results"][0]["id"]
    assert client.get(f"/api/v1/code-breaks/{opening}/").json()["assessment"] == "due"
    signed = client.post(
        f"/api/v1/code-breaks/{opening}/assessment/",
        {
            "who_learned": "Nobody",
            "effect": "None",
            "measures": "None",
            "decision": "STOPS",
            "password": PASSWORD,
        },
    )
    assert signed.status_code == 201

    handed = client.post(
        f"{path}hand-over/", {**given, "key": str(uuid4()), "clinician": world.cast.outsider.email}
    )
    assert handed.status_code == 201
    assert world.label not in handed.content.decode()
    client.force_authenticate(world.cast.outsider)
    told = client.post(
        f"/api/v1/code-breaks/{handed.json()['opening']}/read/",
        {"code": handed.json()["code"], "email": world.cast.outsider.email, "password": PASSWORD},
    )
    assert told.json()["treatment"] == world.label

    client.force_authenticate(investigator)
    drill = client.post("/api/v1/code-drills/", {"site": str(world.cast.site.pk)}).json()
    opened = client.post(
        f"/api/v1/code-drills/{drill['id']}/open/", {**given, "key": str(uuid4()), "number": drill["subject"]}
    )
    assert opened.status_code == 200
    assert client.get("/api/v1/code-drills/").json()["results"][0]["seconds"] >= 0


def test_what_was_handed_over_waits_for_its_reader_alone(world: World) -> None:
    from django.utils import timezone

    services.envelope_hand_over(
        participant_id=world.participant.pk, key=uuid4(), number=world.participant.number,
        clinician=world.cast.other_investigator.email, category="OTHER", reason="Called at night",
        entropy=bytes(16), by=world.cast.physician, at=timezone.now(),
    )  # fmt: skip
    assert "For you to read" in signed_in(world.cast.other_investigator).get("/unblinding/").content.decode()
    assert "For you to read" not in signed_in(world.cast.physician).get("/unblinding/").content.decode()
