"""Asking for the dose: by the titration rule, blind, for kit numbers and nothing else."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Invalid, Reason
from apps.dosing import selectors
from apps.dosing.domain.dose import dose_reasons
from apps.dosing.domain.session import SessionState
from apps.dosing.models import DosingSession
from apps.dosing.services.acts import act_record
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.supply.services import kits_for_session

_BEFORE_THE_DOSE = frozenset(
    {SessionState.CHECKED_IN.value, SessionState.WITHHELD.value, SessionState.CLEARED.value}
)


@transaction.atomic
def dose_request(
    *, session_id: UUID, dose_mg: int | None, version: int, by: User, at: datetime
) -> DosingSession:
    """
    Ask for the dose of this visit, and get its kits. `dose_mg` is None where the allocation fixes the dose.

    A choice is the investigator's. Where the protocol leaves none (first dose, stable weeks, fixed dose), whoever
    gives the dose may ask for it. The request looks the same in every arm.

    :raises NotFound: if there is no such session at the person's sites
    :raises NotAllowed: if the person may not ask for this dose there
    :raises Conflict: if the session changed since it was read, or its dose was asked for already
    :raises Invalid: if the protocol does not open this dose at this visit
    :raises KitsShort: if the site's stock does not cover it
    """
    session = selectors.session_to_act(
        session_id=session_id, permission=Permission.SESSION_READ, version=version, by=by, at=at
    )
    protocol = selectors.protocol_for(session)
    options = selectors.dose_choices(session=session, protocol=protocol)
    may_give = access.can(user=by, permission=Permission.DOSE_GIVE, site_id=session.site_id, now=at)
    if not (options.is_decided and may_give):
        access.check(user=by, permission=Permission.DOSE_REQUEST, site_id=session.site_id, now=at)
    if session.state not in _BEFORE_THE_DOSE:
        raise Conflict(Reason("too_late", "The dose is asked for before the first spray."))
    if session.dose_requested_at is not None:
        raise Conflict(Reason("dose_requested", "The dose of this session was asked for already."))
    grounds = (
        *selectors.in_trial_reasons(session.participant),
        *dose_reasons(options=options, dose_mg=dose_mg, day=session.visit.day),
    )
    if grounds:
        raise Invalid.because(grounds)

    kits = kits_for_session(
        participant_id=session.participant_id,
        visit_code=session.visit.code,
        dose_mg=dose_mg,
        by=by,
        at=at,
    )
    session.dose_mg, session.dose_requested_at, session.dose_requested_by = dose_mg, at, by
    session.version += 1
    session.save()

    act_record(
        kind="dose.requested",
        session=session,
        by=by,
        at=at,
        detail={"dose_mg": dose_mg, "kits": [kit.number for kit in kits]},
    )
    return session
