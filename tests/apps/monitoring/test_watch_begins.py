"""Before the dose and with the first spray: who will be there, and who was."""

from __future__ import annotations

from datetime import datetime

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.core import events
from apps.dosing.domain.events import ClearingBegins, DoseBegun
from apps.dosing.models import DosingSession
from apps.dosing.services import dose_request, gates_record, session_clear
from apps.monitoring import services
from apps.monitoring.domain.events import SprayAgainstRule
from apps.monitoring.domain.watchers import WatchAct
from apps.monitoring.models import Finding, WatchChange
from apps.monitoring.selectors import watch
from apps.monitoring.services import DoseUnattended
from apps.quality.models import Deviation
from config import reactions
from tests.apps.monitoring.scene import seat
from tests.apps.monitoring.watch import MINUTE, mark, take, watcher_of, with_rule
from tests.factories.cast import Cast
from tests.factories.treatment import checked_in, gate_answers, in_treatment, sprayed, stock_make


def begun(session: DosingSession, by: User, at: datetime) -> None:
    services.watch_begin_with_spray(
        DoseBegun(session.participant_id, session.pk, dosed_at=session.dosed_at, by=by, at=at)
    )


def test_who_gives_the_first_spray_watches_from_it(cast: Cast, session: DosingSession, at: datetime) -> None:
    begun(session, cast.nurse, at + MINUTE)
    change = WatchChange.objects.get()
    assert (change.act, change.to_person, change.at, change.recorded_at, change.signature) == (
        WatchAct.SPRAY, cast.nurse, at, at + MINUTE, None,
    )  # fmt: skip
    assert AuditEvent.objects.filter(kind="watch.begun").exists()


def test_who_was_named_before_stays_the_watcher(
    cast: Cast, second: User, session: DosingSession, at: datetime
) -> None:
    take(session, second, at - 5 * MINUTE)
    begun(session, cast.nurse, at)
    assert watcher_of(session, at) == second


def test_a_spray_without_a_prescriber_is_noted_by_default(
    cast: Cast, session: DosingSession, at: datetime
) -> None:
    begun(session, cast.nurse, at)
    finding = Finding.objects.get(rule="NO_PRESCRIBER")
    assert (finding.raised_at, finding.severity) == (at, "watch")


def test_with_a_prescriber_nothing_is_noted(cast: Cast, session: DosingSession, at: datetime) -> None:
    services.prescriber_mark(site_id=cast.site.pk, on_site=True, by=cast.investigator, at=at - MINUTE)
    begun(session, cast.nurse, at)
    assert not Finding.objects.exists()


def told_above(monkeypatch: pytest.MonkeyPatch) -> list[SprayAgainstRule]:
    told: list[SprayAgainstRule] = []
    monkeypatch.setitem(events._reactions, SprayAgainstRule, [told.append])
    return told


def clearing(session: DosingSession, by: User, at: datetime) -> None:
    services.watch_check_before_dose(ClearingBegins(session.participant_id, session.pk, by=by, at=at))


def test_nobody_is_cleared_without_a_prescriber_where_the_protocol_demands_one(
    cast: Cast, at: datetime
) -> None:
    waiting = seat(with_rule(cast, at=at, without_prescriber="refuse"), at=at, minutes=None)
    with pytest.raises(DoseUnattended, match="No prescriber is marked on site"):
        clearing(waiting, cast.nurse, at)
    mark(cast, at, on_site=True)
    clearing(waiting, cast.nurse, at)


def test_nobody_is_cleared_without_a_prescriber_only_where_it_is_demanded(cast: Cast, at: datetime) -> None:
    clearing(seat(cast, at=at, minutes=None), cast.nurse, at)


def test_who_watches_as_many_as_allowed_clears_nobody_before_another_is_named(
    cast: Cast, second: User, at: datetime
) -> None:
    cast = with_rule(cast, at=at, most_per_watcher=1, without_prescriber="refuse")
    one = seat(cast, at=at)
    waiting = seat(cast, at=at, minutes=None, chair=2, number="DE01-0002")
    take(one, cast.nurse, at)
    with pytest.raises(DoseUnattended) as refusal:
        clearing(waiting, cast.nurse, at)
    assert [reason.code for reason in refusal.value.reasons] == ["prescriber_absent", "too_many"]
    mark(cast, at, on_site=True)
    take(waiting, second, at)
    clearing(waiting, cast.nurse, at)


