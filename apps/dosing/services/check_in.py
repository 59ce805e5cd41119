"""Check-in: the participant takes a chair on a dosing day."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Reason, Refused
from apps.dosing import selectors
from apps.dosing.domain.session import CHECK_IN, START
from apps.dosing.models import DosingSession, SessionTransition
from apps.dosing.services.acts import act_record
from apps.schedule.models import Visit
from apps.studies import access
from apps.studies.domain.permissions import Permission


class CheckInRefused(Refused):
    """No session can be opened at this visit now."""

    code = "check_in_refused"
    title = "No session can be opened now"


@transaction.atomic
def session_check_in(*, visit_id: UUID, chair: int, by: User, at: datetime) -> DosingSession:
    """
    Open a session at a dosing visit, in a chair.

    :raises NotFound: if there is no such visit where the person may check in
    :raises CheckInRefused: with every ground: no dosing visit, held, missed, outside the window, too close to
        another dose, left the trial, no consent, a session that counts already, no such chair, chair taken
    :raises Conflict: if somebody else took the chair or opened the session at the same moment
    """
    visit = selectors.visit_for_check_in(viewer=by, visit_id=visit_id, now=at, lock=True)
    access.check(user=by, permission=Permission.SESSION_CHECK_IN, site_id=visit.participant.site_id, now=at)
    reasons = [*selectors.check_in_reasons(visit=visit, now=at), *_chair_reasons(visit, chair)]
    if reasons:
        raise CheckInRefused.because(reasons)

    try:
        with transaction.atomic():
            session = DosingSession.objects.create(
                visit=visit,
                participant=visit.participant,
                site=visit.participant.site,
                state=START.value,
                chair=chair,
                checked_in_at=at,
                recorded_at=at,
                recorded_by=by,
            )
    except IntegrityError:
        raise Conflict(
            Reason("taken_meanwhile", "Somebody took this chair or opened this session just now.", "chair")
        ) from None
    SessionTransition.objects.create(
        session=session, action=CHECK_IN, to_state=START.value, at=at, recorded_at=at, recorded_by=by
    )
    act_record(kind="session.checked_in", session=session, by=by, at=at, detail={"chair": chair})
    return session


def _chair_reasons(visit: Visit, chair: int) -> tuple[Reason, ...]:
    site = visit.participant.site
    if not 1 <= chair <= site.chairs:
        return (Reason("no_such_chair", f"The site has chairs 1 to {site.chairs}.", "chair"),)
    if chair not in selectors.chairs_free(site=site):
        return (Reason("chair_taken", f"Somebody sits in chair {chair}.", "chair"),)
    return ()
