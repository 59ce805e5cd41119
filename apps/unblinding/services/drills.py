"""Drills: the whole way to an answer, for somebody who does not exist, with the clock running."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, NotFound, Reason
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Study
from apps.studies.selectors import protocol_of, protocol_version_current
from apps.unblinding import selectors
from apps.unblinding.domain.modes import Mode
from apps.unblinding.models import Drill, Opening
from apps.unblinding.services.envelopes import Ask, Revealed, ask, check_number, ground_reasons, open_once


@transaction.atomic
def drill_start(*, site_id: UUID, by: User, at: datetime) -> Drill:
    """
    Start a drill at a site: the clock runs from now. Its subject is DRILL-0001, DRILL-0002 and so on in the study.

    :raises NotFound: if the site is absent or not the person's
    :raises NotAllowed: without unblinding:open at the site
    """
    site = (
        access.sites_where(user=by, permission=Permission.UNBLINDING_READ, now=at).filter(pk=site_id).first()
    )
    if site is None:
        raise NotFound("There is no such site.")
    access.check(user=by, permission=Permission.UNBLINDING_OPEN, site_id=site.pk, now=at)
    study = Study.objects.select_for_update().get(pk=site.study_id)
    subject = f"DRILL-{Drill.objects.filter(study=study).count() + 1:04d}"
    drill = Drill.objects.create(study=study, site=site, subject=subject, recorded_at=at, recorded_by=by)
    event_record(
        kind="drill.started",
        by=by,
        at=at,
        subject=drill,
        study=study.code,
        site=site.code,
        detail={"subject": subject},
    )
    return drill


def drill_open(
    *, drill_id: UUID, key: UUID, number: str, category: str, reason: str, by: User, at: datetime
) -> Revealed:
    """
    Open the drill's envelope by the same steps as a real one. The label is one of the protocol's, and means nothing.

    :raises NotFound: if it is somebody else's drill
    :raises Invalid: with everything wrong in ground and number
    :raises Conflict: if the drill is over
    """
    drill = selectors.drill_get(viewer=by, drill_id=drill_id, now=at)
    if drill.recorded_by_id != by.pk:
        raise NotFound("There is no such drill.")
    if reasons := ground_reasons(category=category, reason=reason):
        raise Invalid(*reasons)
    check_number(number, number=drill.subject)
    if Opening.objects.filter(drill=drill).exclude(pk=key).exists():
        raise Conflict(Reason("over", "This drill is over; start another one."))
    protocol = protocol_of(protocol_version_current(study=drill.study, now=at))
    wanted = Ask(
        key,
        Mode.DRILL,
        drill.site,
        None,
        by,
        category,
        reason.strip(),
        drill=drill,
        labels=tuple(arm.label for arm in protocol.arms),
    )
    return open_once(ask(wanted, by=by, at=at), by=by, at=at)
