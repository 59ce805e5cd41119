"""Signing the report, and the two steps it opens: going live, and closing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, NotAllowed, NotFound, Reason
from apps.rehearsal.models import RehearsalSignature
from apps.rehearsal.selectors import proof_of, run_get, standing_of
from apps.rehearsal.services.runs import study_locked
from apps.studies import access
from apps.studies import services as studies
from apps.studies.domain.permissions import ROLE_LABELS, Permission
from apps.studies.models import Study

#: What a signature says.
MEANING = "I have read this report and agree that the study goes live as it was rehearsed."


@transaction.atomic
def rehearsal_sign(*, run_id: UUID, by: User, at: datetime) -> RehearsalSignature:
    """
    Sign the report of a rehearsal that passed. The caller has made sure that the person is the person signed in.

    :raises NotFound: if there is none in a study of the person's
    :raises Conflict: if it has not passed, or the person signed it before
    """
    run = run_get(viewer=by, run_id=run_id, now=at)
    if run.state != "PASSED":
        raise Conflict(Reason("not_passed", "Only the report of a rehearsal that passed is signed."))
    manages = access.can(user=by, permission=Permission.STUDY_MANAGE, study_id=run.study_id, now=at)
    roles = sorted(access.roles_of(user=by, now=at, study_id=run.study_id))
    if not roles:
        raise NotAllowed(Reason("not_allowed", "You hold no role in this study."))
    try:
        with transaction.atomic():
            signature = RehearsalSignature.objects.create(
                run=run,
                meaning=MEANING,
                as_role=", ".join(ROLE_LABELS[role] for role in roles)[:60],
                manages=manages,
                digest=run.digest,
                recorded_at=at,
                recorded_by=by,
            )
    except IntegrityError:
        raise Conflict(Reason("signed", "You have signed this report already.")) from None
    event_record(
        kind="rehearsal.signed",
        by=by,
        at=at,
        subject=run,
        study=run.study.code,
        detail={"meaning": MEANING, "digest": run.digest, "manages": manages},
    )
    return signature


@transaction.atomic
def study_go_live(*, study_id: UUID, by: User, at: datetime) -> Study:
    """
    Let a study take participants in, on the proof of its latest rehearsal.

    :raises NotFound: if the person belongs to no such study
    :raises NotAllowed: without study:manage in the whole study
    :raises Conflict: while the study is being rehearsed
    :raises apps.studies.services.NotReadyToGoLive: with every reason against
    """
    study = _study(study_id, by=by, at=at)
    return studies.study_go_live(study_id=study.pk, proof=proof_of(study=study, now=at), by=by, at=at)


@transaction.atomic
def study_close(*, study_id: UUID, reason: str, by: User, at: datetime) -> Study:
    """
    Close a live study nobody is in any more.

    :raises NotFound: if the person belongs to no such study
    :raises NotAllowed: without study:manage in the whole study
    :raises Conflict: while the study is being rehearsed
    :raises apps.studies.services.NotClosable: with every reason against
    """
    study = _study(study_id, by=by, at=at)
    return studies.study_close(
        study_id=study.pk, standing=standing_of(study=study), reason=reason, by=by, at=at
    )


def _study(study_id: UUID, *, by: User, at: datetime) -> Study:
    """Return the study, locked before the proof is computed, once it is known that the person may manage it."""
    if not access.delegations_active(user=by, now=at).filter(study_id=study_id).exists():
        raise NotFound("There is no such study.")
    access.check(user=by, permission=Permission.STUDY_MANAGE, study_id=study_id, now=at)
    return study_locked(study_id)
