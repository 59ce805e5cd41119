"""Rules over all tables: who may change what, what is kept in pairs, what leaves a history."""

from __future__ import annotations

import pghistory
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, models

from apps.core import grants

OURS = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
TRIAL = [model for model in OURS if not hasattr(model, "pgh_tracked_model")]

#: Tables without a row history of their own, each with its reason.
NO_HISTORY = {"NumberSequence": "a counter; the numbers it gave out are history enough"}


@pytest.mark.parametrize("model", TRIAL, ids=lambda model: model.__name__)
def test_every_table_is_append_only_or_keeps_its_history(model: type[models.Model]) -> None:
    if model.__name__ in NO_HISTORY:
        return
    tracked = {event.pgh_tracked_model for event in apps.get_models() if hasattr(event, "pgh_tracked_model")}
    assert grants.is_append_only(model) or model in tracked


def test_history_itself_is_append_only() -> None:
    for model in OURS:
        if issubclass(model, pghistory.models.Event):
            assert grants.rights(model) == ("SELECT", "INSERT")


#: A moment that is not somebody's act needs no person beside it.
UNPAIRED = {
    "AuditEvent.at", "AuditVerification.begun_at", "AuditVerification.finished_at",
    "Delegation.starts_at", "Delegation.ends_at", "ProtocolVersion.effective_at",
    "Consent.consented_at", "StatusChange.at", "RatingSlot.opens_at", "RatingSlot.closes_at",
    "Rating.observed_at", "Rating.entered_at", "Screening.opened_at", "Answer.observed_at",
    "Opening.expires_at",
    "RandomizationList.committed_at", "Allocation.allocated_at", "TestDraw.drawn_at", "KitMovement.at",
    "ListVerification.begun_at", "ListVerification.finished_at",
    "Visit.opens_at", "Visit.closes_at", "Visit.planned_at",
    "DosingSession.checked_in_at", "DosingSession.dosed_at", "DosingSession.ended_at",
    "SessionTransition.at", "GateCheck.at", "GateCheck.clears_at",
    "DeviceUse.first_spray_at", "DeviceUse.second_spray_at",
    "Observation.observed_at", "Observation.entered_at", "Finding.raised_at", "Finding.recheck_at",
    "Release.released_at",
    "AdverseEvent.onset_at", "AdverseEvent.resolved_at", "AdverseEvent.site_aware_at",
    "Deviation.happened_at", "Deviation.discovered_at",
    "Reminder.due_at", "Reminder.claimed_at", "Reminder.sent_at",
    "Telling.due_at", "Telling.try_at", "Telling.claimed_at", "Telling.told_at",
    "ReportJob.data_cut_at", "ReportJob.started_at", "ReportJob.finished_at", "ReportJob.heartbeat_at",
    "RehearsalRun.started_at", "RehearsalRun.finished_at",
    # When a version came about, for the history; who changed it and why is the audit event of the change.
    "AdverseEvent.changed_at", "Participant.age_changed_at",
}  # fmt: skip


@pytest.mark.parametrize("model", TRIAL, ids=lambda model: model.__name__)
def test_whoever_did_it_stands_beside_when(model: type[models.Model]) -> None:
    names = {field.name for field in model._meta.get_fields()}
    alone = [
        f"{model.__name__}.{name}"
        for name in names
        if name.endswith("_at")
        and name.removesuffix("at") + "by" not in names
        and f"{model.__name__}.{name}" not in UNPAIRED
    ]
    assert not alone


@pytest.mark.django_db
@pytest.mark.parametrize(
    "model", [m for m in OURS if grants.is_append_only(m)], ids=lambda model: model.__name__
)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_can_not_rewrite(model: type[models.Model], statement: str) -> None:
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE vigil_app")
        with pytest.raises(DatabaseError, match="permission denied"):
            cursor.execute(statement.format(f'"{table}"', column, column))


@pytest.mark.django_db
@pytest.mark.parametrize("model", TRIAL, ids=lambda model: model.__name__)
def test_the_application_can_not_delete(model: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE vigil_app")
        with pytest.raises(DatabaseError, match="permission denied"):
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')


@pytest.mark.django_db
def test_the_application_can_not_switch_the_triggers_off() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE vigil_app")
        with pytest.raises(DatabaseError, match="permission denied"):
            cursor.execute("SET session_replication_role = replica")


@pytest.mark.django_db
def test_the_unblinded_worker_reads_no_identity() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE vigil_unblinded")
        with pytest.raises(DatabaseError, match="permission denied"):
            cursor.execute("SELECT * FROM participants_identity")


@pytest.mark.django_db
def test_migrations_are_complete() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_constraints_are_named_after_their_app_and_claim() -> None:
    wrong = [
        constraint.name
        for model in TRIAL
        for constraint in model._meta.constraints
        if not constraint.name.startswith(model._meta.app_label) or constraint.name.count("_") < 2
    ]
    assert not wrong
