from __future__ import annotations

from datetime import datetime, timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.test import Client

from apps.accounts.selectors import system_user
from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, NotFound
from apps.participants.models import Identity, Participant
from apps.reminders import selectors, services, tasks
from apps.reminders.models import Reminder
from apps.schedule.models import Visit
from tests.factories.cast import Cast

HOUR = timedelta(hours=1)


@pytest.fixture
def participant(cast: Cast, at: datetime) -> Participant:
    found = Participant.objects.create(
        study=cast.study, site=cast.site, protocol_version=cast.version, number="DE01-0001", status="RANDOMIZED",
        sex="F", age_years=44, recorded_at=at, recorded_by=cast.coordinator,
    )  # fmt: skip
    Identity.objects.create(
        participant=found, full_name="Erika Beispiel", birth_date="1982-01-01", email="erika@example.org",
        recorded_at=at, recorded_by=cast.coordinator,
    )  # fmt: skip
    return found


def visit_make(
    participant: Participant, *, opens_at: datetime, by: object, code: str = "D4", **more: object
) -> Visit:
    return Visit.objects.create(
        participant=participant, code=code, label="Day 4", day=4, is_dose=True, opens_at=opens_at,
        target_date=opens_at.date(), closes_at=opens_at + 24 * HOUR, recorded_at=opens_at, recorded_by=by, **more,
    )  # fmt: skip


def outbox_deliver(sent: list[str]) -> services.Deliver:
    return lambda address, subject, body, key: sent.append(f"{address}|{subject}|{body}")


def test_a_visit_tomorrow_is_told_to_the_site_and_to_the_participant(
    cast: Cast, participant: Participant, at: datetime
) -> None:
    visit_make(participant, opens_at=at + 12 * HOUR, by=cast.coordinator)
    services.reminders_collect(by=system_user(), at=at)
    people = {row.recipient.email if row.recipient else "participant" for row in Reminder.objects.all()}
    assert people == {cast.coordinator.email, "participant"}


def test_collecting_twice_tells_once(cast: Cast, participant: Participant, at: datetime) -> None:
    visit_make(participant, opens_at=at + 12 * HOUR, by=cast.coordinator)
    first = services.reminders_collect(by=system_user(), at=at)
    assert first > 0
    assert services.reminders_collect(by=system_user(), at=at + timedelta(minutes=1)) == 0


def test_the_other_site_is_not_told(cast: Cast, participant: Participant, at: datetime) -> None:
    visit_make(participant, opens_at=at + 12 * HOUR, by=cast.coordinator)
    services.reminders_collect(by=system_user(), at=at)
    assert not Reminder.objects.filter(recipient=cast.other_coordinator).exists()


def test_an_overdue_visit_is_told_again_a_day_later(
    cast: Cast, participant: Participant, at: datetime
) -> None:
    visit_make(participant, opens_at=at - 48 * HOUR, by=cast.coordinator)
    services.reminders_collect(by=system_user(), at=at)
    services.reminders_collect(by=system_user(), at=at + 24 * HOUR)
    keys = sorted(Reminder.objects.filter(code="VISIT_OVERDUE").values_list("key", flat=True))
    assert len(keys) == 2
    assert keys[0].split(":")[2] != keys[1].split(":")[2]


def test_a_held_visit_is_told_to_nobody(cast: Cast, participant: Participant, at: datetime) -> None:
    visit_make(
        participant, opens_at=at - 48 * HOUR, by=cast.coordinator, held_at=at, held_by=cast.coordinator
    )
    services.reminders_collect(by=system_user(), at=at)
    assert not Reminder.objects.exists()


def test_sending_marks_it_and_leaves_a_record_without_the_address(
    cast: Cast, participant: Participant, at: datetime
) -> None:
    visit_make(participant, opens_at=at + 12 * HOUR, by=cast.coordinator)
    services.reminders_collect(by=system_user(), at=at)
    sent: list[str] = []
    for row in selectors.reminders_due(now=at):
        assert services.reminder_send(
            reminder_id=row.pk, deliver=outbox_deliver(sent), by=system_user(), at=at
        )
    assert any(line.startswith("erika@example.org|") for line in sent)
    assert set(Reminder.objects.values_list("state", flat=True)) == {"SENT"}
    events = AuditEvent.objects.filter(kind="reminder.sent")
    assert events.count() == len(sent)
    assert not any("erika" in str(event.detail) for event in events)


