"""Verifying the chains because somebody asked: a row that is due, and a worker that walks.

Who may ask is for whoever shows the button: this app knows no roles.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.audit import selectors
from apps.audit.domain.verification import VerificationState
from apps.audit.models import AuditVerification
from apps.audit.services.recording import Actor, event_record
from apps.core.exceptions import Conflict, Reason

#: A walk begun longer ago that nobody holds was left behind by a worker that is gone; it is taken up again.
_STALE = timedelta(minutes=20)


@transaction.atomic
def verification_request(*, study_code: str, by: Actor, at: datetime) -> AuditVerification:
    """
    Ask for a walk over the chains of a study; a worker makes it. Whether `by` may is the caller's to check.

    :raises Conflict: while one is under way
    """
    try:
        with transaction.atomic():
            run = AuditVerification.objects.create(
                study_code=study_code, requested_at=at, requested_by=by.id, requested_by_label=by.email
            )
    except IntegrityError:
        raise Conflict(Reason("under_way", "A verification of this study is under way.")) from None
    _record(run, "audit_verification.requested", by=by, at=at)
    return run


@transaction.atomic
def verification_claim(*, by: Actor, at: datetime) -> AuditVerification | None:
    """
    Take the verification that has waited longest; None when none waits. For the worker.

    One that is being made is held by its worker (`verification_make` locks its row) and is left to it.
    """
    waiting = Q(state=VerificationState.WAITING.value) | Q(
        state=VerificationState.RUNNING.value, begun_at__lt=at - _STALE
    )
    run = (
        AuditVerification.objects.select_for_update(skip_locked=True)
        .filter(waiting)
        .order_by("requested_at", "id")
        .first()
    )
    if run is None:
        return None
    run.state, run.begun_at = VerificationState.RUNNING.value, at
    run.save(update_fields=["state", "begun_at"])
    _record(run, "audit_verification.begun", by=by, at=at)
    return run


@transaction.atomic
def verification_make(*, run: AuditVerification, by: Actor, at: datetime) -> AuditVerification:
    """
    Walk the chains and the anchors, and keep what was found.

    :raises Conflict: if it was taken up by another worker since it was claimed
    :raises ValueError: if the copy of the anchors cannot be read
    """
    _hold(run)
    found = selectors.verdict(
        study_code=run.study_code,
        copies=selectors.copies_kept(settings.AUDIT_ANCHOR_FILE),
        key=settings.AUDIT_ANCHOR_KEY,
    )
    run.state, run.finished_at, run.is_whole = VerificationState.DONE.value, at, found.is_whole
    run.acts, run.chains, run.anchors, run.copies = found.acts, found.chains, found.anchors, found.copies
    run.fault = found.fault
    run.save()
    _record(
        run,
        "audit_verification.finished",
        by=by,
        at=at,
        whole=found.is_whole,
        acts=found.acts,
        fault=found.fault,
    )
    return run


@transaction.atomic
def verification_fail(*, run: AuditVerification, problem: str, by: Actor, at: datetime) -> AuditVerification:
    """
    Keep that a verification could not be made, and why.

    :raises Conflict: if it was taken up by another worker since it was claimed
    """
    _hold(run)
    run.state, run.finished_at, run.fault = VerificationState.FAILED.value, at, problem
    run.save(update_fields=["state", "finished_at", "fault"])
    _record(run, "audit_verification.failed", by=by, at=at)
    return run


def _hold(run: AuditVerification) -> None:
    """Lock a verification for the worker that claimed it, so that nobody takes it up while it is made."""
    is_held = (
        AuditVerification.objects.select_for_update(skip_locked=True)
        .filter(pk=run.pk, state=VerificationState.RUNNING.value, begun_at=run.begun_at)
        .exists()
    )
    if not is_held:
        raise Conflict(Reason("taken_up", "Another worker has taken up this verification."))


def _record(run: AuditVerification, kind: str, *, by: Actor, at: datetime, **detail: object) -> None:
    event_record(kind=kind, by=by, at=at, subject=run, study=run.study_code, detail=detail)
