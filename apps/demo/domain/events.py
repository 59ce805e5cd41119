"""Adverse events of a fictional participant.

Incidences of dissociation, vertigo, nausea, dysgeusia and dizziness are those published for TRANSFORM-2; the
others follow the label's pooled short-term trials or are assumptions. Some 85 % of events begin on a dosing
day, and nine in ten of those end on it (NCT04599855).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Literal

from scipy.special import ndtri

from apps.demo.domain.calendar import local_date, local_moment
from apps.demo.domain.draws import Draws, clipped
from apps.demo.domain.session import Constitution
from apps.demo.domain.values import DemoEvent, DemoSession, Treatment

Link = Literal["dissociation", "pressure", "sedation", "none"]
Causality = Literal["NOT_RELATED", "DOUBTFUL", "POSSIBLE", "PROBABLE", "VERY_LIKELY"]


@dataclass(frozen=True, slots=True)
class _Term:
    """One kind of event: incidence by treatment, whether it belongs to the session, minutes to onset,
    duration."""

    name: str
    esketamine: float
    placebo: float
    in_session: bool = True
    onset: float = 25
    lasts: float = 50
    link: Link = "none"


_TERMS: tuple[_Term, ...] = (
    _Term("Dissociation", 0.261, 0.037, onset=18, lasts=55, link="dissociation"),
    _Term("Vertigo", 0.261, 0.028, onset=20, lasts=60),
    _Term("Nausea", 0.261, 0.064, onset=35, lasts=60),
    _Term("Dysgeusia", 0.243, 0.119, onset=6, lasts=45),
    _Term("Dizziness", 0.209, 0.046, onset=22, lasts=55),
    _Term("Headache", 0.200, 0.174, onset=70, lasts=180),
    _Term("Somnolence", 0.130, 0.064, onset=40, lasts=75, link="sedation"),
    _Term("Vision blurred", 0.122, 0.028, onset=24, lasts=50),
    _Term("Paresthesia", 0.113, 0.009, onset=20, lasts=45),
    _Term("Anxiety", 0.104, 0.046, onset=25, lasts=50),
    _Term("Blood pressure increased", 0.096, 0.009, onset=40, lasts=60, link="pressure"),
    _Term("Vomiting", 0.090, 0.018, onset=50, lasts=30),
    _Term("Insomnia", 0.080, 0.046, in_session=False, lasts=1500),
    _Term("Numbness of the mouth", 0.080, 0.009, onset=10, lasts=45),
    _Term("Throat irritation", 0.078, 0.046, onset=8, lasts=40),
    _Term("Nasal discomfort", 0.070, 0.037, onset=7, lasts=40),
    _Term("Sedation", 0.060, 0.009, onset=35, lasts=60, link="sedation"),
    _Term("Feeling drunk", 0.050, 0.005, onset=18, lasts=50),
    _Term("Diarrhea", 0.052, 0.073, in_session=False, lasts=900),
    _Term("Fatigue", 0.043, 0.055, in_session=False, lasts=1200),
    _Term("Dry mouth", 0.040, 0.028, in_session=False, lasts=2600),
    _Term("Nasopharyngitis", 0.035, 0.037, in_session=False, lasts=6000),
)

_WITHDRAWAL_TERMS = (
    "Anxiety",
    "Depression worsened",
    "Vertigo",
    "Blood pressure increased",
    "Headache",
    "Dissociation",
)
_SERIOUS = 0.009
_AGAIN = 0.18
_OFF_DAY = 0.10


def draw_events(
    *,
    treatment: Treatment,
    body: Constitution,
    sessions: tuple[tuple[int, DemoSession], ...],
    until: date,
    zone: str,
    stops_for_event: bool,
    draws: Draws,
) -> tuple[DemoEvent, ...]:
    """What befell one participant between the first dose and `until`, in order of onset.

    `sessions` are (day, session) with a dose. With `stops_for_event` one event makes the participant give up
    the spray.
    """
    given = tuple((day, session) for day, session in sessions if session.dosed_at is not None)
    if not given:
        return ()
    events: list[DemoEvent] = []
    tendency = draws.normal()
    for term in _TERMS:
        if not _befalls(term, treatment, body, tendency, draws):
            continue
        if term.in_session and not draws.chance(_OFF_DAY):
            events += _in_sessions(term, treatment, given, zone, draws)
        else:
            events.append(_between_sessions(term, given, until, zone, draws))
    if stops_for_event:
        events.append(_withdrawing(given, draws))
    if draws.chance(_SERIOUS):
        events.append(_serious(given, until, zone, draws))
    return tuple(sorted(events, key=lambda event: (event.onset_at, event.term)))


def _befalls(term: _Term, treatment: Treatment, body: Constitution, tendency: float, draws: Draws) -> bool:
    """Whether it happens at all: who dissociates is who reports it, and some report more of everything."""
    incidence = term.esketamine if treatment == "esketamine" else term.placebo
    own = {
        "dissociation": body.dissociation,
        "pressure": body.pressure,
        "sedation": body.sedation,
        "none": tendency,
    }[term.link]
    tie = 0.5 if term.link == "none" else 0.75
    limit = -float(ndtri(incidence))
    return bool(tie * own + sqrt(1 - tie * tie) * draws.normal() > limit)


def _in_sessions(
    term: _Term,
    treatment: Treatment,
    given: tuple[tuple[int, DemoSession], ...],
    zone: str,
    draws: Draws,
) -> list[DemoEvent]:
    first = draws.pick(range(len(given)), [0.75**place for place in range(len(given))])
    chosen = [first, *(place for place in range(first + 1, len(given)) if draws.chance(_AGAIN))]
    return [_one(term, treatment, *given[place], zone, draws) for place in chosen]


def _one(
    term: _Term, treatment: Treatment, day: int, session: DemoSession, zone: str, draws: Draws
) -> DemoEvent:
    start = session.dosed_at
    if start is None:
        raise ValueError("An event of a session needs a dose.")
    minute = round(clipped(draws.normal(term.onset, term.onset / 3), 2, 230))
    lasts = clipped(draws.normal(1, 0.35), 0.3, 2.5) * term.lasts
    if draws.chance(0.10):  # one in ten does not end on the day
        lasts = draws.uniform(900, 2900)
    onset = start + timedelta(minutes=minute)
    causality: Causality = draws.pick(["POSSIBLE", "PROBABLE", "VERY_LIKELY"], [0.3, 0.5, 0.2])
    if treatment == "placebo":
        causality = draws.pick(["DOUBTFUL", "POSSIBLE", "PROBABLE"], [0.25, 0.5, 0.25])
    return DemoEvent(
        term=term.name,
        onset_at=onset,
        resolved_at=onset + timedelta(minutes=round(lasts)),
        severity=draws.pick(["MILD", "MODERATE", "SEVERE"], [0.73, 0.24, 0.03]),
        causality=causality,
        outcome="RESOLVED",
        action_taken="NONE",
        session_day=day,
        minutes_from_dose=minute,
    )


def _between_sessions(
    term: _Term, given: tuple[tuple[int, DemoSession], ...], until: date, zone: str, draws: Draws
) -> DemoEvent:
    onset = _quiet_moment(given, until, zone, draws)
    ends = onset + timedelta(minutes=round(term.lasts * draws.uniform(0.4, 1.8)))
    return DemoEvent(
        term=term.name,
        onset_at=onset,
        resolved_at=ends,
        severity=draws.pick(["MILD", "MODERATE"], [0.75, 0.25]),
        causality=draws.pick(["NOT_RELATED", "DOUBTFUL", "POSSIBLE"], [0.3, 0.35, 0.35]),
        outcome="RESOLVED",
        action_taken="NONE",
    )


def _quiet_moment(
    given: tuple[tuple[int, DemoSession], ...], until: date, zone: str, draws: Draws
) -> datetime:
    """A waking hour of a day without a session, if there is one before `until`."""
    dosing_days = {local_date(session.dosed_at, zone) for _, session in given if session.dosed_at is not None}
    first = min(dosing_days)
    days = [first + timedelta(days=shift) for shift in range(1, max(2, (until - first).days + 1))]
    quiet = [day for day in days if day not in dosing_days] or days
    return local_moment(draws.pick(quiet), draws.uniform(7.5, 22), zone)


def _withdrawing(given: tuple[tuple[int, DemoSession], ...], draws: Draws) -> DemoEvent:
    day, session = given[-1]
    start = session.dosed_at
    if start is None:
        raise ValueError("An event of a session needs a dose.")
    minute = draws.whole(15, 60)
    onset = start + timedelta(minutes=minute)
    return DemoEvent(
        term=draws.pick(_WITHDRAWAL_TERMS),
        onset_at=onset,
        resolved_at=onset + timedelta(minutes=draws.whole(90, 4000)),
        severity=draws.pick(["MODERATE", "SEVERE"], [0.7, 0.3]),
        causality=draws.pick(["POSSIBLE", "PROBABLE"]),
        outcome="RESOLVED",
        action_taken="DRUG_WITHDRAWN",
        session_day=day,
        minutes_from_dose=minute,
    )


def _serious(given: tuple[tuple[int, DemoSession], ...], until: date, zone: str, draws: Draws) -> DemoEvent:
    onset = _quiet_moment(given, until, zone, draws)
    return DemoEvent(
        term=draws.pick(["Depression worsened", "Appendicitis", "Ankle fracture"]),
        onset_at=onset,
        resolved_at=onset + timedelta(days=draws.whole(3, 12)),
        severity="SEVERE",
        causality=draws.pick(["NOT_RELATED", "DOUBTFUL"]),
        outcome="RESOLVED",
        action_taken="NONE",
        seriousness=("HOSPITALIZATION",),
    )
