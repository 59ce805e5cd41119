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
from apps.dosing.services.steps import in_trial_reasons, record
from apps.schedule import selectors as schedule
from apps.schedule.domain.acts import over_reasons, window_reasons
from apps.schedule.domain.windows import spacing_reasons
from apps.schedule.models import Visit
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import protocol_of


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
    reasons = [*check_in_reasons(visit=visit, now=at), *_chair_reasons(visit, chair)]
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
    record("session.checked_in", session, by=by, at=at, detail={"chair": chair})
    return session


def check_in_reasons(*, visit: Visit, now: datetime) -> tuple[Reason, ...]:
    """Return every ground against opening a session at a visit now, the chair aside: what a page shows before."""
    participant = visit.participant
    protocol, tz = protocol_of(participant.protocol_version), schedule.zone_of(participant)
    reasons = [
        *in_trial_reasons(participant),
        *over_reasons(schedule.status_of(visit, now=now)),
    ]
    if not visit.is_dose:
        return (*reasons, Reason("no_dosing_visit", "No dose is planned at this visit."))
    # The first dose carries the windows: on another day they move with it.
    if not schedule.carries_windows(visit, protocol=protocol):
        reasons += window_reasons(window=schedule.window_of(visit), at=now, tz=tz)
        if schedule.first_dose_waits(participant=participant):
            reasons.append(Reason("first_dose_first", "The first dose was not given yet."))
    reasons += spacing_reasons(
        on=now.astimezone(tz).date(),
        other_doses=schedule.dose_dates_given(participant=participant, but_not=visit.pk),
        spacing=protocol.spacing,
    )
    if selectors.session_that_counts(visit_id=visit.pk) is not None:
        reasons.append(Reason("session_open", "This visit has a session already."))
    return tuple(reasons)


def _chair_reasons(visit: Visit, chair: int) -> tuple[Reason, ...]:
    site = visit.participant.site
    if not 1 <= chair <= site.chairs:
        return (Reason("no_such_chair", f"The site has chairs 1 to {site.chairs}.", "chair"),)
    if chair not in selectors.chairs_free(site=site):
        return (Reason("chair_taken", f"Somebody sits in chair {chair}.", "chair"),)
    return ()
