"""The life of a rehearsal: asked for by the web, begun and ended by the owner's login."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError, transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, NotAllowed, Reason
from apps.core.release import RELEASE
from apps.rehearsal.domain.configuration import whole
from apps.rehearsal.domain.findings import Check, Finding, in_order
from apps.rehearsal.models import RehearsalRun
from apps.rehearsal.selectors import configuration_read, sealed
from apps.rehearsal.services.performing import Outcome
from apps.rehearsal.services.playing import parts_of
from apps.studies import access
from apps.studies.domain.golive import SETUP
from apps.studies.domain.permissions import Permission
from apps.studies.models import Study
from apps.studies.selectors import protocol_version_current

#: Most made-up participants a rehearsal plays; each takes some seconds.
MOST, USUAL = 200, 12
MOST_SEED = 2**31 - 1
WEEKS = 4
INTERRUPTED = Finding(Check.PLAY, "INTERRUPTED", "The rehearsal was interrupted before it ended.")


@transaction.atomic
def rehearsal_request(
    *, study: Study, participants: int | None = None, seed: int, by: User, at: datetime
) -> RehearsalRun:
    """
    Ask for a rehearsal; whoever has the owner's login runs it. Without a number of participants it plays one for each
    cell of the design, twelve at most.

    :raises NotAllowed: without study:manage in the whole study
    :raises Invalid: with every value that cannot be right
    :raises Conflict: if the study is not in set-up, or a rehearsal waits or runs
    """
    access.check(user=by, permission=Permission.STUDY_MANAGE, study_id=study.pk, now=at)
    if RehearsalRun.objects.filter(study=study, state="QUEUED").exists():
        raise Conflict(Reason("waiting", "A rehearsal of this study waits to be run already."))
    return _create(study, participants, seed, by=by, at=at)


@transaction.atomic
def rehearsal_prepare(
    *, study: Study, participants: int | None = None, seed: int, by: User, at: datetime
) -> RehearsalRun:
    """
    Make a rehearsal for the operator who runs it at once with the owner's login.

    :raises NotAllowed: with another login
    :raises Invalid, Conflict: as for asking for one; what waits already is left to wait
    """
    _check_owner()
    return _create(study, participants, seed, by=by, at=at)


@transaction.atomic
def rehearsal_begin(*, run_id: UUID, by: User, at: datetime) -> RehearsalRun:
    """
    Take a waiting rehearsal up. One that was interrupted before is ended as failed.

    :raises NotAllowed: unless the process is logged in to the database as its owner
    :raises Conflict: if it is not waiting, the study is not in set-up, or it is being rehearsed at this moment
    """
    _check_owner()
    run = RehearsalRun.objects.select_for_update(of=("self",)).select_related("study").get(pk=run_id)
    study = study_locked(run.study_id)
    if run.state != "QUEUED":
        raise Conflict(Reason("not_waiting", "This rehearsal does not wait any more."))
    _check_in_setup(study)
    for left in RehearsalRun.objects.select_for_update().filter(study=study, state="RUNNING"):
        left.state, left.finished_at, left.findings = "FAILED", at, [INTERRUPTED.stored()]
        left.save(update_fields=["state", "finished_at", "findings"])
        _record("rehearsal.failed", left, by=by, at=at, findings=[INTERRUPTED.code])
    run.state, run.started_at, run.release = "RUNNING", at, RELEASE
    run.protocol_version = protocol_version_current(study=study, now=at)
    run.save(update_fields=["state", "started_at", "release", "protocol_version"])
    _record("rehearsal.started", run, by=by, at=at)
    return run


@transaction.atomic
def rehearsal_finish(*, run_id: UUID, outcome: Outcome | None, by: User, at: datetime) -> RehearsalRun:
    """
    Write down what a rehearsal found; None where it was interrupted. Passed is what found nothing.

    :raises NotAllowed: unless the process is logged in to the database as its owner
    :raises Conflict: if it is not running
    """
    _check_owner()
    run = RehearsalRun.objects.select_for_update(of=("self",)).select_related("study").get(pk=run_id)
    if run.state != "RUNNING":
        raise Conflict(Reason("not_running", "This rehearsal is not running any more."))
    found = in_order(outcome.findings) if outcome is not None else (INTERRUPTED,)
    run.findings = [finding.stored() for finding in found]
    if outcome is not None:
        run.parts, run.digest, run.played = dict(outcome.parts), whole(outcome.parts), dict(outcome.counts)
    run.state = "FAILED" if found else "PASSED"
    run.finished_at = at
    run.save(update_fields=["findings", "parts", "digest", "played", "state", "finished_at"])
    codes = sorted({finding.code for finding in found})
    _record(f"rehearsal.{run.state.lower()}", run, by=by, at=at, findings=codes, digest=run.digest)
    return run


def study_locked(study_id: UUID) -> Study:
    """
    Return a study locked for this transaction.

    :raises Conflict: if somebody holds it, which a rehearsal does as long as it plays
    """
    try:
        with transaction.atomic():
            return Study.objects.select_for_update(nowait=True, no_key=True).get(pk=study_id)
    except DatabaseError:
        raise Conflict(Reason("busy", "The study is being rehearsed or changed at this moment.")) from None


def _create(study: Study, participants: int | None, seed: int, *, by: User, at: datetime) -> RehearsalRun:
    reasons = []
    if participants is not None and not 1 <= participants <= MOST:
        reasons.append(Reason("out_of_range", f"From 1 to {MOST} participants.", "participants"))
    if not 0 <= seed <= MOST_SEED:
        reasons.append(Reason("out_of_range", f"From 0 to {MOST_SEED}.", "seed"))
    if reasons:
        raise Invalid(*reasons)
    _check_in_setup(study)
    configuration = configuration_read(study=study, now=at)
    on = (at + timedelta(days=1)).date()
    every = parts_of(study=study, configuration=configuration, count=MOST, on=on)
    count = participants or min(USUAL, max(2, len({(part.site.pk, part.wanted) for part in every})))
    run = RehearsalRun.objects.create(
        study=study,
        participants=count,
        seed=seed,
        first=max(2, -(-count // (len(configuration.open_sites(on)) or 1))),
        weeks=WEEKS,
        recorded_at=at,
        recorded_by=by,
    )
    _record("rehearsal.requested", run, by=by, at=at)
    return run


def _check_in_setup(study: Study) -> None:
    if study.state != SETUP:
        raise Conflict(
            Reason(
                "not_in_setup", "Only a study in set-up is rehearsed: the play holds the places of its lists."
            )
        )


def _check_owner() -> None:
    if not sealed.is_owner():
        raise NotAllowed(
            Reason("not_the_owner", "Only the database owner's login can rehearse; set DATABASE_URL to it.")
        )


def _record(kind: str, run: RehearsalRun, *, by: User, at: datetime, **detail: object) -> None:
    event_record(
        kind=kind,
        by=by,
        at=at,
        subject=run,
        study=run.study.code,
        detail={"participants": run.participants, "seed": run.seed, **detail},
    )