def test_a_spray_given_without_a_prescriber_is_kept_found_and_told(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = told_above(monkeypatch)
    session = seat(with_rule(cast, at=at, without_prescriber="refuse"), at=at)
    with transaction.atomic():
        begun(session, cast.nurse, at + MINUTE)
    assert watcher_of(session, at + MINUTE) == cast.nurse
    finding = Finding.objects.get(rule="NO_PRESCRIBER")
    assert [(event.rule, event.finding_id, event.sprayed_at, event.at) for event in told] == [
        ("NO_PRESCRIBER", finding.pk, at, at + MINUTE)
    ]


def test_a_protocol_that_only_warns_tells_nothing_above(
    cast: Cast, session: DosingSession, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = told_above(monkeypatch)
    with transaction.atomic():
        begun(session, cast.nurse, at)
    assert Finding.objects.filter(rule="NO_PRESCRIBER").exists()
    assert told == []


def test_one_spray_too_many_is_watched_by_who_gave_it_found_and_told(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = told_above(monkeypatch)
    cast = with_rule(cast, at=at, most_per_watcher=1)
    mark(cast, at, on_site=True)
    one, two = (seat(cast, at=at, chair=chair, number=f"DE01-000{chair}") for chair in (1, 2))
    take(one, cast.nurse, at)
    with transaction.atomic():
        begun(two, cast.nurse, at)
    assert watcher_of(two, at) == cast.nurse
    finding = Finding.objects.get()
    assert (finding.rule, finding.session, finding.notify) == ("WATCHER_LIMIT", two, ["INVESTIGATOR"])
    assert finding.message == (
        "Nadia Klein watches 2 participants since this first spray; the protocol allows 1 at once"
    )
    assert [event.happened for event in told] == [f"{finding.message}."]
    seen = watch(viewer=cast.nurse, session_id=two.pk, now=at + MINUTE)
    assert [entry.rule for entry in seen.unacknowledged] == ["WATCHER_LIMIT"]


def test_the_real_spray_is_recorded_although_the_prescriber_left_after_clearing(
    cast: Cast, at: datetime
) -> None:
    reactions.connect()
    cast = with_rule(cast, at=at, without_prescriber="refuse")
    stock_make(cast, at=at)
    person = in_treatment(cast, at=at)
    session = checked_in(cast, person, at=at)
    session = gates_record(
        session_id=session.pk, answers=gate_answers(now=at), version=session.version, by=cast.nurse, at=at
    )
    session = dose_request(
        session_id=session.pk, dose_mg=56, version=session.version, by=cast.investigator, at=at
    )
    with pytest.raises(DoseUnattended):
        session_clear(session_id=session.pk, version=session.version, by=cast.nurse, at=at)
    page, api = Client(), APIClient()
    page.force_login(cast.nurse)
    api.force_authenticate(cast.nurse)
    with time_machine.travel(at, tick=False):
        given = {"version": session.version}
        refused = page.post(reverse("dosing:clear", args=[session.pk]), given)
        told = api.post(f"/api/v1/sessions/{session.pk}/clear/", given, format="json")
    assert (refused.status_code, told.status_code) == (409, 409)
    assert "the protocol gives no first spray without one" in refused.content.decode()
    assert [reason["code"] for reason in told.json()["reasons"]] == ["prescriber_absent"]
    mark(cast, at, on_site=True)
    session = session_clear(session_id=session.pk, version=session.version, by=cast.nurse, at=at)
    mark(cast, at + MINUTE, on_site=False)
    session = sprayed(cast, session, at=at + 2 * MINUTE, close=False)
    assert session.dosed_at == at + 2 * MINUTE
    made = Deviation.objects.get()
    assert (made.kind, made.session, made.happened_at, made.recorded_by, made.source_kind) == (
        "NO_PRESCRIBER", session, at + 2 * MINUTE, cast.nurse, "finding.raised",
    )  # fmt: skip
    assert made.happened == "First spray while no prescriber was marked on site."


# --- the page before the spray


def note(client: Client, session: DosingSession, at: datetime) -> str:
    with time_machine.travel(at, tick=False):
        answer = client.get(reverse("monitoring:spray_note", args=[session.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_what_stands_against_the_dose_before_and_after_clearing(
    cast: Cast, at: datetime, client: Client
) -> None:
    cast = with_rule(cast, at=at, without_prescriber="refuse")
    waiting = seat(cast, at=at, minutes=None)
    client.force_login(cast.nurse)
    assert "Until then nobody can clear to dose" in note(client, waiting, at)
    ready = seat(cast, at=at, minutes=None, chair=2, number="DE01-0002", state="CLEARED")
    assert "a spray given nevertheless is recorded, with a finding and a deviation" in note(client, ready, at)
    mark(cast, at, on_site=True)
    assert "nevertheless" not in note(client, ready, at)
