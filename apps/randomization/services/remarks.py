"""What is said of an allocation afterwards: randomized in error, drawn from the wrong stratum.

The place stays used, nobody is drawn again, and the analysis keeps the allocation as it was made (ICH E9 5.2.1).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, Reason
from apps.randomization import selectors
from apps.randomization.domain.kinds import REMARK_LABELS, Remark
from apps.randomization.models import AllocationRemark
from apps.studies import access
from apps.studies.domain.permissions import Permission


@transaction.atomic
def allocation_remark(
    *, participant_id: UUID, kind: Remark, reason: str, by: User, at: datetime
) -> AllocationRemark:
    """
    Add a remark to a participant's allocation, once of each kind.

    :raises NotFound: for a participant who is absent, at another site, or not randomized
    :raises NotAllowed: without ``allocation:remark`` at the site
    :raises Invalid: without a reason
    :raises Conflict: if this was said before
    """
    allocation = selectors.allocation_for(viewer=by, participant_id=participant_id, now=at)
    participant = allocation.participant
    access.check(user=by, permission=Permission.ALLOCATION_REMARK, site_id=participant.site_id, now=at)
    if not reason.strip():
        raise Invalid(Reason("reason_required", "Say what happened.", "reason"))
    try:
        with transaction.atomic():
            remark = AllocationRemark.objects.create(
                allocation=allocation,
                kind=kind.value,
                reason=reason.strip(),
                recorded_at=at,
                recorded_by=by,
            )
    except IntegrityError:
        raise Conflict(
            Reason("said_before", f"“{REMARK_LABELS[kind]}” is recorded already.", "kind")
        ) from None
    event_record(
        kind="allocation.remarked",
        by=by,
        at=at,
        subject=allocation,
        study=allocation.study.code,
        site=participant.site.code,
        participant=participant.number,
        reason=reason.strip(),
        detail={"remark": kind.value, "randomization_number": allocation.randomization_number},
    )
    return remark
