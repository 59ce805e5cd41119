"""What follows: who knows neither rates nor gets a blinded role, no guess comes too late, the end is told by letter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.selectors import system_user
from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound, Refused
from apps.endpoints import services as endpoints
from apps.endpoints.models import ReportJob
from apps.instruments.services import rating_enter
from apps.participants.models import Consent
from apps.safety.models import AdverseEvent
from apps.safety.services import reaction_unblind
from apps.studies.domain.permissions import Role, Unblinded
from apps.studies.models import Delegation, Study, UnblindedPerson
from apps.studies.services import delegation_grant, person_unblinded
from apps.unblinding import services
from apps.unblinding.models import Opening, TreatmentLetter
from tests.apps.unblinding.conftest import World
from tests.apps.unblinding.test_envelopes import break_code
from tests.factories.cast import PASSWORD, Cast, delegate, person_make


def grant(cast: Cast, email: str, role: Role, at: datetime) -> Delegation:
    wide = role in {Role.SPONSOR, Role.UNBLINDED_STATISTICIAN, Role.SAFETY_PHYSICIAN, Role.ADMINISTRATOR}
    return delegation_grant(
        study_id=cast.study.pk, email=email, role=role, site_id=None if wide else cast.site.pk,
        starts_at=at, ends_at=None, by=cast.administrator, at=at,
    )  # fmt: skip


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.UNBLINDED_STATISTICIAN, Role.SAFETY_PHYSICIAN}))
def test_whoever_knows_an_arm_is_given_no_blinded_role(world: World, at: datetime, role: Role) -> None:
    person = world.cast.outsider
    person_unblinded(study_id=world.cast.study.pk, user=person, how=Unblinded.MEDIATED, by=person, at=at)
    with pytest.raises(Invalid) as refusal:
        grant(world.cast, person.email, role, at)
    assert [reason.code for reason in refusal.value.reasons] == ["unblinded"]
    assert "a code break handed over" in refusal.value.reasons[0].message


@pytest.mark.parametrize("role", [Role.UNBLINDED_STATISTICIAN, Role.SAFETY_PHYSICIAN])
def test_the_roles_whose_work_is_to_know_stay_open(world: World, at: datetime, role: Role) -> None:
    person = world.cast.outsider
    person_unblinded(study_id=world.cast.study.pk, user=person, how=Unblinded.SUSAR, by=person, at=at)
    assert grant(world.cast, person.email, role, at).role == role.value


def test_another_study_is_another_blind(world: World, at: datetime) -> None:
    from tests.factories.cast import study_make

    other, _ = study_make(at=at, code="other")
    person = world.cast.outsider
    person_unblinded(study_id=other.pk, user=person, how=Unblinded.EMERGENCY, by=person, at=at)
    assert grant(world.cast, person.email, Role.COORDINATOR, at)


def test_a_rater_who_learns_an_arm_rates_no_more_and_the_carer_goes_on_caring(
    world: World, at: datetime
) -> None:
    rater = world.cast.rater
    soon = delegate(rater, Role.EFFICACY_RATER, study=world.cast.study, site=world.cast.other_site, at=at)
    Delegation.objects.filter(pk=soon.pk).update(starts_at=at + timedelta(days=5))
    person_unblinded(study_id=world.cast.study.pk, user=rater, how=Unblinded.MEDIATED, by=rater, at=at)
    for delegation in Delegation.objects.filter(user=rater):
        assert delegation.ends_at is not None
        assert delegation.ends_at <= max(at, delegation.starts_at + timedelta(seconds=1))
    assert AuditEvent.objects.filter(kind="delegation.ended").count() == 2

    break_code(world, at)
    assert Delegation.objects.get(user=world.cast.investigator).ends_at is None
    with pytest.raises(Invalid):
        grant(world.cast, world.cast.investigator.email, Role.INVESTIGATOR, at)


def consented(world: World, at: datetime) -> None:
    Consent.objects.create(
        participant=world.participant, protocol_version=world.cast.version, form_version="1.0",
        consented_at=at - timedelta(days=35), recorded_at=at, recorded_by=world.cast.coordinator,
    )  # fmt: skip


def enter(world: World, instrument: str, items: dict[str, int], at: datetime, *, by: Any = None) -> Any:
    return rating_enter(
        participant_id=world.participant.pk, instrument=instrument, visit_code="D28", items=items,
        observed_at=at, entered_at=at, by=by or world.cast.investigator, at=at,
    )  # fmt: skip


def test_an_investigator_who_knows_judges_no_efficacy_and_still_copies_answers(
    world: World, at: datetime
) -> None:
    consented(world, at)
    break_code(world, at)
    with pytest.raises(NotAllowed) as refusal:
        enter(world, "CGIS", {"severity": 4}, at)
    assert refusal.value.reasons[0].code == "unblinded"
    assert enter(world, "PHQ9", {str(n): 1 for n in range(1, 10)}, at)[1]
    colleague = person_make("Greta Wolf")
    delegate(colleague, Role.INVESTIGATOR, study=world.cast.study, site=world.cast.site, at=at)
    assert enter(world, "CGIS", {"severity": 4}, at, by=colleague)[1]


def test_a_guess_counts_only_before_the_envelope_was_opened(world: World, at: datetime) -> None:
    consented(world, at)
    enter(world, "GUESS", {"belief": 4}, at, by=world.cast.coordinator)
    other = World(world.cast, world.another(), world.label, world.other_label)
    consented(other, at)
    break_code(other, at)
    with pytest.raises(Refused) as refusal:
        enter(other, "GUESS", {"belief": 4}, at - timedelta(hours=1), by=world.cast.coordinator)
    assert refusal.value.reasons[0].code == "envelope_opened"
    assert not other.participant.ratings.exists()


def event_make(
    world: World, at: datetime, *, serious: bool = True, causality: str | None = None
) -> AdverseEvent:
    from apps.safety.selectors import plan_of

    related = plan_of(world.participant).related_causalities
    return AdverseEvent.objects.create(
        participant=world.participant, term="Seizure", severity="SEVERE", causality=causality or related[0],
        is_serious=serious, seriousness=["HOSPITALIZATION"] if serious else [], onset_at=at, site_aware_at=at,
        recorded_at=at, recorded_by=world.cast.investigator,
    )  # fmt: skip


def react_to(world: World, event: AdverseEvent, at: datetime, **changes: Any) -> services.Revealed:
    given: dict[str, Any] = {
        "adverse_event_id": event.pk, "unexpected": True, "key": uuid4(), "number": world.participant.number,
        "reason": "Not in the brochure", "by": world.cast.physician, "at": at,
    }  # fmt: skip
    return reaction_unblind(**{**given, **changes})


def test_only_a_serious_related_unexpected_event_opens_for_the_safety_physician(
    world: World, at: datetime
) -> None:
    from apps.safety.selectors import plan_of

    plan = plan_of(world.participant)
    unrelated = next(one.code for one in plan.causality_scale if one.code not in plan.related_causalities)
    for event in (event_make(world, at, serious=False), event_make(world, at, causality=unrelated)):
        with pytest.raises(Invalid):
            react_to(world, event, at)
    event = event_make(world, at)
    with pytest.raises(Invalid):
        react_to(world, event, at, unexpected=False)
    for wrong in (world.cast.investigator, world.cast.monitor, world.cast.coordinator):
        with pytest.raises(NotAllowed):
            react_to(world, event, at, by=wrong)
    assert react_to(world, event, at).arm == world.label
    opening = Opening.objects.get()
    assert (opening.mode, opening.adverse_event_id) == ("SUSAR", event.pk)
    assert UnblindedPerson.objects.get().user == world.cast.physician


def test_the_reaction_by_page_and_the_site_stays_blind(world: World, at: datetime) -> None:
    event = event_make(world, at)
    client = Client()
    client.force_login(world.cast.physician)
    address = f"/safety/events/{event.pk}/unblind/"
    given = {
        "key": uuid4(), "unexpected": "on", "reason": "Not in the brochure", "number": world.participant.number,
        "email": world.cast.physician.email, "password": PASSWORD,
    }  # fmt: skip
    assert "Open the envelope" in client.get(address).content.decode()
    assert client.post(address, {**given, "password": "wrong"}).status_code == 403
    answer = client.post(address, given)
    assert world.label in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert client.post(address, given).status_code == 302
    site = Client()
    site.force_login(world.cast.investigator)
    assert site.get(address).status_code == 403
    for page in ("/safety/", f"/participants/{world.participant.pk}/", "/unblinding/"):
        assert world.label not in site.get(page).content.decode()


@contextmanager
def as_login(name: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"RESET ROLE; SET ROLE {name}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE; SET ROLE vigil_app")


def final_report(cast: Cast, at: datetime) -> ReportJob:
    return ReportJob.objects.create(
        study=cast.study, protocol_version=cast.version, by_arm=True, data_cut_at=at, state="DONE",
        started_at=at, finished_at=at, recorded_at=at, recorded_by=cast.statistician,
    )  # fmt: skip


def test_letters_are_made_once_the_study_is_closed_and_opened_one_at_a_time(
    world: World, at: datetime
) -> None:
    from apps.participants.models import StatusChange

    cast, job = world.cast, final_report(world.cast, at)
    StatusChange.objects.create(
        participant=world.participant,
        to_status="RANDOMIZED",
        at=at,
        recorded_at=at,
        recorded_by=cast.investigator,
    )
    release = {"job_id": job.pk, "statement": "The analysis is final.", "at": at}
    with pytest.raises(NotFound):
        endpoints.letters_release(**release, by=cast.sponsor)
    with pytest.raises(Conflict):
        endpoints.letters_release(**release, by=cast.administrator)
    Study.objects.filter(pk=cast.study.pk).update(state="CLOSED")
    endpoints.letters_release(**release, by=cast.administrator)
    with pytest.raises(Conflict):
        endpoints.letters_release(**release, by=cast.administrator)
    with pytest.raises(NotAllowed):  # this process may not read arms
        endpoints.letters_make(by=system_user(), at=at)
    with as_login("vigil_unblinded"):
        assert endpoints.letters_make(by=system_user(), at=at) == 1
        assert endpoints.letters_make(by=system_user(), at=at) == 0

    letter = TreatmentLetter.objects.get()
    given = {"letter_id": letter.pk, "number": world.participant.number, "at": at}
    for nobody in (cast.other_investigator, cast.administrator, cast.sponsor, cast.coordinator):
        with pytest.raises(NotFound):
            services.letter_open(**given, key=uuid4(), by=nobody)
    opened = services.letter_open(**given, key=uuid4(), by=cast.investigator)
    assert opened.pages.startswith(b"%PDF")
    assert opened.arm == ""
    assert UnblindedPerson.objects.get(user=cast.investigator).how == Unblinded.LETTER.value
    assert Opening.objects.get().mode == "LETTER"

    client = Client()
    client.force_login(cast.investigator)
    page = f"/unblinding/letters/{letter.pk}/"
    assert world.participant.number in client.get("/unblinding/letters/").content.decode()
    assert client.get(page).status_code == 200
    sent = {"key": uuid4(), "number": world.participant.number, "email": cast.investigator.email}
    answer = client.post(page, {**sent, "password": PASSWORD})
    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]

    program = APIClient()
    program.force_authenticate(cast.investigator)
    assert (
        program.get("/api/v1/treatment-letters/").json()["results"][0]["participant"]
        == world.participant.number
    )
    path = f"/api/v1/treatment-letters/{letter.pk}/open/"
    body = {**sent, "key": str(uuid4())}
    assert program.post(path, {**body, "password": "wrong"}).status_code == 403
    assert program.post(path, {**body, "password": PASSWORD}).content.startswith(b"%PDF")
    program.force_authenticate(cast.other_investigator)
    assert program.post(path, {**body, "password": PASSWORD}).status_code == 404


def test_the_release_by_page(world: World, at: datetime) -> None:
    job = final_report(world.cast, at)
    client = Client()
    client.force_login(world.cast.administrator)
    assert "The study is not closed" in client.get("/reports/letters/").content.decode()
    Study.objects.filter(pk=world.cast.study.pk).update(state="CLOSED")
    given = {"report": job.pk, "statement": "on", "password": PASSWORD}
    assert client.post("/reports/letters/", {**given, "password": "wrong"}).status_code == 403
    assert client.post("/reports/letters/", {}).status_code == 422
    assert client.post("/reports/letters/", given).status_code == 302
    assert "0 letters made" in client.get("/reports/letters/").content.decode()
    other = Client()
    other.force_login(world.cast.investigator)
    assert other.get("/reports/letters/").status_code == 403


def test_the_release_by_program(world: World, at: datetime) -> None:
    job, program = final_report(world.cast, at), APIClient()
    path, body = f"/api/v1/reports/{job.pk}/release/", {"statement": "Final.", "password": PASSWORD}
    program.force_authenticate(world.cast.investigator)
    assert program.post(path, body).status_code == 404
    program.force_authenticate(world.cast.statistician)
    assert program.post(path, body).status_code == 409
    Study.objects.filter(pk=world.cast.study.pk).update(state="CLOSED")
    assert program.post(path, {**body, "password": "wrong"}).status_code == 403
    assert program.post(path, body).status_code == 201


def test_the_reaction_by_program(world: World, at: datetime) -> None:
    event, program = event_make(world, at), APIClient()
    path = f"/api/v1/adverse-events/{event.pk}/unblind/"
    body = {
        "key": str(uuid4()), "unexpected": True, "reason": "Not in the brochure", "number": world.participant.number,
        "email": world.cast.physician.email, "password": PASSWORD,
    }  # fmt: skip
    program.force_authenticate(world.cast.investigator)
    assert program.post(path, body).status_code == 403
    program.force_authenticate(world.cast.rater)
    assert program.post(path, body).status_code == 404
    program.force_authenticate(world.cast.physician)
    assert program.post(path, {**body, "unexpected": False}).status_code == 422
    answer = program.post(path, body)
    assert answer.json()["treatment"] == world.label
    assert "no-store" in answer["Cache-Control"]


def test_the_delegation_log_shows_who_knows_since_when_and_how(world: World, at: datetime) -> None:
    break_code(world, at)
    client = Client()
    for reader, sees in ((world.cast.administrator, True), (world.cast.coordinator, False)):
        client.force_login(reader)
        text = client.get("/people/").content.decode()
        assert ("Unblinded people" in text) is sees
        assert ("an emergency code break" in text) is sees
        assert world.label not in text
