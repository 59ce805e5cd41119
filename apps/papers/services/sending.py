"""That the sheet of a session was sent, and taking it back when that was wrong."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, NotFound, Reason
from apps.dosing import selectors as dosing
from apps.dosing.models import DosingSession
from apps.papers import selectors
from apps.papers.models import SheetSending
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import protocol_of

REFERENCE_LENGTH, REASON_LENGTH = 100, 300


@transaction.atomic
def sheet_sending_record(
    *, session_id: UUID, sent_on: date, by: User, at: datetime, reference: str = ""
) -> SheetSending:
    """
    Record that the sheet of a session was sent on a day, under the receiver's reference if there is one.

    :raises NotFound: if the session is not there for `by`, or its protocol asks for no sheet
    :raises NotAllowed: if `by` may not send sheets at this site
    :raises Conflict: if it stands as sent already
    :raises Invalid: if the day cannot be right
    """
    session = _session(session_id, by=by, at=at)
    before = selectors.last_sending(session_id=session.pk)
    if before is not None and before.sent_on is not None:
        raise Conflict(
            Reason("already_sent", f"It stands as sent on {before.sent_on:%d %B %Y} by {before.recorded_by}.")
        )
    zone = ZoneInfo(session.site.time_zone)
    grounds = []
    if session.dosed_at is None or session.ended_at is None:
        grounds.append(Reason("not_over", "The session is not over, or no dose was given.", "sent_on"))
    else:
        if sent_on < session.dosed_at.astimezone(zone).date():
            grounds.append(Reason("before_session", "That is before the session.", "sent_on"))
        if sent_on > at.astimezone(zone).date():
            grounds.append(Reason("in_the_future", "That day has not come yet.", "sent_on"))
    if len(reference) > REFERENCE_LENGTH:
        grounds.append(Reason("too_long", f"At most {REFERENCE_LENGTH} characters.", "reference"))
    if grounds:
        raise Invalid(*grounds)
    return _line(session, before, by=by, at=at, sent_on=sent_on, reference=reference.strip())


@transaction.atomic
def sheet_sending_take_back(*, session_id: UUID, reason: str, by: User, at: datetime) -> SheetSending:
    """
    Record that the sheet was not sent after all, and why the earlier line was wrong. Both lines stay.

    :raises NotFound: if the session is not there for `by`, or its protocol asks for no sheet
    :raises NotAllowed: if `by` may not send sheets at this site
    :raises Conflict: if it does not stand as sent
    :raises Invalid: if no reason is given
    """
    session = _session(session_id, by=by, at=at)
    before = selectors.last_sending(session_id=session.pk)
    if before is None or before.sent_on is None:
        raise Conflict(Reason("not_sent", "It does not stand as sent."))
    if not reason.strip():
        raise Invalid(Reason("reason_missing", "Say why the earlier line was wrong.", "reason"))
    if len(reason) > REASON_LENGTH:
        raise Invalid(Reason("too_long", f"At most {REASON_LENGTH} characters.", "reason"))
    return _line(session, before, by=by, at=at, reason=reason.strip())


def _session(session_id: UUID, *, by: User, at: datetime) -> DosingSession:
    session = dosing.session_get(viewer=by, session_id=session_id, now=at, lock=True)
    access.check(user=by, permission=Permission.SHEET_SEND, site_id=session.site_id, now=at)
    if protocol_of(session.participant.protocol_version).sheet is None:
        raise NotFound("The protocol asks for no such sheet.")
    return session


def _line(
    session: DosingSession,
    before: SheetSending | None,
    *,
    by: User,
    at: datetime,
    sent_on: date | None = None,
    reference: str = "",
    reason: str = "",
) -> SheetSending:
    line = SheetSending.objects.create(
        session=session,
        ordinal=before.ordinal + 1 if before else 1,
        sent_on=sent_on,
        reference=reference,
        reason=reason,
        recorded_at=at,
        recorded_by=by,
    )
    event_record(
        kind="sheet.sent" if sent_on else "sheet.taken_back",
        by=by,
        at=at,
        subject=line,
        study=session.participant.study.code,
        site=session.site.code,
        participant=session.participant.number,
        reason=reason,
        detail={"visit": session.visit.code, "sent_on": sent_on.isoformat() if sent_on else None},
    )
    return line
