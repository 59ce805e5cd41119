"""No study goes live without the signed report of a rehearsal of its exact configuration; and how it is closed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, NotAllowed, NotFound, Refused
from apps.participants.services import StudyNotLive, participant_enroll
from apps.rehearsal import services
from apps.rehearsal.models import RehearsalRun
from apps.studies.domain.golive import RehearsalProof
from apps.studies.domain.permissions import Role
from apps.studies.models import Delegation, Study
from apps.studies.services import NotClosable, NotReadyToGoLive
from apps.studies.services import study_go_live as go_live_on
from tests.apps.rehearsal import worlds
from tests.factories.cast import delegate, person_make
from tests.factories.participants import PERSON

pytestmark = pytest.mark.django_db


def codes(refusal: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {reason.code for reason in refusal.value.reasons}


def go_live(made: worlds.SetUp, at: datetime, by: User | None = None) -> Study:
    return services.study_go_live(study_id=made.study.pk, by=by or made.administrator, at=at)


def test_without_a_rehearsal_nothing_goes_live(made: worlds.SetUp, at: datetime) -> None:
    with pytest.raises(NotReadyToGoLive) as refusal:
        go_live(made, at)
    assert codes(refusal) == {"not_rehearsed"}
    assert Study.objects.get(pk=made.study.pk).state == "SETUP"


def test_a_signed_rehearsal_opens_the_study(made: worlds.SetUp, passed: RehearsalRun, at: datetime) -> None:
    with pytest.raises(NotReadyToGoLive) as refusal:
        go_live(made, at)
    assert codes(refusal) == {"not_signed"}

    services.rehearsal_sign(run_id=passed.pk, by=made.administrator, at=at)
    assert go_live(made, at).state == "LIVE"

    event = AuditEvent.objects.get(kind="study.went_live")
    assert event.actor_label == made.administrator.email
    assert event.detail["rehearsal"] == str(passed.pk)
    participant_enroll(
        site_id=made.sites[0].pk,
        consented_at=at,
        by=made.people["DE01 COORDINATOR"],
        at=at,
        **PERSON,
    )
    with pytest.raises(NotReadyToGoLive) as refusal:
        go_live(made, at)
    assert codes(refusal) == {"already_live"}


def test_before_that_nobody_is_enrolled(made: worlds.SetUp, at: datetime) -> None:
    with pytest.raises(StudyNotLive):
        participant_enroll(
            site_id=made.sites[0].pk, consented_at=at, by=made.people["DE01 COORDINATOR"], at=at, **PERSON
        )


def new_delegation(made: worlds.SetUp, at: datetime) -> None:
    delegate(person_make("Nora New"), Role.SESSION_NURSE, study=made.study, site=made.sites[0], at=at)


def more_kits(made: worlds.SetUp, at: datetime) -> None:
    with worlds.as_owner():
        worlds.stock(made.version, made.sites[0], 6, at=at, days=500)


def amended(made: worlds.SetUp, at: datetime) -> None:
    worlds._version(made.study, worlds.protocol_of(target=17), number=2, at=at)


def new_target(made: worlds.SetUp, at: datetime) -> None:
    made.study.sites.filter(code="DE01").update(enrolment_target=9)


def somebody_leaves(made: worlds.SetUp, at: datetime) -> None:
    Delegation.objects.filter(study=made.study, role="MONITOR").update(ends_at=at - timedelta(minutes=1))


CHANGES = {
    "delegations": new_delegation,
    "delegations that ended": somebody_leaves,
    "kits in stock": more_kits,
    "protocol": amended,
    "sites": new_target,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_since_the_rehearsal_refuses(
    made: worlds.SetUp, passed: RehearsalRun, at: datetime, change: str
) -> None:
    services.rehearsal_sign(run_id=passed.pk, by=made.administrator, at=at)
    CHANGES[change](made, at)
    with pytest.raises(NotReadyToGoLive) as refusal:
        go_live(made, at)
    assert codes(refusal) == {"configuration_changed"}
    assert f"this has changed: {change.removesuffix(' that ended')}." in str(refusal.value)


def test_time_alone_can_change_the_stock(made: worlds.SetUp, passed: RehearsalRun, at: datetime) -> None:
    services.rehearsal_sign(run_id=passed.pk, by=made.administrator, at=at)
    with pytest.raises(NotReadyToGoLive) as refusal:
        go_live(made, at + timedelta(days=401))
    assert codes(refusal) == {"configuration_changed"}


def test_a_later_rehearsal_that_failed_counts(made: worlds.SetUp, passed: RehearsalRun, at: datetime) -> None:
    services.rehearsal_sign(run_id=passed.pk, by=made.administrator, at=at)
    by, later = made.administrator, at + timedelta(minutes=1)
    with worlds.as_owner():
        run = services.rehearsal_prepare(study=made.study, participants=1, seed=1, by=by, at=later)
        services.rehearsal_begin(run_id=run.pk, by=by, at=later)
        services.rehearsal_finish(run_id=run.pk, outcome=None, by=by, at=later)
    with pytest.raises(NotReadyToGoLive) as refusal:
        go_live(made, later)
    assert "rehearsal_failed" in codes(refusal)
    with pytest.raises(Conflict):
        services.rehearsal_sign(run_id=run.pk, by=made.administrator, at=later)


def test_the_monitors_signature_alone_does_not_suffice(
    made: worlds.SetUp, passed: RehearsalRun, at: datetime
) -> None:
    signature = services.rehearsal_sign(run_id=passed.pk, by=made.people["MONITOR"], at=at)
    assert (signature.manages, signature.as_role) == (False, "Monitor")
    with pytest.raises(NotReadyToGoLive) as refusal:
        go_live(made, at)
    assert codes(refusal) == {"not_signed"}
    with pytest.raises(Conflict):
        services.rehearsal_sign(run_id=passed.pk, by=made.people["MONITOR"], at=at)


def test_who_may_do_what(made: worlds.SetUp, passed: RehearsalRun, at: datetime) -> None:
    for person in (made.people["MONITOR"], made.people["DE01 INVESTIGATOR"]):
        with pytest.raises(NotAllowed):
            go_live(made, at, by=person)
        with pytest.raises(NotAllowed):
            services.rehearsal_request(study=made.study, seed=1, by=person, at=at)
    for person in (made.people["DE01 INVESTIGATOR"], person_make("Olga Stern")):
        with pytest.raises(NotFound):
            services.rehearsal_sign(run_id=passed.pk, by=person, at=at)
    with pytest.raises(NotFound):
        go_live(made, at, by=User.objects.get(email="olga.stern@example.org"))


def test_another_studys_proof_is_none(made: worlds.SetUp, at: datetime) -> None:
    other = Study.objects.create(code="other", title="Other")
    proof = RehearsalProof(study_id=other.pk, run_id=other.pk, has_passed=True, is_signed=True)
    with pytest.raises(NotReadyToGoLive) as refusal:
        go_live_on(study_id=made.study.pk, proof=proof, by=made.administrator, at=at)
    assert codes(refusal) == {"other_study"}


def test_a_study_is_closed_once_nobody_is_left_in_it(
    made: worlds.SetUp, passed: RehearsalRun, at: datetime
) -> None:
    def close(reason: str = "Target reached") -> Study:
        return services.study_close(study_id=made.study.pk, reason=reason, by=made.administrator, at=at)

    with pytest.raises(NotClosable) as refusal:
        close()
    assert codes(refusal) == {"not_live"}
    services.rehearsal_sign(run_id=passed.pk, by=made.administrator, at=at)
    go_live(made, at)
    participant = participant_enroll(
        site_id=made.sites[0].pk, consented_at=at, by=made.people["DE01 COORDINATOR"], at=at, **PERSON
    )
    with pytest.raises(NotClosable) as refusal:
        close(reason=" ")
    assert codes(refusal) == {"participants_left", "reason_required"}
    participant.status = "SCREEN_FAILED"
    participant.save(update_fields=["status"])
    with pytest.raises(NotAllowed):
        services.study_close(study_id=made.study.pk, reason="No", by=made.people["MONITOR"], at=at)
    assert close().state == "CLOSED"
    assert AuditEvent.objects.get(kind="study.closed").reason == "Target reached"


def test_only_the_owner_rehearses(made: worlds.SetUp, at: datetime) -> None:
    run = services.rehearsal_request(study=made.study, seed=1, by=made.administrator, at=at)
    assert (run.state, run.participants) == ("QUEUED", 4)
    with pytest.raises(NotAllowed):
        services.rehearsal_begin(run_id=run.pk, by=made.administrator, at=at)
    with pytest.raises(NotAllowed):
        services.rehearsal_prepare(study=made.study, seed=1, by=made.administrator, at=at)
    with pytest.raises(Conflict):
        services.rehearsal_request(study=made.study, seed=1, by=made.administrator, at=at)


def test_the_application_cannot_pass_a_rehearsal_by_itself(
    made: worlds.SetUp, passed: RehearsalRun, at: datetime
) -> None:
    given = {
        "study": made.study, "participants": 1, "seed": 1, "first": 2, "weeks": 4,
        "finished_at": at, "recorded_at": at, "recorded_by": made.administrator,
    }  # fmt: skip
    with pytest.raises(DatabaseError, match="Only the owner's login"), transaction.atomic():
        RehearsalRun.objects.create(state="PASSED", **given)
    run = services.rehearsal_request(study=made.study, seed=1, by=made.administrator, at=at)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        RehearsalRun.objects.filter(pk=run.pk).update(state="PASSED")


@pytest.mark.parametrize("act", ["update", "delete"])
def test_a_verdict_stays_even_for_the_owner(passed: RehearsalRun, act: str) -> None:
    rows = RehearsalRun.objects.filter(pk=passed.pk)
    with (
        worlds.as_owner(),
        pytest.raises(DatabaseError, match="Cannot update or delete"),
        transaction.atomic(),
    ):
        rows.update(state="FAILED") if act == "update" else rows.delete()


def test_a_live_study_is_not_rehearsed(made: worlds.SetUp, at: datetime) -> None:
    Study.objects.filter(pk=made.study.pk).update(state="LIVE")
    made.study.refresh_from_db()
    with pytest.raises(Conflict, match="holds the places"):
        services.rehearsal_request(study=made.study, seed=1, by=made.administrator, at=at)


def test_an_interrupted_rehearsal_is_ended_by_the_next(made: worlds.SetUp, at: datetime) -> None:
    by = made.administrator
    with worlds.as_owner():
        first = services.rehearsal_prepare(study=made.study, participants=1, seed=1, by=by, at=at)
        services.rehearsal_begin(run_id=first.pk, by=by, at=at)
        second = services.rehearsal_prepare(study=made.study, participants=1, seed=1, by=by, at=at)
        services.rehearsal_begin(run_id=second.pk, by=by, at=at)
    first.refresh_from_db()
    assert first.state == "FAILED"
    assert first.findings[0]["code"] == "INTERRUPTED"
