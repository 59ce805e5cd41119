"""Opening an envelope: who may, once, and what stays behind: everything but the treatment."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection, transaction

from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.participants.domain.status import ParticipantStatus
from apps.participants.services.standing import participant_status_change
from apps.reminders.models import Reminder
from apps.reminders.services import reminders_collect
from apps.reminders.tasks import reminders_send_due
from apps.studies.domain.permissions import Role, Unblinded
from apps.studies.models import UnblindedPerson
from apps.unblinding import services
from apps.unblinding.models import Opening, OpeningRead
from tests.apps.randomization import logins
from tests.apps.unblinding.conftest import ARMS, World, participant_drawn
from tests.factories.cast import delegate, person_make


def break_code(world: World, at: datetime, **changes: Any) -> services.Revealed:
    given = {
        "participant_id": world.participant.pk,
        "key": uuid4(),
        "number": world.participant.number,
        "category": "OVERDOSE",
        "reason": "Found with empty devices",
        "by": world.cast.investigator,
        "at": at,
    }
    return services.envelope_break(**{**given, **changes})


def test_the_investigator_of_the_site_is_told_the_treatment(world: World, at: datetime) -> None:
    revealed = break_code(world, at)
    assert revealed.arm == world.label
    assert world.label not in repr(revealed)
    opening = Opening.objects.get()
    assert (opening.mode, opening.category, opening.reader) == (
        "EMERGENCY",
        "OVERDOSE",
        world.cast.investigator,
    )
    assert OpeningRead.objects.get().opening == opening
    with logins.connect("vigil_owner") as owner:
        rows = owner.execute(
            "SELECT function, by, participant_id, reason FROM sealed.access WHERE study_id = %s",
            [world.cast.study.pk],
        ).fetchall()
    assert rows == [
        ("envelope_open", world.cast.investigator.pk, world.participant.pk, "Found with empty devices")
    ]


def test_the_other_arm_is_told_as_truly(world: World, at: datetime) -> None:
    other = world.another(label=world.other_label)
    revealed = break_code(world, at, participant_id=other.pk, number=other.number)
    assert revealed.arm == world.other_label


def test_the_same_form_sent_twice_tells_nothing_more(world: World, at: datetime) -> None:
    key = uuid4()
    break_code(world, at, key=key)
    with pytest.raises(Conflict):
        break_code(world, at, key=key)
    assert Opening.objects.count() == OpeningRead.objects.count() == 1


def test_an_emergency_outlasts_the_participants_part_in_the_trial(world: World, at: datetime) -> None:
    participant_status_change(
        participant=world.participant, to=ParticipantStatus.DISCONTINUED, by=world.cast.investigator, at=at
    )
    assert break_code(world, at).arm == world.label


def test_who_has_no_delegation_for_it_is_told_nothing(world: World, at: datetime) -> None:
    for nobody in (world.cast.other_investigator, world.cast.outsider, world.cast.rater, world.cast.sponsor,
                   world.cast.statistician, world.cast.administrator, world.cast.pharmacist):  # fmt: skip
        with pytest.raises(NotFound):
            break_code(world, at, by=nobody)
    for blind in (world.cast.coordinator, world.cast.nurse, world.cast.monitor, world.cast.physician):
        with pytest.raises(NotAllowed):
            break_code(world, at, by=blind)
    assert not Opening.objects.exists()


def test_ground_reason_and_number_are_all_asked_for(world: World, at: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        break_code(world, at, category="", reason=" ")
    assert {reason.field for reason in refusal.value.reasons} == {"category", "reason"}
    with pytest.raises(Invalid) as refusal:
        break_code(world, at, number="DE01-9999")
    assert refusal.value.reasons[0].field == "number"
    assert not Opening.objects.exists()


def test_only_who_was_told_before_may_name_no_treatment(world: World, at: datetime) -> None:
    words = "Esketamine or placebo: it decides the antidote"
    assert break_code(world, at, reason=words).arm == world.label
    for named in ("It was esketamine", "as placebo, so again"):
        with pytest.raises(Invalid) as refusal:
            break_code(world, at, reason=named)
        assert [reason.code for reason in refusal.value.reasons] == ["names_treatment"]
    assert break_code(world, at, reason="The line broke off").arm == world.label


def test_without_a_draw_there_is_no_envelope(world: World, at: datetime) -> None:
    participant = participant_drawn(world.cast, label=world.label)
    participant.pk, participant.number, participant._state.adding = uuid4(), "DE01-7777", True
    participant.save()
    with pytest.raises(services.EnvelopeClosed) as refusal:
        break_code(world, at, participant_id=participant.pk, number="DE01-7777")
    assert refusal.value.reasons[0].code == "not_randomized"


def test_the_fourth_within_an_hour_is_refused_and_a_colleague_can_still_open(
    world: World, at: datetime
) -> None:
    for _ in range(3):
        break_code(world, at)
    with pytest.raises(services.EnvelopeClosed) as refusal:
        break_code(world, at)
    assert refusal.value.reasons[0].code == "too_many"
    colleague = person_make("Greta Wolf")
    delegate(colleague, Role.INVESTIGATOR, study=world.cast.study, site=world.cast.site, at=at)
    assert break_code(world, at, by=colleague).arm == world.label


def test_it_cannot_be_opened_inside_a_transaction_that_could_be_taken_back(
    world: World, at: datetime
) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        break_code(world, at)


def test_whoever_was_told_is_in_the_register_once(world: World, at: datetime) -> None:
    break_code(world, at)
    break_code(world, at + timedelta(minutes=1))
    entry = UnblindedPerson.objects.get()
    assert (entry.user, entry.how, entry.since) == (world.cast.investigator, Unblinded.EMERGENCY.value, at)


def test_sponsor_administrators_monitor_and_site_are_told_that_and_never_what(
    world: World, at: datetime, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    break_code(world, at)
    from apps.accounts.selectors import system_user

    reminders_collect(by=system_user(), at=at + timedelta(seconds=15))
    reminders_collect(by=system_user(), at=at + timedelta(seconds=30))
    told = {row.recipient for row in Reminder.objects.filter(code="CODE_BROKEN")}
    cast = world.cast
    assert told == {
        cast.sponsor, cast.administrator, cast.monitor, cast.coordinator, cast.investigator, cast.nurse, cast.physician
    }  # fmt: skip
    assert cast.rater not in told
    assert Reminder.objects.filter(code="CODE_BROKEN").count() == len(told)
    assert {row.recipient for row in Reminder.objects.filter(code="IMPACT_DUE")} == {cast.investigator}


def test_no_row_of_any_table_no_mail_and_no_log_names_the_treatment(
    world: World, at: datetime, caplog: pytest.LogCaptureFixture, time_machine_at: datetime
) -> None:
    caplog.set_level(logging.DEBUG)
    break_code(world, at)
    handed = hand_over(world, at)
    services.message_read(
        opening_id=handed.opening.pk, code=handed.code, by=handed.opening.reader, at=at + timedelta(minutes=1)
    )
    reminders_send_due()
    assert mail.outbox
    texts = [f"{one.subject}\n{one.body}" for one in mail.outbox] + [
        record.getMessage() for record in caplog.records
    ]
    tables = set(connection.introspection.table_names())
    for model in (model for model in apps.get_models() if model._meta.db_table in tables):
        for row in model._base_manager.values():
            texts.append(str(row))
    assert AuditEvent.objects.filter(kind="envelope.opened").count() == 2
    words = [word for label in ARMS.values() for word in (label, label.split()[0])]
    for text in texts:
        assert not [word for word in words if word.lower() in text.lower()], text
    # And the two arms are told apart by nothing: the planted words would have been found.
    assert any(world.participant.number in text for text in texts)


def hand_over(world: World, at: datetime, **changes: Any) -> services.HandedOver:
    given = {
        "participant_id": world.participant.pk,
        "key": uuid4(),
        "number": world.participant.number,
        "clinician": world.cast.outsider.email,
        "category": "EMERGENCY_TREATMENT",
        "reason": "Intubated elsewhere",
        "entropy": bytes(range(16)),
        "by": world.cast.nurse,
        "at": at,
    }
    return services.envelope_hand_over(**{**given, **changes})


def test_handed_over_the_caller_stays_blind_and_the_clinician_is_told_once(
    world: World, at: datetime
) -> None:
    handed = hand_over(world, at)
    assert not UnblindedPerson.objects.exists()
    assert world.label not in repr(handed)
    with pytest.raises(NotFound):
        services.message_read(opening_id=handed.opening.pk, code=handed.code, by=world.cast.nurse, at=at)
    with pytest.raises(services.EnvelopeClosed) as refusal:
        services.message_read(opening_id=handed.opening.pk, code="00000-00000", by=world.cast.outsider, at=at)
    assert refusal.value.reasons[0].code == "wrong_code"
    typed = handed.code.lower().replace("-", " ")
    told = services.message_read(opening_id=handed.opening.pk, code=typed, by=world.cast.outsider, at=at)
    assert told.arm == world.label
    assert [entry.user for entry in UnblindedPerson.objects.all()] == [world.cast.outsider]
    with pytest.raises(services.EnvelopeClosed):
        services.message_read(opening_id=handed.opening.pk, code=typed, by=world.cast.outsider, at=at)


def test_five_wrong_codes_close_it_for_good(world: World, at: datetime) -> None:
    handed = hand_over(world, at)
    for number in range(5):
        with pytest.raises(services.EnvelopeClosed):
            services.message_read(
                opening_id=handed.opening.pk, code=f"{number}" * 10, by=world.cast.outsider, at=at
            )
    with pytest.raises(services.EnvelopeClosed) as refusal:
        services.message_read(opening_id=handed.opening.pk, code=handed.code, by=world.cast.outsider, at=at)
    assert refusal.value.reasons[0].code == "locked"


def test_nobody_who_must_stay_blind_and_not_the_caller_can_be_named(world: World, at: datetime) -> None:
    for blind in (world.cast.rater, world.cast.sponsor, world.cast.coordinator, world.cast.monitor):
        with pytest.raises(services.EnvelopeClosed) as refusal:
            hand_over(world, at, clinician=blind.email)
        assert refusal.value.reasons[0].code == "reader_blinded"
    for wrong in (world.cast.nurse.email, "nobody@example.org"):
        with pytest.raises(Invalid):
            hand_over(world, at, clinician=wrong)
    hand_over(world, at, clinician=world.cast.other_investigator.email)


def test_a_drill_walks_the_same_way_and_unblinds_nobody(world: World, at: datetime) -> None:
    drill = services.drill_start(site_id=world.cast.site.pk, by=world.cast.investigator, at=at)
    given = {"drill_id": drill.pk, "number": drill.subject, "category": "OTHER", "reason": "Quarterly drill"}
    for by in (world.cast.other_investigator, world.cast.coordinator):
        with pytest.raises(NotFound):
            services.drill_open(**given, key=uuid4(), by=by, at=at)
    later = at + timedelta(seconds=73)
    revealed = services.drill_open(**given, key=uuid4(), by=world.cast.investigator, at=later)
    protocol_labels = {arm["label"] for arm in world.cast.version.document["arms"]}
    assert revealed.arm in protocol_labels
    assert not UnblindedPerson.objects.exists()
    with pytest.raises(Conflict):
        services.drill_open(**given, key=uuid4(), by=world.cast.investigator, at=later)
    from apps.unblinding.selectors import drills_summed, drills_visible

    times = drills_summed(drills_visible(viewer=world.cast.monitor, now=later))
    assert (times.count, times.p95) == (1, 73.0)
