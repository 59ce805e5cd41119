"""Papers of a session: printed by who may, written down, the same as the API's values; and the sheet's clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.dosing.models import DosingSession
from apps.monitoring.domain.conditions import Statement
from apps.monitoring.services import participant_release
from apps.papers import selectors, services
from apps.papers.models import SheetSending
from apps.safety.models import AdverseEvent
from apps.studies.domain.permissions import Role
from tests.apps.monitoring.scene import (
    CALM,
    NO_DISSOCIATION,
    Nurse,
    participant_make,
    seat,
    two_hours,
    visit_make,
)
from tests.apps.monitoring.watch import leave, mark, take
from tests.factories.cast import Cast, delegate, person_make

MINUTE = timedelta(minutes=1)
ALL = Statement(confirmed=frozenset({"EVENTS", "ESCORT", "TOLD"}))
READERS = ["COORDINATOR", "INVESTIGATOR", "SESSION_NURSE", "MONITOR", "SAFETY_PHYSICIAN"]
NOBODY = ["EFFICACY_RATER", "PHARMACIST", "SPONSOR", "UNBLINDED_STATISTICIAN", "ADMINISTRATOR", "OUTSIDER"]


@pytest.fixture
def running(cast: Cast, at: datetime) -> Nurse:
    """A session forty minutes after the first spray."""
    nurse = Nurse(seat(cast, at=at), cast.nurse)
    nurse.records(at - 10 * MINUTE, slot=-1, **CALM, cadss_items=NO_DISSOCIATION)
    return nurse


@pytest.fixture
def over(running: Nurse, at: datetime) -> DosingSession:
    """A calm session that ended after 121 minutes."""
    two_hours(running, t0=at)
    participant_release(session_id=running.session.pk, statement=ALL, by=running.user, at=at + 121 * MINUTE)
    return DosingSession.objects.get(pk=running.session.pk)


@pytest.fixture
def second(cast: Cast, at: datetime) -> User:
    """Another nurse of Berlin."""
    nurse = person_make("Nils Berg")
    delegate(nurse, Role.SESSION_NURSE, study=cast.study, site=cast.site, at=at)
    return nurse


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def api(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_who_watched_stands_in_the_values_of_summary_and_sheet(
    cast: Cast, running: Nurse, second: User, at: datetime
) -> None:
    session = running.session
    take(session, cast.nurse, at)
    leave(session, cast.nurse, at + 50 * MINUTE)
    take(session, second, at + 60 * MINUTE, version=2)
    mark(cast, at, on_site=True)
    mark(cast, at + 100 * MINUTE, on_site=False)
    two_hours(running, t0=at)
    participant_release(session_id=session.pk, statement=ALL, by=running.user, at=at + 121 * MINUTE)
    for kind in ("summary", "sheet"):
        with time_machine.travel(at + 130 * MINUTE, tick=False):
            values = api(cast.nurse).get(f"/api/v1/sessions/{session.pk}/papers/{kind}/").json()["values"]
        assert [(line["starts_at"][11:16], line["by"]) for line in values["watches"]] == [
            ("09:00", "Nadia Klein"), ("09:50", ""), ("10:00", "Nils Berg"),
        ]  # fmt: skip
        assert values["watches"][-1]["ends_at"][11:16] == "11:01"
        assert values["unwatched_minutes"] == 10.0
        assert [line["starts_at"][11:16] for line in values["absences"]] == ["10:40"]


@pytest.mark.parametrize("kind", ["summary", "sheet", "readiness", "downtime"])
def test_a_paper_is_a_pdf_and_its_printing_is_written_down(
    cast: Cast, over: DosingSession, at: datetime, kind: str
) -> None:
    with time_machine.travel(at + 130 * MINUTE, tick=False):
        answer = signed_in(cast.nurse).get(f"/papers/sessions/{over.pk}/{kind}.pdf")
        through_api = api(cast.nurse).get(f"/api/v1/sessions/{over.pk}/papers/{kind}.pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-1.7")
    assert through_api.content == answer.content
    assert kind in answer["Content-Disposition"]
    events = AuditEvent.objects.filter(kind="paper.printed")
    assert [(event.actor_id, event.detail["paper"]) for event in events] == [(cast.nurse.pk, kind)] * 2
    assert events[0].detail["sha256"] == events[1].detail["sha256"]


def test_the_values_behind_a_paper(cast: Cast, over: DosingSession, at: datetime) -> None:
    AdverseEvent.objects.create(
        participant=over.participant,
        session=over,
        term="Somnolence",
        severity="MILD",
        causality="RELATED",
        onset_at=at + 10 * MINUTE,
        resolved_at=at + 50 * MINUTE,
        site_aware_at=at + 20 * MINUTE,
        recorded_at=at + 20 * MINUTE,
        recorded_by=cast.nurse,
    )
    with time_machine.travel(at + 130 * MINUTE, tick=False):
        sheet = api(cast.nurse).get(f"/api/v1/sessions/{over.pk}/papers/sheet/").json()
        summary = api(cast.nurse).get(f"/api/v1/sessions/{over.pk}/papers/summary/").json()
    assert sheet["about"]["dose"] == "Blinded study drug, 3 devices"
    assert sheet["about"]["is_over"] is True
    values = sheet["values"]
    assert (values["total_minutes"], values["ready_minute"]) == (121, 118)
    assert values["pressures_peak"] == [{"sbp": 122, "dbp": 78, "minute": 40}]
    effects = {effect["code"]: effect for effect in values["effects"]}
    assert effects["SEDATION"]["words"] == "reported as “Somnolence”, from minute 10 to minute 50"
    assert effects["DISSOCIATION"]["experienced"] is False
    assert values["acceptable_before"] is None
    assert summary["values"]["release"]["minutes_observed"] == 121
    assert len(summary["values"]["readings"]) == 4
    assert not AuditEvent.objects.filter(kind="paper.printed").exists()


def test_a_session_that_is_not_over_says_so(cast: Cast, running: Nurse, at: datetime) -> None:
    with time_machine.travel(at + 45 * MINUTE, tick=False):
        shown = signed_in(cast.nurse).get(f"/papers/sessions/{running.session.pk}/").content.decode()
        values = api(cast.nurse).get(f"/api/v1/sessions/{running.session.pk}/papers/sheet/").json()
    assert "The session is not over" in shown
    assert "Downtime sheet" in shown
    assert "Record as sent" not in shown
    assert values["about"]["is_over"] is False
    assert values["values"]["total_minutes"] is None


def test_the_downtime_sheet_of_a_session_and_of_a_visit(cast: Cast, running: Nurse, at: datetime) -> None:
    visit = visit_make(participant_make(cast, at=at, number="DE01-0009"), at=at, by=cast.coordinator)
    with time_machine.travel(at + 45 * MINUTE, tick=False):
        sheet = api(cast.nurse).get(f"/api/v1/sessions/{running.session.pk}/papers/downtime/").json()
        assert [line["minute"] for line in sheet["values"]["slots"]][:3] == [None, 15, 30]
        assert sheet["values"]["slots"][1]["due_at"] is not None
        for client, url in (
            (signed_in(cast.nurse), f"/papers/visits/{visit.pk}/downtime.pdf"),
            (api(cast.nurse), f"/api/v1/visits/{visit.pk}/downtime.pdf"),
        ):
            assert client.get(url).content.startswith(b"%PDF")
        assert signed_in(cast.other_nurse).get(f"/papers/visits/{visit.pk}/downtime.pdf").status_code == 404
        assert signed_in(cast.sponsor).get(f"/papers/visits/{visit.pk}/downtime.pdf").status_code == 404
    assert selectors.downtime_of_visit(viewer=cast.nurse, visit_id=visit.pk, now=at).dosed_at is None
    with pytest.raises(Invalid):
        services.downtime_print(by=cast.nurse, at=at)


@pytest.mark.parametrize("role", [*NOBODY, "OTHER"])
def test_who_must_not_see_a_session_finds_no_paper_of_it(
    cast: Cast, over: DosingSession, at: datetime, role: str
) -> None:
    user = cast.other_nurse if role == "OTHER" else cast.by_role[role]
    page, program = signed_in(user), api(user)
    with time_machine.travel(at + 130 * MINUTE, tick=False):
        for url in (f"/papers/sessions/{over.pk}/", f"/papers/sessions/{over.pk}/sheet.pdf"):
            assert page.get(url).status_code == 404
        assert program.get(f"/api/v1/sessions/{over.pk}/papers/summary/").status_code == 404
        sent = program.post(
            f"/api/v1/sessions/{over.pk}/sheet-sent/", {"sent_on": "2026-03-11"}, format="json"
        )
        assert sent.status_code == 404
        due = program.get("/api/v1/sheets-due/")
        assert b"DE01-0001" not in due.content
    assert not AuditEvent.objects.filter(kind="paper.printed").exists()


@pytest.mark.parametrize("role", READERS)
def test_who_reads_a_session_prints_its_papers(
    cast: Cast, over: DosingSession, at: datetime, role: str
) -> None:
    with time_machine.travel(at + 130 * MINUTE, tick=False):
        client = signed_in(cast.by_role[role])
        assert client.get(f"/papers/sessions/{over.pk}/readiness.pdf").status_code == 200
        shown = client.get(f"/papers/sessions/{over.pk}/").content.decode()
    assert ("Record as sent" in shown) is (role in {"COORDINATOR", "INVESTIGATOR", "SESSION_NURSE"})


def test_there_is_no_other_paper(cast: Cast, over: DosingSession, at: datetime) -> None:
    with time_machine.travel(at + 130 * MINUTE, tick=False):
        assert signed_in(cast.nurse).get(f"/papers/sessions/{over.pk}/arms.pdf").status_code == 404
        assert api(cast.nurse).get(f"/api/v1/sessions/{over.pk}/papers/arms/").status_code == 404
        assert api(cast.nurse).get(f"/api/v1/sessions/{over.pk}/papers/arms.pdf").status_code == 404
        assert signed_in(cast.nurse).get(f"/papers/sessions/{uuid4()}/sheet.pdf").status_code == 404
        assert Client().get(f"/papers/sessions/{over.pk}/sheet.pdf").status_code == 302
        assert APIClient().get(f"/api/v1/sessions/{over.pk}/papers/sheet/").status_code == 401


def test_a_sheet_is_due_until_it_is_sent_and_again_when_that_was_wrong(
    cast: Cast, over: DosingSession, at: datetime
) -> None:
    later = at + timedelta(days=9)

    def due() -> list[int]:
        return [entry.days_left for entry in selectors.sheets_due(viewer=cast.nurse, now=later)]

    assert due() == [-2]
    line = services.sheet_sending_record(
        session_id=over.pk, sent_on=later.date(), reference="R-7", by=cast.nurse, at=later
    )
    assert (line.ordinal, due()) == (1, [])
    with pytest.raises(Conflict):
        services.sheet_sending_record(session_id=over.pk, sent_on=later.date(), by=cast.nurse, at=later)
    services.sheet_sending_take_back(session_id=over.pk, reason="Wrong session", by=cast.nurse, at=later)
    assert due() == [-2]
    with pytest.raises(Conflict):
        services.sheet_sending_take_back(session_id=over.pk, reason="Again", by=cast.nurse, at=later)
    assert list(SheetSending.objects.order_by("ordinal").values_list("sent_on", "reason")) == [
        (later.date(), ""),
        (None, "Wrong session"),
    ]
    kinds = AuditEvent.objects.filter(kind__startswith="sheet.").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["sheet.sent", "sheet.taken_back"]
    assert selectors.sheets_due(viewer=cast.other_nurse, now=later) == []
    assert selectors.sheets_due(viewer=cast.sponsor, now=later) == []


def test_a_day_that_cannot_be_right_is_refused(
    cast: Cast, over: DosingSession, running: Nurse, at: datetime
) -> None:
    def record(day: date, by: User = cast.nurse, reference: str = "") -> None:
        services.sheet_sending_record(
            session_id=over.pk, sent_on=day, reference=reference, by=by, at=at + timedelta(days=1)
        )

    for day in (at.date() - timedelta(days=1), at.date() + timedelta(days=2)):
        with pytest.raises(Invalid):
            record(day)
    with pytest.raises(Invalid):
        record(at.date(), reference="x" * 101)
    for reason in (" ", "x" * 301):
        before = SheetSending.objects.count()
        with pytest.raises((Invalid, Conflict)):
            services.sheet_sending_take_back(
                session_id=over.pk, reason=reason, by=cast.nurse, at=at + timedelta(days=1)
            )
        assert SheetSending.objects.count() == before
    for user in (cast.monitor, cast.physician):
        with pytest.raises(NotAllowed):
            record(at.date(), by=user)
    for user in (cast.rater, cast.other_nurse):
        with pytest.raises(NotFound):
            record(at.date(), by=user)


def test_the_line_cannot_be_changed_nor_taken_back_in_silence(
    cast: Cast, over: DosingSession, at: datetime
) -> None:
    line = services.sheet_sending_record(
        session_id=over.pk, sent_on=at.date(), by=cast.nurse, at=at + timedelta(days=1)
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        SheetSending.objects.filter(pk=line.pk).update(sent_on=None)
    with pytest.raises(IntegrityError, match="taken_back_with_a_reason"), transaction.atomic():
        SheetSending.objects.create(session=over, ordinal=2, recorded_at=at, recorded_by=cast.nurse)


def test_the_pages_of_the_clock(cast: Cast, over: DosingSession, at: datetime) -> None:
    url = f"/papers/sessions/{over.pk}/"
    with time_machine.travel(at + timedelta(days=8), tick=False):
        client = signed_in(cast.nurse)
        listed = client.get("/papers/sheets/").content.decode()
        assert "DE01-0001" in listed
        assert "1 day late" in listed
        assert client.post(url, {"sent_on": "soon"}).status_code == 422
        assert client.post(url, {"sent_on": "2030-01-01"}).status_code == 422
        sent_on = (at + timedelta(days=7)).date().isoformat()
        assert client.post(url, {"sent_on": sent_on, "reference": "R-1"}).status_code == 302
        assert "No sheet is due" in client.get("/papers/sheets/").content.decode()
        assert "Sent on" in client.get(url).content.decode()
        assert client.post(url, {"reason": ""}).status_code == 422
        assert client.post(url, {"reason": "Wrong person"}).status_code == 302
        assert "Wrong person" in client.get(url).content.decode()
        assert signed_in(cast.monitor).post(url, {"sent_on": sent_on}).status_code == 403
        for user in (cast.rater, cast.sponsor, cast.outsider):
            assert signed_in(user).get("/papers/sheets/").status_code in {403, 404}


def test_the_endpoint_of_the_clock(cast: Cast, over: DosingSession, at: datetime) -> None:
    url = f"/api/v1/sessions/{over.pk}/sheet-sent/"
    with time_machine.travel(at + timedelta(days=1), tick=False):
        client = api(cast.nurse)
        assert [entry["days_left"] for entry in client.get("/api/v1/sheets-due/").json()] == [6]
        assert client.get(f"/api/v1/sheets-due/?site={cast.other_site.pk}").status_code == 404
        assert client.post(url, {}, format="json").status_code == 400
        done = client.post(url, {"sent_on": at.date().isoformat()}, format="json")
        assert (done.status_code, done.json()["recorded_by"]) == (201, cast.nurse.full_name)
        assert client.post(url, {"sent_on": at.date().isoformat()}, format="json").status_code == 409
        assert client.patch(url, {"reason": "Wrong"}, format="json").json()["sent_on"] is None
        assert api(cast.monitor).post(url, {"sent_on": "2026-03-11"}, format="json").status_code == 403
