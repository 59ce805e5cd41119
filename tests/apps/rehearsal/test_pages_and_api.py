"""The pages and the API of rehearsals: read by a few, asked for and signed, and words that are everybody's."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.rehearsal.models import RehearsalRun
from apps.studies.models import Study
from tests.apps.rehearsal import worlds
from tests.factories.cast import PASSWORD, person_make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("time_machine_at")]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def api(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def page(made: worlds.SetUp) -> str:
    return reverse("rehearsal:study", args=[made.study.code])


def test_the_page_says_what_is_missing_and_how_to_get_it(made: worlds.SetUp) -> None:
    body = signed_in(made.administrator).get(page(made)).content.decode()
    assert "The study has not been rehearsed." in body
    assert "manage.py study rehearse t2-new" in body
    assert "Ask for a rehearsal" in body
    readers = signed_in(made.people["MONITOR"]).get(page(made)).content.decode()
    assert "The study has not been rehearsed." in readers
    assert 'type="submit">Ask for a rehearsal' not in readers
    assert (
        reverse("rehearsal:study", args=["t2-new"])
        in signed_in(made.administrator).get(reverse("studies:detail", args=["t2-new"])).content.decode()
    )


@pytest.mark.parametrize(
    ("who", "status"),
    [("MONITOR", 200), ("SPONSOR", 200), ("UNBLINDED_STATISTICIAN", 200), ("DE01 INVESTIGATOR", 403),
     ("DE01 EFFICACY_RATER", 403), ("SAFETY_PHYSICIAN", 403), ("outsider", 404)],
)  # fmt: skip
def test_who_reads_it(made: worlds.SetUp, passed: RehearsalRun, who: str, status: int) -> None:
    person = person_make("Olga Stern") if who == "outsider" else made.people[who]
    assert signed_in(person).get(page(made)).status_code == status
    found = 200 if status == 200 else 404
    for name in ("rehearsal:run", "rehearsal:report"):
        address = reverse(name, args=[made.study.code, passed.pk])
        assert signed_in(person).get(address).status_code == found
    assert api(person).get("/api/v1/studies/t2-new/rehearsals/").status_code == status
    assert api(person).get("/api/v1/studies/t2-new/go-live/").status_code == status
    assert api(person).get(f"/api/v1/rehearsals/{passed.pk}/").status_code == found
    assert api(person).get(f"/api/v1/rehearsals/{passed.pk}/report.pdf").status_code == found


def test_asking_signing_and_going_live_on_the_pages(made: worlds.SetUp, passed: RehearsalRun) -> None:
    client = signed_in(made.administrator)
    code = made.study.code
    run = reverse("rehearsal:run", args=[code, passed.pk])
    assert "Sign the report" in client.get(run).content.decode()

    sign = reverse("rehearsal:sign", args=[code, passed.pk])
    wrong = client.post(sign, {"password": "not mine"})
    assert wrong.status_code == 422
    assert "The password is not right" in wrong.content.decode()
    assert AuditEvent.objects.filter(kind="signature.failed").exists()
    assert client.post(sign, {"password": PASSWORD}).status_code == 302
    assert "Administrator" in client.get(run).content.decode()
    assert client.post(sign, {"password": PASSWORD}).status_code == 422

    live = reverse("rehearsal:go_live", args=[code])
    assert client.post(live, {"password": ""}).status_code == 422
    assert signed_in(made.people["MONITOR"]).post(live, {"password": PASSWORD}).status_code == 422
    assert Study.objects.get(code=code).state == "SETUP"
    assert "Go live with t2-new" in client.get(page(made)).content.decode()
    assert client.post(live, {"password": PASSWORD}).status_code == 302
    assert Study.objects.get(code=code).state == "LIVE"

    close = reverse("rehearsal:close", args=[code])
    assert client.post(close, {"password": PASSWORD, "reason": ""}).status_code == 422
    assert client.post(close, {"password": PASSWORD, "reason": "Over"}).status_code == 302
    assert Study.objects.get(code=code).state == "CLOSED"


def test_asking_on_the_page(made: worlds.SetUp) -> None:
    client = signed_in(made.administrator)
    assert client.post(page(made), {"participants": "0", "seed": "-1"}).status_code == 422
    assert client.post(page(made), {"participants": "3", "seed": ""}).status_code == 302
    assert RehearsalRun.objects.get().participants == 3
    again = client.post(page(made), {})
    assert again.status_code == 422
    assert "waits to be run already" in again.content.decode()
    run = RehearsalRun.objects.get()
    shown = client.get(reverse("rehearsal:run", args=["t2-new", run.pk])).content.decode()
    assert "It has not ended yet" in shown
    assert client.get(reverse("rehearsal:report", args=["t2-new", run.pk])).status_code == 404


def test_the_operator_runs_what_waits(at: datetime) -> None:
    made = worlds.set_up(at=at, kits_of_each=6)
    api(made.administrator).post("/api/v1/studies/t2-new/rehearsals/", {"participants": 1, "seed": 3})
    said = worlds.run_waiting()
    run = RehearsalRun.objects.get()
    assert (run.state, run.recorded_by) == ("FAILED", made.administrator), said
    assert "rehearsal with 1 made-up participant, seed 3" in said
    assert "The rehearsal found faults: t2-new." in said
    assert worlds.run_waiting() == "No rehearsal waits.\n"


def test_the_api_from_asking_to_closing(made: worlds.SetUp, passed: RehearsalRun) -> None:
    client = api(made.administrator)
    base = "/api/v1/studies/t2-new"
    assert client.post(f"{base}/rehearsals/", {"participants": 500}).status_code == 400
    assert client.post(f"{base}/rehearsals/", {"participants": 2}).status_code == 202
    assert client.post(f"{base}/rehearsals/", {}).status_code == 409
    assert api(made.people["MONITOR"]).post(f"{base}/rehearsals/", {}).status_code == 403

    before = client.get(f"{base}/go-live/").json()
    assert [reason["code"] for reason in before["reasons_against"]] == ["not_signed"]
    refused = client.post(f"{base}/go-live/", {"password": PASSWORD})
    assert (refused.status_code, refused.json()["title"]) == (409, "The study cannot go live now")
    signing = f"/api/v1/rehearsals/{passed.pk}/signatures/"
    assert client.post(signing, {"password": "no"}).status_code == 403
    signed = client.post(signing, {"password": PASSWORD})
    assert (signed.status_code, signed.json()["role"]) == (201, "Administrator")
    shown = client.get(f"/api/v1/rehearsals/{passed.pk}/").json()
    assert (shown["state"], len(shown["signatures"])) == ("PASSED", 1)
    assert client.post(f"{base}/go-live/", {"password": PASSWORD}).json() == {
        "code": "t2-new",
        "state": "LIVE",
    }
    assert client.post(f"{base}/close/", {"password": PASSWORD}).status_code == 400
    closed = client.post(f"{base}/close/", {"password": PASSWORD, "reason": "Over"})
    assert closed.json() == {"code": "t2-new", "state": "CLOSED"}


def test_the_report_is_a_pdf_that_names_who_signed(made: worlds.SetUp, passed: RehearsalRun) -> None:
    client = signed_in(made.administrator)
    address = reverse("rehearsal:report", args=[made.study.code, passed.pk])
    first = client.get(address)
    assert first["Content-Type"] == "application/pdf"
    assert first.content == client.get(address).content
    client.post(reverse("rehearsal:sign", args=[made.study.code, passed.pk]), {"password": PASSWORD})
    assert client.get(address).content != first.content
    assert BytesIO(first.content).read(5) == b"%PDF-"


def test_another_studys_address_shows_nothing(made: worlds.SetUp, passed: RehearsalRun, at: datetime) -> None:
    client = signed_in(made.administrator)
    for name in ("rehearsal:run", "rehearsal:report", "rehearsal:sign"):
        address = reverse(name, args=["elsewhere", passed.pk])
        answer = (
            client.post(address, {"password": PASSWORD}) if name.endswith("sign") else client.get(address)
        )
        assert answer.status_code == 404, name


def test_two_worlds_find_the_same_in_the_same_words(at: datetime) -> None:
    """Two studies that differ only in their seeds, with the same fault: not a word of the findings differs."""
    found = []
    for number, seed in enumerate((bytes(32), bytes(range(1, 33)))):
        made = worlds.set_up(at=at, code=f"world-{number}", seed=seed, kits_of_each=20)
        run, _ = worlds.rehearse(made.study, participants=1)
        found.append(run.findings)
    assert found[0] == found[1] != []
