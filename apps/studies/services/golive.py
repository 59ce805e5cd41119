"""From set-up to live, and from live to closed: the two steps that decide whether anybody can be enrolled.

Nothing else makes a study live; only the demo's seeder writes its fictional studies in the state of their story.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, NotFound, Reason, Refused
from apps.studies import access
from apps.studies.domain.golive import (
    CLOSED,
    LIVE,
    RehearsalProof,
    Standing,
    closing_reasons,
    go_live_reasons,
)
from apps.studies.domain.permissions import Permission
from apps.studies.models import Study


class NotReadyToGoLive(Refused):
    """Something stands against taking participants in."""

    code = "not_ready_to_go_live"
    title = "The study cannot go live now"


class NotClosable(Refused):
    """Something stands against closing the study."""

    code = "not_closable"
    title = "The study cannot be closed now"


@transaction.atomic
def study_go_live(*, study_id: UUID, proof: RehearsalProof, by: User, at: datetime) -> Study:
    """
    Let a study take participants in, if a signed rehearsal of its exact configuration passed.

    The proof comes from above (`rehearsal.services`), computed in this transaction.

    :raises NotFound: if the person belongs to no such study
    :raises NotAllowed: without study:manage in the whole study
    :raises NotReadyToGoLive: with every reason against
    :raises Conflict: while the study is being rehearsed
    """
    study = _study_locked(study_id, by=by, at=at)
    if proof.study_id != study.pk:
        raise NotReadyToGoLive(Reason("other_study", "The rehearsal is another study's."))
    if reasons := go_live_reasons(state=study.state, proof=proof):
        raise NotReadyToGoLive.because(reasons)
    study.state = LIVE
    study.save(update_fields=["state"])
    event_record(
        kind="study.went_live",
        by=by,
        at=at,
        subject=study,
        study=study.code,
        detail={"rehearsal": str(proof.run_id), "configuration": dict(proof.current)},
    )
    return study


@transaction.atomic
def study_close(*, study_id: UUID, standing: Standing, reason: str, by: User, at: datetime) -> Study:
    """
    Close a live study: from now on nobody enters it, and its reminders cease.

    `standing` comes from above, computed in this transaction.

    :raises NotFound: if the person belongs to no such study
    :raises NotAllowed: without study:manage in the whole study
    :raises NotClosable: with every reason against
    """
    study = _study_locked(study_id, by=by, at=at)
    if standing.study_id != study.pk:
        raise NotClosable(Reason("other_study", "The count is another study's."))
    if reasons := closing_reasons(state=study.state, standing=standing, reason=reason):
        raise NotClosable.because(reasons)
    study.state = CLOSED
    study.save(update_fields=["state"])
    event_record(
        kind="study.closed", by=by, at=at, subject=study, study=study.code, reason=reason.strip(), detail={}
    )
    return study


def _study_locked(study_id: UUID, *, by: User, at: datetime) -> Study:
    mine = access.delegations_active(user=by, now=at).filter(study_id=study_id)
    if not mine.exists():
        raise NotFound("There is no such study.")
    access.check(user=by, permission=Permission.STUDY_MANAGE, study_id=study_id, now=at)
    try:
        with transaction.atomic():
            return Study.objects.select_for_update(nowait=True, no_key=True).get(pk=study_id)
    except DatabaseError:
        raise Conflict(
            Reason("busy", "The study is being rehearsed or changed at this moment. Try again later.")
        ) from None
