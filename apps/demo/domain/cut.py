"""A story told up to now: everything later is taken out, whatever is under way stays open."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from apps.demo.domain.values import (
    DemoEvent,
    DemoParticipant,
    DemoScreening,
    DemoSession,
    DemoVisit,
    ScreeningState,
    Status,
)

_STATUS_IN_SCREENING: dict[ScreeningState, Status] = {
    "OPEN": "SCREENING",
    "ELIGIBLE": "ELIGIBLE",
    "FAILED": "SCREEN_FAILED",
}


def cut_participant(
    participant: DemoParticipant, *, now: datetime, before_day: int | None = None
) -> DemoParticipant:
    """The participant as known at `now`. With `before_day` visits from that day on did not happen either."""
    screening = _cut_screening(participant.screening, now)
    randomized = participant.randomized_at is not None and participant.randomized_at <= now
    if not randomized:
        status = _STATUS_IN_SCREENING[screening.state]
        return DemoParticipant(
            number=participant.number,
            site=participant.site,
            person=participant.person,
            consented_at=participant.consented_at,
            screening=screening,
            status=status,
        )
    completed = _past(participant.completed_at, now) if before_day is None else None
    discontinued = _past(participant.discontinued_at, now)
    visits = tuple(_cut_visit(visit, now, before_day) for visit in participant.visits)
    happened = {visit.day for visit in visits if visit.held_at is not None}
    return replace(
        participant,
        screening=screening,
        status="COMPLETED" if completed else "DISCONTINUED" if discontinued else "RANDOMIZED",
        visits=visits,
        events=tuple(
            _cut_event(event, now)
            for event in participant.events
            if event.onset_at <= now and (event.session_day is None or event.session_day in happened)
        ),
        completed_at=completed,
        discontinued_at=discontinued,
        discontinuation_reason=participant.discontinuation_reason if discontinued else "",
    )


def _past(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment is not None and moment <= now else None


def _cut_screening(screening: DemoScreening, now: datetime) -> DemoScreening:
    known = {key for key, moment in screening.known_at.items() if moment <= now}
    decided = _past(screening.decided_at, now)
    return replace(
        screening,
        decided_at=decided,
        state=screening.state if decided else "OPEN",
        failed=screening.failed if decided else (),
        facts={key: value for key, value in screening.facts.items() if key in known},
        answers={key: value for key, value in screening.answers.items() if key in known},
        known_at={key: moment for key, moment in screening.known_at.items() if key in known},
        ratings=tuple(rating for rating in screening.ratings if rating.observed_at <= now),
    )


def _cut_visit(visit: DemoVisit, now: datetime, before_day: int | None) -> DemoVisit:
    ratings = tuple(rating for rating in visit.ratings if rating.observed_at <= now)
    if before_day is not None and visit.day >= before_day:
        return replace(
            visit,
            held_at=None,
            missed_at=None,
            missed_reason="",
            session=None,
            ratings=(),
            cssrs_ideation=None,
        )
    if visit.held_at is None or visit.held_at > now:
        missed = _past(visit.missed_at, now)
        return replace(
            visit,
            held_at=None,
            missed_at=missed,
            missed_reason=visit.missed_reason if missed else "",
            session=None,
            ratings=ratings,
            cssrs_ideation=None,
        )
    session = None if visit.session is None else _cut_session(visit.session, now)
    return replace(visit, session=session, ratings=ratings)


def _cut_session(session: DemoSession, now: datetime) -> DemoSession:
    dosed = _past(session.dosed_at, now)
    ended = _past(session.ended_at, now)
    return replace(
        session,
        gate_attempts=tuple(attempt for attempt in session.gate_attempts if attempt.at <= now),
        dose_requested_at=_past(session.dose_requested_at, now),
        dosed_at=dosed,
        devices=tuple(
            replace(device, second_spray_at=_past(device.second_spray_at, now))
            for device in session.devices
            if device.first_spray_at <= now
        ),
        observations=tuple(one for one in session.observations if one.observed_at <= now),
        ready_minute=session.ready_minute
        if any(one.ready and one.observed_at <= now for one in session.observations)
        else None,
        ended_at=ended,
        stopped_reason=session.stopped_reason if ended else "",
    )


def _cut_event(event: DemoEvent, now: datetime) -> DemoEvent:
    resolved = _past(event.resolved_at, now)
    return replace(event, resolved_at=resolved, outcome="RESOLVED" if resolved else "NOT_RESOLVED")
