"""The running study: the same trial, young, with something true on every screen at any moment `now`.

Each participant has a role, and the role decides when Day 1 was: somebody whose Day 8 session is to stand at
minute 41 had Day 1 a week ago. The past is played as in the finished trial; whatever would come after `now`
is cut off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from apps.demo.domain.accrual import enrol
from apps.demo.domain.calendar import FIRST_DOSE_WEEKDAYS, can_plan, local_date, local_moment
from apps.demo.domain.course import Enrolment, simulate_course
from apps.demo.domain.cut import cut_participant
from apps.demo.domain.depression import draw_latent
from apps.demo.domain.design import TRANSFORM_2, DemoDesign
from apps.demo.domain.draws import Draws
from apps.demo.domain.people import draw_person
from apps.demo.domain.places import RUNNING_SITES, sites
from apps.demo.domain.scales import MADRS_WEIGHTS, profile
from apps.demo.domain.screening import draw_screening
from apps.demo.domain.trial import with_chairs
from apps.demo.domain.values import (
    DemoParticipant,
    DemoSession,
    DemoSite,
    DemoTrial,
    GateAttempt,
    Treatment,
)

SEED = 20170424
TARGET = 90

Kind = Literal[
    "in_session",  # T0 was `minutes` ago (negative: is still to come)
    "left_early",  # T0 was `minutes` ago; the network was away for a while, and an investigator let them go early
    "withheld",  # checked in, pressure too high, waiting to be measured again
    "due",  # a visit planned `minutes` ago (negative: from now) and nobody there yet
    "overdue",  # the window of a visit closed `minutes` days ago and nothing is recorded
    "between",  # the next visit is tomorrow or later
    "completed",
    "discontinued",
    "eligible",  # through screening this hour, not yet randomized
    "screening",  # consented `minutes` days ago
    "failed",  # consented `minutes` days ago, and failed since
]


@dataclass(frozen=True, slots=True)
class Role:
    """What one participant shows: the kind, the site by place in the list, minutes or days, and the visit's
    day."""

    kind: Kind
    site: int
    minutes: int = 0
    day: int = 0


ROLES: tuple[Role, ...] = (
    Role("in_session", 0, 3, 8),
    Role("in_session", 0, 22, 15),
    Role("in_session", 1, 41, 4),
    Role("in_session", 1, 78, 22),
    Role("in_session", 2, 112, 11),
    Role("in_session", 2, 122, 18),
    Role("in_session", 0, -18, 11),
    Role("in_session", 1, 215, 25),
    Role("withheld", 2, 7, 8),
    Role("due", 0, 50, 18),
    Role("due", 1, -95, 15),
    Role("due", 2, -140, 4),
    Role("due", 1, -30, 2),
    Role("due", 2, -60, 28),
    Role("overdue", 0, 1, 22),
    Role("overdue", 1, 1, 11),
    Role("overdue", 2, 3, 15),
    Role("between", 0, 0, 4),
    Role("between", 1, 0, 18),
    Role("between", 2, 0, 25),
    Role("between", 0, 0, 25),
    Role("completed", 0, 6),
    Role("completed", 2, 15),
    Role("completed", 1, 24),
    Role("discontinued", 2, 0, 15),
    Role("eligible", 0, 25),
    Role("eligible", 2, 55),
    *(Role("screening", place % 3, days) for place, days in enumerate((0, 1, 2, 6, 9, 16, 23, 31))),
    *(Role("failed", place % 3, days) for place, days in enumerate((9, 20, 38, 47, 52))),
    Role("left_early", 1, 150, 8),
)
#: The slots that were written on paper, and the minute of leaving.
ON_PAPER, LEFT_AT = (60, 75), timedelta(minutes=95)
_SITS = ("in_session", "left_early")


@dataclass(frozen=True, slots=True)
class _Cast:
    role: Role
    site: DemoSite
    place: int
    consented_at: datetime
    day_one: date | None
    pinned: Mapping[int, date]
    hour: float | None


@dataclass(frozen=True, slots=True)
class RunningPlan:
    """The running study up to every draw of an arm."""

    seed: int
    now: datetime
    sites: tuple[DemoSite, ...]
    undrawn: tuple[DemoParticipant, ...]
    enrolments: tuple[Enrolment, ...]
    roles: Mapping[str, Role]


def plan_running_trial(
    *, now: datetime, seed: int = SEED, design: DemoDesign = TRANSFORM_2, roles: Sequence[Role] = ROLES
) -> RunningPlan:
    """Everything before the draws, as it must have been for `now` to look as it should.

    Draw an arm for each of `enrolments` in their order, then `complete_running_trial`.
    """
    clinics = sites(first_opening=(now - timedelta(days=170)).date(), target=TARGET, only=RUNNING_SITES)
    cast = [_cast(role, clinics[role.site], place, now, seed, design) for place, role in enumerate(roles)]
    counts: dict[str, int] = defaultdict(int)
    undrawn: list[DemoParticipant] = []
    enrolments: list[Enrolment] = []
    by_number: dict[str, Role] = {}
    for one in sorted(cast, key=lambda part: (part.consented_at, part.place)):
        counts[one.site.code] += 1
        number = f"{one.site.code}-{counts[one.site.code]:03d}"
        by_number[number] = one.role
        draws = Draws(seed, "running", one.place)
        if one.role.kind in ("screening", "failed", "eligible"):
            undrawn.append(_in_screening(one, number, now, seed=seed, design=design, draws=draws))
        else:
            enrolments.append(
                enrol(
                    number,
                    one.site,
                    one.consented_at,
                    seed=seed,
                    design=design,
                    draws=draws,
                    day_one=one.day_one,
                    fixed=one.pinned,
                    hour=one.hour,
                )
            )
    enrolments.sort(key=lambda enrolment: (enrolment.randomized_at, enrolment.number))
    return RunningPlan(seed, now, clinics, tuple(undrawn), tuple(enrolments), by_number)


def complete_running_trial(
    plan: RunningPlan, *, arms: Mapping[str, Treatment], design: DemoDesign = TRANSFORM_2
) -> DemoTrial:
    """Play everybody up to `now` under the arm drawn for them.

    :raises KeyError: if an arm is missing.
    """
    told = [_tell(one, plan, arms[one.number], design) for one in plan.enrolments]
    everybody = sorted((*plan.undrawn, *told), key=lambda one: one.number)
    return DemoTrial(plan.seed, plan.sites, tuple(with_chairs(everybody)))


def _tell(
    enrolment: Enrolment, plan: RunningPlan, treatment: Treatment, design: DemoDesign
) -> DemoParticipant:
    role, now = plan.roles[enrolment.number], plan.now
    t0 = now - timedelta(minutes=role.minutes)
    sprays = {role.day: t0} if role.kind in _SITS else {}
    course = simulate_course(
        enrolment, treatment=treatment, design=design, seed=plan.seed, stays=True, sprays_at=sprays
    )
    whole = DemoParticipant(
        number=enrolment.number,
        site=enrolment.site,
        person=enrolment.person,
        consented_at=enrolment.consented_at,
        screening=enrolment.screening,
        status="RANDOMIZED",
        strata=enrolment.strata,
        randomized_at=enrolment.randomized_at,
        treatment=treatment,
        first_oral_dose_on=course.first_oral_dose_on,
        medicine=course.medicine,
        visits=course.visits,
        events=course.events,
        completed_at=course.completed_at,
    )
    if role.kind == "discontinued":
        left_at = next(visit.planned_at for visit in whole.visits if visit.day == role.day)
        whole = replace(whole, discontinued_at=left_at, discontinuation_reason="Withdrawal of consent")
    if role.kind == "left_early":
        return _leave_early(cut_participant(whole, now=t0 + LEFT_AT), role, t0 + LEFT_AT)
    stops = role.kind in ("due", "overdue", "discontinued", "withheld")
    told = cut_participant(whole, now=now, before_day=role.day if stops else None)
    return _withhold(told, role, now) if role.kind == "withheld" else told


def _leave_early(participant: DemoParticipant, role: Role, at: datetime) -> DemoParticipant:
    """Stand at the moment of leaving; some of the readings are on paper still."""

    def told(session: DemoSession) -> DemoSession:
        seen = session.observations
        return replace(
            session,
            observations=tuple(one for one in seen if one.slot_minute not in ON_PAPER),
            on_paper=tuple(one for one in seen if one.slot_minute in ON_PAPER),
            leaves_early_at=at,
        )

    visits = tuple(
        replace(visit, session=told(visit.session)) if visit.day == role.day and visit.session else visit
        for visit in participant.visits
    )
    return replace(participant, visits=visits)


def _withhold(participant: DemoParticipant, role: Role, now: datetime) -> DemoParticipant:
    """Check in today, measure a pressure above the limit, and wait."""
    arrived_at = now - timedelta(minutes=role.minutes + 9)
    doses = [session.dose_mg for _, session in participant.sessions]
    session = DemoSession(
        chair=1,
        checked_in_at=arrived_at,
        fasted_since=arrived_at - timedelta(minutes=190),
        drank_at=arrived_at - timedelta(minutes=55),
        gate_attempts=(GateAttempt(now - timedelta(minutes=role.minutes), 149, 92, False),),
        dose_mg=doses[-1],
    )
    visits = tuple(
        replace(visit, held_at=arrived_at, session=session, cssrs_ideation=0)
        if visit.day == role.day
        else visit
        for visit in participant.visits
    )
    return replace(participant, visits=visits)


def _cast(role: Role, site: DemoSite, place: int, now: datetime, seed: int, design: DemoDesign) -> _Cast:
    """Find the Day 1 that makes the role true, and a consent four to six weeks before it."""
    draws = Draws(seed, "cast", place)
    zone = site.time_zone
    today = local_date(now, zone)
    pinned: dict[int, date] = {}
    day_one: date | None = None
    hour: float | None = None
    if role.kind in (*_SITS, "withheld", "due"):
        arrival = now - timedelta(minutes=role.minutes + (40 if role.kind in _SITS else 0))
        moment = arrival.astimezone(ZoneInfo(zone))
        hour = moment.hour + moment.minute / 60
        start = now - timedelta(minutes=role.minutes) if role.kind in _SITS else arrival
        on = local_date(start, zone)
        day_one = _day_one_for(role.day, on, design)
        pinned = {role.day: on}
    elif role.kind == "overdue":
        visit = design.visit(role.day)
        day_one = today - timedelta(days=role.minutes + visit.day - 1 + visit.after)
    elif role.kind == "between":
        day_one = _day_one_for(role.day, today + timedelta(days=1), design)
    elif role.kind == "completed":
        day_one = _weekday_before(today - timedelta(days=28 + role.minutes))
    elif role.kind == "discontinued":
        day_one = _weekday_before(today - timedelta(days=role.day + 4))
    elif role.kind == "eligible":
        day_one = today
    if day_one is None:
        on = today - timedelta(days=role.minutes)
        consented_at = min(local_moment(on, draws.uniform(9, 11), zone), now - timedelta(minutes=45))
    else:
        consented_at = local_moment(day_one - timedelta(days=draws.whole(29, 42)), draws.uniform(9, 15), zone)
    return _Cast(role, site, place, consented_at, day_one, pinned, hour)


def _day_one_for(day: int, on: date, design: DemoDesign) -> date:
    """A Day 1 from which `on` lies in the visit's window; one on a weekday that suits the clinic if there is
    one."""
    visit = design.visit(day)
    shifts = sorted(range(-visit.before, visit.after + 1), key=abs)
    options = [on - timedelta(days=day - 1 + shift) for shift in shifts]
    options = [one for one in options if can_plan(one, design, fixed={day: on})]
    return next((one for one in options if one.weekday() in FIRST_DOSE_WEEKDAYS), options[0])


def _weekday_before(on: date) -> date:
    while on.weekday() not in FIRST_DOSE_WEEKDAYS:
        on -= timedelta(days=1)
    return on


def _in_screening(
    part: _Cast, number: str, now: datetime, *, seed: int, design: DemoDesign, draws: Draws
) -> DemoParticipant:
    """Somebody whose screening is open, failed, or ended this hour."""
    if part.role.kind == "eligible":
        one = enrol(
            number,
            part.site,
            part.consented_at,
            seed=seed,
            design=design,
            draws=draws,
            day_one=part.day_one,
            decided_at=now - timedelta(minutes=part.role.minutes),
        )
        person, screening = one.person, one.screening
    else:
        person = draw_person(draws, country=part.site.country, on=part.consented_at.date())
        # Found in the first days, or by the observation over four weeks; an open screening ends well, later.
        early = part.role.minutes < 36
        failed = () if part.role.kind == "screening" else ("X13",) if early else ("I07",)
        wait = 34 if not failed else draws.whole(3, 8) if early else 30
        screening = draw_screening(
            person=person,
            latent=draw_latent(draws),
            emphasis=profile(draws, MADRS_WEIGHTS),
            design=design,
            opened_at=part.consented_at + timedelta(minutes=20),
            decided_at=part.consented_at + timedelta(days=wait),
            failed=failed,
            predose_pressure=(draws.whole(108, 134), draws.whole(66, 86)),
            draws=draws,
        )
    whole = DemoParticipant(
        number=number,
        site=part.site,
        person=person,
        consented_at=part.consented_at,
        screening=screening,
        status="SCREENING",
    )
    return cut_participant(whole, now=now)
