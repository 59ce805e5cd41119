"""Replaying a list: everything that was drawn is made again from the seed and compared, step by step."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, NotFound, Reason
from apps.randomization import selectors, unblinded
from apps.randomization.domain.kinds import Purpose, ReplayState
from apps.randomization.models import ListVerification
from apps.studies import access
from apps.studies.domain.permissions import Permission

_STALE = timedelta(minutes=20)
"""A replay begun longer ago that nobody holds was left behind by a worker that is gone; it is taken up again."""
_SHOWN = 20
"""So many differences are kept; the first is what matters."""


@transaction.atomic
def verification_request(*, list_id: UUID, by: User, at: datetime) -> ListVerification:
    """
    Ask for the replay of a live list; the unblinded worker makes it.

    :raises NotFound: for a list the person may not see
    :raises NotAllowed: without ``list:verify``
    :raises Conflict: while one is under way
    """
    made = selectors.list_get(viewer=by, list_id=list_id, now=at)
    if made.purpose != Purpose.LIVE.value:
        raise NotFound("There is no such list.")
    access.check(user=by, permission=Permission.LIST_VERIFY, study_id=made.study_id, now=at)
    under_way = made.verifications.filter(state__in=[ReplayState.WAITING.value, ReplayState.RUNNING.value])
    if under_way.exists():
        raise Conflict(Reason("under_way", "A replay of this list is under way."))
    run = ListVerification.objects.create(list=made, recorded_at=at, recorded_by=by)
    event_record(
        kind="list_replay.requested",
        by=by,
        at=at,
        subject=run,
        study=made.study.code,
        detail={"list": made.code},
    )
    return run


@transaction.atomic
def verification_claim(*, by: User, at: datetime) -> ListVerification | None:
    """
    Take the replay that has waited longest; None when none waits. For the unblinded worker.

    One that is being made is held by its worker (`verification_make` locks its row) and is left to it, however
    long it takes.
    """
    waiting = Q(state=ReplayState.WAITING.value) | Q(
        state=ReplayState.RUNNING.value, begun_at__lt=at - _STALE
    )
    run = (
        ListVerification.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("list__study", "list__protocol_version", "recorded_by")
        .filter(waiting)
        .order_by("recorded_at", "id")
        .first()
    )
    if run is None:
        return None
    run.state = ReplayState.RUNNING.value
    run.begun_at = at
    run.save(update_fields=["state", "begun_at"])
    _record(run, "list_replay.begun", by=by, at=at)
    return run


@transaction.atomic
def verification_make(*, run: ListVerification, by: User, at: datetime) -> ListVerification:
    """
    Replay a list and keep the verdict. Its differences are told without arms.

    :raises Conflict: if it was taken up by another worker since it was claimed
    :raises NotAllowed: if this process or the person who asked may not read arms
    """
    _hold(run)
    material = unblinded.list_material(
        list_id=run.list_id, by=run.recorded_by, reason="a replay that was asked for"
    )
    verdict = selectors.replayed(run.list, material)
    run.state = ReplayState.DONE.value
    run.finished_at = at
    run.agrees = not verdict.differences
    run.places, run.draws = verdict.places, verdict.draws
    run.differences = [found.text for found in verdict.differences[:_SHOWN]]
    run.save()
    _record(run, "list_replay.finished", by=by, at=at, agrees=run.agrees, draws=run.draws)
    return run


@transaction.atomic
def verification_fail(*, run: ListVerification, problem: str, by: User, at: datetime) -> ListVerification:
    """
    Keep that a replay could not be made, in words without data.

    :raises Conflict: if it was taken up by another worker since it was claimed
    """
    _hold(run)
    run.state = ReplayState.FAILED.value
    run.finished_at = at
    run.differences = [problem]
    run.save()
    _record(run, "list_replay.failed", by=by, at=at)
    return run


def _hold(run: ListVerification) -> None:
    """Lock a replay for the worker that claimed it, so that nobody takes it up while it is made."""
    is_held = (
        ListVerification.objects.select_for_update(skip_locked=True)
        .filter(pk=run.pk, state=ReplayState.RUNNING.value, begun_at=run.begun_at)
        .exists()
    )
    if not is_held:
        raise Conflict(Reason("taken_up", "Another worker has taken up this replay."))


def _record(run: ListVerification, kind: str, *, by: User, at: datetime, **detail: object) -> None:
    event_record(
        kind=kind,
        by=by,
        at=at,
        subject=run,
        study=run.list.study.code,
        detail={"list": run.list.code, **detail},
    )
