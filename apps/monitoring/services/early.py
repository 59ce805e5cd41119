"""The end of the two hours before every condition holds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.events import publish
from apps.core.exceptions import Refused
from apps.dosing import services as dosing
from apps.dosing.domain.session import SessionAction, SessionState, next_state
from apps.monitoring.domain.clearance import conditions_kept
from apps.monitoring.domain.conditions import Statement
from apps.monitoring.domain.early import Kept, category_of, early_clearance
from apps.monitoring.domain.events import EarlyReleased, ParticipantReleased
from apps.monitoring.models import Release
from apps.monitoring.services.release import ready_minute_of, statement_check
from apps.monitoring.services.steps import act_record, watch_locked
from apps.studies.domain.permissions import Permission


class NotEarly(Refused):
    """The participant may not leave early; every ground is a reason."""

    code = "not_early"
    title = "The participant may not leave early"


@transaction.atomic
def participant_release_early(
    *,
    session_id: UUID,
    statement: Statement,
    category: str,
    reason: str,
    by: User,
    at: datetime,
) -> Release:
    """
    Let the participant go though not every condition holds, for one of the protocol's categories and a reason.

    The record keeps every condition as it stood, met or not. What the protocol never lets this category override
    keeps the participant. The page has checked the signature.

    :raises NotFound: if the session is not there for `by`
    :raises NotAllowed: if `by` may not release early at this site
    :raises IllegalTransition: if the session is not being observed
    :raises Invalid: if the statement names what is no such condition of the protocol
    :raises NotEarly: with every ground against it
    """
    watch = watch_locked(session_id, by=by, at=at, permission=Permission.SESSION_RELEASE_EARLY)
    session, rule = watch.session, watch.protocol.discharge
    next_state(SessionState(session.state), SessionAction.RELEASE_EARLY)
    statement = statement_check(watch, statement, by=by, at=at)
    verdicts = watch.conditions(statement)

    answer = early_clearance(
        session_id=session.pk,
        rule=rule,
        verdicts=verdicts,
        readings=watch.readings,
        category=category,
        reason=reason,
        dosed_at=session.dosed_at,
        now=at,
    )
    if isinstance(answer, Kept):
        raise NotEarly(*answer.reasons)

    release = Release.objects.create(
        session=session,
        released_at=at,
        minutes_observed=answer.minutes_observed,
        ready_minute=ready_minute_of(watch),
        statement={"confirmed": sorted(statement.confirmed), "accepted": dict(statement.accepted)},
        conditions=conditions_kept(verdicts),
        rule_digest=answer.rule_digest,
        early_category=answer.category,
        early_reason=answer.reason,
        recorded_at=at,
        recorded_by=by,
    )
    dosing.session_release_early(session_id=session.pk, clearance=answer, by=by, at=at)

    act_record(
        "participant.released_early",
        session,
        subject=release,
        by=by,
        at=at,
        reason=answer.reason,
        detail={
            "minutes_observed": answer.minutes_observed,
            "category": answer.category,
            "unmet": list(answer.unmet),
            "statement": release.statement,
        },
    )
    found = category_of(rule, answer.category)
    unmet = ", ".join(verdict.label for verdict in verdicts if not verdict.met)
    publish(
        EarlyReleased(
            participant_id=session.participant_id,
            session_id=session.pk,
            reason=f"{found.label if found else answer.category}: {answer.reason} Not met: {unmet}.",
            by=by,
            at=at,
        )
    )
    publish(ParticipantReleased(participant_id=session.participant_id, session_id=session.pk, by=by, at=at))
    return release
