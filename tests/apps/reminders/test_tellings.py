"""Findings told: to whom, by which way, again until somebody takes note, and never lost."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from smtplib import SMTPServerDisconnected

import pytest
import time_machine
from django.core import mail
from django.db import DatabaseError, transaction

from apps.accounts.models import User
from apps.accounts.selectors import system_user
from apps.audit.models import AuditEvent
from apps.monitoring.models import Finding
from apps.monitoring.services import finding_acknowledge, overdue_findings_raise
from apps.reminders import selectors, services, tasks
from apps.reminders.domain.webhooks import signature_of
from apps.reminders.models import Telling, Webhook
from apps.studies.models import Delegation
from apps.studies.selectors import protocol_of
from tests.apps.monitoring.scene import CALM, Nurse, seat
from tests.apps.reminders.scene import Receiver, receiver_open
from tests.factories.cast import Cast

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def nurse(cast: Cast, at: datetime) -> Nurse:
    """Nadia at chair 3, twenty minutes after the first spray."""
    return Nurse(seat(cast, at=at, minutes=20, chair=3), cast.nurse)


@pytest.fixture
def finding(nurse: Nurse, at: datetime) -> Finding:
    """Low oxygen saturation: urgent, for the investigator and the session nurse."""
    nurse.records(at, spo2=88, confirmed=["spo2"])
    return Finding.objects.get(rule="E8")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiver_open() as opened:
        yield opened


def tick(at: datetime) -> None:
    """Both tasks once."""
    with time_machine.travel(at, tick=False):
        tasks.findings_tell()
        tasks.webhooks_call()


def told(channel: str = "EMAIL", **by: object) -> list[tuple[str, int, str]]:
    rows = Telling.objects.filter(channel=channel, **by).select_related("recipient")
    return sorted((row.recipient.email if row.recipient else "", row.number, row.state) for row in rows)


def hook_make(cast: Cast, url: str, at: datetime, *, site: str = "") -> tuple[Webhook, str]:
    return services.webhook_add(
        study=cast.study, site_code=site, url=url, salt="salt", by=cast.administrator, at=at
    )


def test_the_roles_of_the_rule_are_told_at_once_and_nobody_else(
    cast: Cast, finding: Finding, at: datetime
) -> None:
    tick(at + 4 * SECOND)
    people = sorted([cast.investigator.email, cast.nurse.email])
    assert told() == [(email, 0, "TOLD") for email in people]
    assert told("PAGE") == [(email, 0, "DUE") for email in people]
    assert sorted(message.to[0] for message in mail.outbox) == people
    row = Telling.objects.filter(channel="EMAIL").first()
    assert row is not None
    assert (row.due_at, row.told_at) == (finding.recorded_at, at + 4 * SECOND)
    assert AuditEvent.objects.filter(kind="telling.told").count() == 2


def test_a_mail_says_where_and_what_to_do_and_no_value(cast: Cast, finding: Finding, at: datetime) -> None:
    tick(at)
    message = mail.outbox[0]
    assert message.subject == "[Vigil] Urgent: DE01-0001, chair 3 at DE01"
    assert "Low oxygen saturation." in message.body
    assert "session of Day 8" in message.body
    assert not re.search(r"(?<![\w.:-])88(?![\w:-])", message.subject + message.body)
    assert not any(arm.label.lower() in message.body.lower() for arm in protocol_of(cast.version).arms)


def test_it_is_told_again_until_somebody_takes_note(cast: Cast, finding: Finding, at: datetime) -> None:
    for minutes in (0, 1, 4.9, 5, 6, 10):
        tick(at + timedelta(minutes=minutes))
    assert [number for _, number, _ in told(recipient=cast.nurse)] == [0, 1, 2]
    assert "told for the 3rd time" in mail.outbox[-1].body
    finding_acknowledge(finding_id=finding.pk, by=cast.nurse, at=at + 11 * MINUTE)
    for minutes in (12, 15, 20, 60):
        tick(at + timedelta(minutes=minutes))
    assert [number for _, number, _ in told(recipient=cast.nurse)] == [0, 1, 2]
    assert not told(recipient=cast.physician)
    assert set(Telling.objects.filter(channel="PAGE").values_list("state", flat=True)) == {"DROPPED"}


def test_it_is_told_no_more_when_a_later_reading_ends_it(
    nurse: Nurse, finding: Finding, at: datetime
) -> None:
    tick(at)
    nurse.records(at + 4 * MINUTE, spo2=97)
    tick(at + 6 * MINUTE)
    assert {number for _, number, _ in told()} == {0}


def test_what_was_noted_at_once_is_still_told_to_the_others(
    cast: Cast, finding: Finding, at: datetime
) -> None:
    finding_acknowledge(finding_id=finding.pk, by=cast.nurse, at=at + 2 * SECOND)
    tick(at + 5 * SECOND)
    assert told() == [(cast.investigator.email, 0, "TOLD")]
    assert f"Noted by {cast.nurse}" in mail.outbox[0].body
    tick(at + 6 * MINUTE)
    assert len(mail.outbox) == 1


def test_the_next_role_is_told_when_nobody_takes_note(cast: Cast, finding: Finding, at: datetime) -> None:
    tick(at + 14.9 * MINUTE)
    assert not told(recipient=cast.physician)
    tick(at + 15 * MINUTE)
    assert told(recipient=cast.physician) == [(cast.physician.email, 0, "TOLD")]


def test_where_nobody_holds_the_roles_that_is_said_and_the_next_is_told_at_once(
    cast: Cast, finding: Finding, at: datetime
) -> None:
    Delegation.objects.filter(role__in=["INVESTIGATOR", "SESSION_NURSE"], site=cast.site).update(ends_at=at)
    tick(at + SECOND)
    assert told(state="TOLD") == [(cast.physician.email, 0, "TOLD")]
    nobody = Telling.objects.get(state="FAILED")
    assert nobody.problem == "Nobody holds a role that is to be told here: Investigator, Session nurse."


def test_a_reading_overdue_is_told_on_the_page_alone(cast: Cast, nurse: Nurse, at: datetime) -> None:
    overdue_findings_raise(by=system_user(), at=at + 10 * MINUTE)
    tick(at + 11 * MINUTE)
    assert told() == []
    assert {email for email, _, _ in told("PAGE")} == {cast.nurse.email}


def test_raters_are_told_nothing_whatever_a_finding_says(cast: Cast, finding: Finding, at: datetime) -> None:
    Finding.objects.filter(pk=finding.pk).update(notify=["EFFICACY_RATER", "SPONSOR", "INVESTIGATOR"])
    tick(at + 20 * MINUTE)
    assert {row.recipient for row in Telling.objects.select_related("recipient")} == {
        cast.investigator, cast.physician,
    }  # fmt: skip
    assert selectors.alerts_for(viewer=cast.rater, now=at) == ()


def test_two_ticks_at_once_tell_once(finding: Finding, at: datetime) -> None:
    services.tellings_collect(by=system_user(), at=at)
    assert services.tellings_collect(by=system_user(), at=at) == 0
    row = Telling.objects.filter(channel="EMAIL")[0]
    first = services.telling_claim(telling_id=row.pk, by=system_user(), at=at)
    assert isinstance(first, services.Letter)
    assert services.telling_claim(telling_id=row.pk, by=system_user(), at=at) is None


def test_a_worker_that_dies_between_sending_and_recording_loses_nothing(
    cast: Cast, finding: Finding, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(**_given: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch:
        patch.setattr(services, "telling_settle", killed)
        with pytest.raises(SystemExit):
            tick(at)
    assert len(mail.outbox) == 1, "it went out, and nobody recorded it"
    stuck = Telling.objects.get(state="SENDING")
    tick(at + 44 * SECOND)
    stuck.refresh_from_db()
    assert stuck.state == "SENDING"
    tick(at + 46 * SECOND)
    stuck.refresh_from_db()
    assert (stuck.state, stuck.attempts) == ("TOLD", 2)
    marks = [
        message.extra_headers["Message-ID"] for message in mail.outbox if message.to == mail.outbox[0].to
    ]
    assert len(marks) == 2
    assert len(set(marks)) == 1, "the receiver can tell the repeat"


def test_a_mail_system_that_is_down_is_tried_again_and_the_failure_shows(
    cast: Cast, finding: Finding, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_given: object) -> None:
        raise SMTPServerDisconnected("gone")

    with monkeypatch.context() as patch:
        patch.setattr(tasks, "mail_deliver", down)
        for seconds in (0, 5, 20, 66, 187):
            tick(at + seconds * SECOND)
    assert told(number=0, recipient=cast.nurse) == [(cast.nurse.email, 0, "FAILED")]
    row = Telling.objects.get(channel="EMAIL", recipient=cast.nurse)
    assert (row.attempts, row.problem) == (5, "The mail system did not take it: SMTPServerDisconnected")
    tick(at + 5 * MINUTE)
    assert told(number=1, recipient=cast.nurse) == [(cast.nurse.email, 1, "TOLD")], (
        "the next round comes anyway"
    )
    measured = selectors.promptness(Telling.objects.all(), since=at - MINUTE, within_seconds=30)
    assert (measured.told, measured.failed) == (0, 2)


def test_a_webhook_learns_that_and_where_signed(
    cast: Cast, finding: Finding, receiver: Receiver, at: datetime
) -> None:
    hook, secret = hook_make(cast, receiver.url, at)
    tick(at + 3 * SECOND)
    headers, body = receiver.got[0]
    row = Telling.objects.get(webhook=hook)
    assert (row.state, row.told_at, headers["Vigil-Delivery"]) == ("TOLD", at + 3 * SECOND, str(row.pk))
    assert headers["Vigil-Signature"] == signature_of(
        secret, timestamp=int(headers["Vigil-Timestamp"]), body=body
    )
    said = json.loads(body)
    assert (said["kind"], said["site"], said["chair"], said["severity"]) == (
        "finding.raised",
        "DE01",
        3,
        "urgent",
    )
    # Identifiers are random and hold any two figures.
    words = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", body.decode())
    assert not any(word in words for word in ("DE01-0001", "88", "oxygen", "E8"))
    tick(at + 5 * MINUTE)
    assert len(receiver.got) == 2
    finding_acknowledge(finding_id=finding.pk, by=cast.nurse, at=at + 6 * MINUTE)
    tick(at + 11 * MINUTE)
    assert len(receiver.got) == 2


def test_a_webhook_of_another_site_or_an_ended_one_learns_nothing(
    cast: Cast, finding: Finding, receiver: Receiver, at: datetime
) -> None:
    hook_make(cast, receiver.url, at, site=cast.other_site.code)
    ended, _ = hook_make(cast, receiver.url, at)
    services.webhook_end(webhook_id=ended.pk, by=cast.administrator, at=at)
    tick(at + SECOND)
    assert receiver.got == []


def test_a_webhook_that_refuses_is_tried_five_times_and_then_said_to_be_dead(
    cast: Cast, finding: Finding, receiver: Receiver, at: datetime
) -> None:
    hook_make(cast, receiver.url, at)
    receiver.status = 500
    for seconds in (0, 5, 20, 66, 187, 250):
        tick(at + seconds * SECOND)
    row = Telling.objects.get(channel="WEBHOOK")
    assert (row.state, row.attempts, row.problem) == ("FAILED", 5, "The receiver answered 500.")
    assert row.due_at == finding.recorded_at, "the measure from raised to told is not moved by a retry"
    assert len({headers["Vigil-Delivery"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 5


def test_a_redirect_is_not_followed(cast: Cast, finding: Finding, receiver: Receiver, at: datetime) -> None:
    with receiver_open() as elsewhere:
        receiver.status, receiver.sends_to = 307, elsewhere.url
        hook_make(cast, receiver.url, at)
        tick(at)
        assert elsewhere.got == []
    assert Telling.objects.get(channel="WEBHOOK").problem == "The receiver answered 307."


def test_an_address_is_judged_when_it_is_sent_to(
    cast: Cast,
    finding: Finding,
    receiver: Receiver,
    at: datetime,
    monkeypatch: pytest.MonkeyPatch,
    settings: object,
) -> None:
    """A name that led elsewhere when it was entered, and into the network now."""
    hook_make(cast, "https://alarm.example.org/in", at)
    where = [(2, 1, 6, "", ("169.254.169.254", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_a, **_k: where)
    tick(at)
    row = Telling.objects.get(channel="WEBHOOK")
    assert row.problem == "The receiver's address lies inside a network; nothing was sent."
    hook_make(cast, receiver.url, at)
    settings.WEBHOOK_LOCAL_ALLOWED = False  # type: ignore[attr-defined]
    monkeypatch.undo()
    tick(at + SECOND)
    assert receiver.got == [], "this machine is no receiver beside real participants"


def test_a_receiver_that_drips_holds_up_nobody(
    cast: Cast, finding: Finding, receiver: Receiver, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.reminders.tasks.calling.WHOLE", 0.5)
    server = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        peer, _ = server.accept()
        try:
            for _ in range(100):
                peer.sendall(b"H")
                time.sleep(0.1)
        except OSError:
            pass
        finally:
            peer.close()

    threading.Thread(target=drip, daemon=True).start()
    hook_make(cast, f"http://127.0.0.1:{server.getsockname()[1]}/", at)
    hook_make(cast, receiver.url, at)
    began = time.monotonic()
    tick(at)
    assert time.monotonic() - began < 5
    server.close()
    states = dict(Telling.objects.filter(channel="WEBHOOK").values_list("webhook__url", "state"))
    assert states[receiver.url] == "TOLD"
    assert sorted(states.values()) == ["DUE", "TOLD"]


def test_a_test_of_a_webhook_says_that_it_is_one(cast: Cast, receiver: Receiver, at: datetime) -> None:
    hook, _ = hook_make(cast, receiver.url, at, site="DE01")
    services.webhook_test(webhook_id=hook.pk, by=cast.administrator, at=at)
    tick(at + SECOND)
    said = json.loads(receiver.got[0][1])
    assert (said["kind"], said["site"], said["session"], said["chair"]) == ("test", "DE01", None, None)


def test_the_page_tells_each_person_once_on_record(cast: Cast, finding: Finding, at: datetime) -> None:
    shown = [(finding.pk, "SESSION_NURSE")]
    assert services.tellings_show(shown=shown, by=cast.nurse, at=at + SECOND) == 1
    assert services.tellings_show(shown=shown, by=cast.nurse, at=at + 9 * SECOND) == 0
    tick(at + 10 * SECOND)
    assert told("PAGE", recipient=cast.nurse) == [(cast.nurse.email, 0, "TOLD")]
    assert Telling.objects.get(channel="PAGE", recipient=cast.nurse).told_at == at + SECOND


def test_only_the_latest_of_a_rule_is_told_again(nurse: Nurse, finding: Finding, at: datetime) -> None:
    tick(at)
    nurse.records(at + 4 * MINUTE, spo2=87, confirmed=["spo2"])
    tick(at + 4 * MINUTE)
    tick(at + 9 * MINUTE)
    latest = Finding.objects.filter(rule="E8").latest("raised_at")
    assert {row.number for row in finding.tellings.filter(channel="EMAIL")} == {0}
    assert {row.number for row in latest.tellings.filter(channel="EMAIL")} == {0, 1}


def test_a_calm_reading_tells_nobody(nurse: Nurse, at: datetime) -> None:
    nurse.records(at, **CALM)
    tick(at)
    assert not Telling.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"state": "TOLD", "told_at": None},
        {"recipient": None},
        {"channel": "WEBHOOK"},
        {"state": "SOMEHOW"},
        {"finding": None},
    ],
)
def test_the_database_keeps_tellings_sound(finding: Finding, at: datetime, change: dict[str, object]) -> None:
    services.tellings_collect(by=system_user(), at=at)
    row = Telling.objects.filter(channel="EMAIL")[0]
    with pytest.raises(DatabaseError), transaction.atomic():
        Telling.objects.filter(pk=row.pk).update(**change)


def test_people_of_another_site_are_not_told(cast: Cast, finding: Finding, at: datetime) -> None:
    tick(at + 16 * MINUTE)
    others: list[User] = [
        cast.other_nurse,
        cast.other_investigator,
        cast.outsider,
        cast.coordinator,
        cast.sponsor,
    ]
    assert not Telling.objects.filter(recipient__in=others).exists()
    for person in others:
        assert selectors.alerts_for(viewer=person, now=at) == ()