def test_a_reminder_is_sent_once_whoever_asks(cast: Cast, participant: Participant, at: datetime) -> None:
    visit_make(participant, opens_at=at + 12 * HOUR, by=cast.coordinator)
    services.reminders_collect(by=system_user(), at=at)
    row = selectors.reminders_due(now=at)[0]
    sent: list[str] = []
    outcomes = [
        services.reminder_send(reminder_id=row.pk, deliver=outbox_deliver(sent), by=system_user(), at=at)
        for _ in range(3)
    ]
    assert outcomes == [True, False, False]
    assert len(sent) == 1


def test_a_mail_system_that_is_down_loses_nothing(cast: Cast, participant: Participant, at: datetime) -> None:
    visit_make(participant, opens_at=at + 12 * HOUR, by=cast.coordinator)
    services.reminders_collect(by=system_user(), at=at)
    row = selectors.reminders_due(now=at)[0]

    def down(*_: str) -> None:
        raise SMTPServerDisconnected("gone")

    assert not services.reminder_send(reminder_id=row.pk, deliver=down, by=system_user(), at=at)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("DUE", 1)
    assert row.due_at > at
    sent: list[str] = []
    assert services.reminder_send(
        reminder_id=row.pk, deliver=outbox_deliver(sent), by=system_user(), at=row.due_at
    )


def test_a_sender_that_died_leaves_a_question_not_a_second_message(
    cast: Cast, participant: Participant, at: datetime
) -> None:
    visit_make(participant, opens_at=at + 12 * HOUR, by=cast.coordinator)
    services.reminders_collect(by=system_user(), at=at)
    row = selectors.reminders_due(now=at)[0]
    Reminder.objects.filter(pk=row.pk).update(state="SENDING", claimed_at=at)
    assert services.reminders_settle(by=system_user(), at=at + timedelta(minutes=5)) == 0
    assert services.reminders_settle(by=system_user(), at=at + timedelta(minutes=11)) == 1
    row.refresh_from_db()
    assert row.state == "FAILED"


def test_only_a_failed_one_of_my_site_can_be_sent_again(
    cast: Cast, participant: Participant, at: datetime
) -> None:
    visit_make(participant, opens_at=at + 12 * HOUR, by=cast.coordinator)
    services.reminders_collect(by=system_user(), at=at)
    row = Reminder.objects.get(recipient=cast.coordinator)
    with pytest.raises(Conflict):
        services.reminder_retry(reminder_id=row.pk, by=cast.coordinator, at=at)
    Reminder.objects.filter(pk=row.pk).update(state="FAILED")
    with pytest.raises(NotFound):
        services.reminder_retry(reminder_id=row.pk, by=cast.other_coordinator, at=at)
    assert services.reminder_retry(reminder_id=row.pk, by=cast.coordinator, at=at).state == "DUE"


def test_the_tick_sends_mail(cast: Cast, participant: Participant, time_machine_at: datetime) -> None:
    visit_make(participant, opens_at=time_machine_at + 12 * HOUR, by=cast.coordinator)
    assert tasks.reminders_send_due() >= 2
    assert tasks.reminders_send_due() == 0
    assert {message.to[0] for message in mail.outbox} == {cast.coordinator.email, "erika@example.org"}
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == len(mail.outbox)


@pytest.mark.parametrize(
    ("role", "status"), [("COORDINATOR", 200), ("EFFICACY_RATER", 403), ("SPONSOR", 403)]
)
def test_the_page_is_for_the_clinic(cast: Cast, client: Client, role: str, status: int) -> None:
    client.force_login(cast.by_role[role], backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/reminders/").status_code == status
