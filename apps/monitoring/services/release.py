"""The end of the two hours."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.events import publish
from apps.core.exceptions import Invalid, Reason, Refused
from apps.dosing import services as dosing
from apps.dosing.domain.session import SessionAction, SessionState, next_state
from apps.monitoring.domain.clearance import NotYet, clearance, conditions_kept, ready_minute
from apps.monitoring.domain.conditions import CONFIRMED_KINDS, Statement
from apps.monitoring.domain.events import ParticipantReleased
from apps.monitoring.models import Release
from apps.monitoring.selectors import Watch
from apps.monitoring.services.steps import act_record, watch_locked
from apps.studies import access
from apps.studies.domain.permissions import Permission

ACCEPTED_LENGTH = 500


class NotReady(Refused):
    """The participant may not leave yet; every unmet condition is a reason."""

    code = "not_ready"
    title = "The participant may not leave yet"


@transaction.atomic
def participant_release(
    *,
    session_id: UUID,
    statement: Statement,
    by: User,
    at: datetime,
) -> Release:
    """
    Let the participant go, if every condition of the protocol holds at `at`; nothing else can end the two hours.

    `statement` holds the conditions that rest on the signer's word, and an investigator's reasons where the protocol
    lets their judgement stand in for a limit; who `by` is decides whether those count. The page has checked the
    signature.

    :raises NotFound: if the session is not there for `by`
    :raises NotAllowed: if `by` may not discharge at this site
    :raises IllegalTransition: if the session is not being observed
    :raises Invalid: if a code is no such condition of the protocol
    :raises NotReady: with every unmet condition and what would meet it
    """
    watch = watch_locked(session_id, by=by, at=at, permission=Permission.SESSION_DISCHARGE)
    session = watch.session
    next_state(SessionState(session.state), SessionAction.DISCHARGE)
    statement = statement_check(watch, statement, by=by, at=at)

    answer = clearance(
        session_id=session.pk,
        rule=watch.protocol.discharge,
        readings=watch.readings,
        baseline=watch.baseline,
        findings=watch.open_findings,
        dosed_at=session.dosed_at,
        last_spray_at=watch.last_spray_at,
        statement=statement,
        now=at,
    )
    if isinstance(answer, NotYet):
        raise NotReady(
            *(
                Reason(verdict.code, f"{verdict.label}: {verdict.needed}.", verdict.code)
                for verdict in answer.reasons
            )
        )

    release = Release.objects.create(
        session=session,
        released_at=at,
        minutes_observed=answer.minutes_observed,
        ready_minute=ready_minute_of(watch),
        statement={"confirmed": sorted(statement.confirmed), "accepted": dict(statement.accepted)},
        conditions=conditions_kept(watch.conditions(statement)),
        rule_digest=answer.rule_digest,
        recorded_at=at,
        recorded_by=by,
    )
    dosing.session_discharge(session_id=session.pk, clearance=answer, by=by, at=at)

    act_record(
        "participant.released",
        session,
        subject=release,
        by=by,
        at=at,
        reason="; ".join(statement.accepted.values()),
        detail={"minutes_observed": answer.minutes_observed, "statement": release.statement},
    )
    publish(ParticipantReleased(participant_id=session.participant_id, session_id=session.pk, by=by, at=at))
    return release


def ready_minute_of(watch: Watch) -> int | None:
    """Return the minute of the first “ready” of a session."""
    return ready_minute(watch.readings, watch.session.dosed_at)


def statement_check(watch: Watch, statement: Statement, *, by: User, at: datetime) -> Statement:
    """
    Return the statement as it counts: known codes only, and judgement only from who may judge.

    :raises Invalid: if it names what is no such condition of the protocol
    """
    confirmed, accepted = statement.confirmed, statement.accepted
    conditions = {condition.code: condition for condition in watch.protocol.discharge.conditions}
    by_hand = {code for code, condition in conditions.items() if condition.kind in CONFIRMED_KINDS}
    limits = {
        code for code, condition in conditions.items() if getattr(condition, "investigator_may_accept", False)
    }
    wrong = [
        Reason("not_by_word", "No such condition rests on a confirmation.", "confirmed")
        for code in confirmed
        if code not in by_hand
    ]
    for code, text in accepted.items():
        if code not in limits:
            wrong.append(
                Reason("not_by_judgement", "No such condition can be accepted by judgement.", "accepted")
            )
        elif len(text) > ACCEPTED_LENGTH:
            wrong.append(Reason("too_long", f"At most {ACCEPTED_LENGTH} characters.", "accepted"))
    if wrong:
        raise Invalid(*wrong)
    may_accept = access.can(
        user=by, permission=Permission.GATE_OVERRIDE, site_id=watch.session.site_id, now=at
    )
    given = {code: text.strip() for code, text in accepted.items() if text.strip()}
    return Statement(confirmed=frozenset(confirmed), accepted=given, may_accept=may_accept)
