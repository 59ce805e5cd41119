"""The four weeks of one fictional participant: visits, sessions, ratings, doses, and how it ended.

Everything random about a person is drawn from streams of their own, apart from the arm: given another arm,
the same person has the same body, the same calendar and the same luck.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from scipy.special import ndtri

from apps.demo.domain.calendar import MIN_DAYS_BETWEEN_DOSES, SATURDAY, local_date, local_moment
from apps.demo.domain.depression import COURSES, Latent, baseline_total, visit_totals
from apps.demo.domain.design import DemoDesign, PlannedVisit
from apps.demo.domain.draws import Draws
from apps.demo.domain.events import draw_events
from apps.demo.domain.scales import (
    MADRS_ITEM_MAXIMUM,
    depression_scales,
    health_today,
    spread,
    treatment_guess,
)
from apps.demo.domain.session import Constitution, simulate_session
from apps.demo.domain.values import (
    DemoEvent,
    DemoMedicine,
    DemoPerson,
    DemoRating,
    DemoScreening,
    DemoSession,
    DemoSite,
    DemoVisit,
    Treatment,
)

VISIT_MISSED = 0.012
RETURNS_FOR_ENDPOINT = 0.15
WITHOUT_WORK = 0.14
# The share of interviews of Day 2 that are held a day late: an assumption.
CALLED_LATE = 0.04
# The share who begin a prohibited medicine, and which: an assumption.
PROHIBITED = 0.04
MEDICINES = (
    ("Quetiapine", "OTHER_PSYCHOTROPIC", "Insomnia"),
    ("Mirtazapine", "OTHER_PSYCHOTROPIC", "Insomnia"),
    ("Codeine", "OPIOID", "Back pain"),
)
# First session that somebody who leaves does not attend.
LEAVING_DAYS = ((4, 0.22), (8, 0.22), (11, 0.16), (15, 0.14), (18, 0.10), (22, 0.09), (25, 0.07))
# Share whose dose is raised, on which day, and share of those whose dose comes down again.
TITRATION: Mapping[Treatment, tuple[float, float]] = {"esketamine": (0.74, 0.09), "placebo": (0.88, 0.01)}
RAISED_ON = (0.45, 0.35, 0.20)
REASONS = (
    ("Withdrawal of consent", 0.40),
    ("Lack of efficacy", 0.30),
    ("Lost to follow-up", 0.15),
    ("Protocol deviation", 0.15),
)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Somebody randomized, up to the moment of the draw; the arm is still open.

    `dates` are the planned days of the visits, `hour` the usual hour of arrival on the clinic's clock.
    `dosed` and `takes_oral` are False for the few who leave before the first spray or never take the oral
    antidepressant.
    """

    number: str
    site: DemoSite
    person: DemoPerson
    latent: Latent
    body: Constitution
    emphasis: tuple[float, ...]
    consented_at: datetime
    screening: DemoScreening
    strata: Mapping[str, str]
    randomized_at: datetime
    dates: Mapping[int, date]
    hour: float
    dosed: bool = True
    takes_oral: bool = True


@dataclass(frozen=True, slots=True)
class CoursePlan:
    """What became of a randomized participant."""

    visits: tuple[DemoVisit, ...]
    events: tuple[DemoEvent, ...]
    first_oral_dose_on: date | None
    completed_at: datetime | None
    discontinued_at: datetime | None
    discontinuation_reason: str
    medicine: DemoMedicine | None = None


@dataclass(frozen=True, slots=True)
class Leaving:
    """Whether, when and why somebody leaves early; `day` is the first visit not attended, None for
    staying."""

    day: int | None
    for_event: bool
    reason: str
    returns: bool


def simulate_course(
    enrolment: Enrolment,
    *,
    treatment: Treatment,
    design: DemoDesign,
    seed: int,
    stays: bool = False,
    sprays_at: Mapping[int, datetime] | None = None,
) -> CoursePlan:
    """Play the double-blind phase to its end.

    `stays` rules out leaving early and missing visits; `sprays_at` forces T0 of the sessions of some days.
    Both are for the running study, where today must look a certain way.
    """
    fate = Draws(seed, enrolment.number, "fate")
    leaving = draw_leaving(enrolment.latent, treatment, fate)
    missed_draw = {visit.day: fate.uniform() for visit in design.visits}
    works = not fate.chance(WITHOUT_WORK)
    doses = _doses(treatment, design, fate)
    if stays:
        leaving, missed_draw = Leaving(None, False, "", False), {}
    if not enrolment.dosed:
        return _never_dosed(
            enrolment, design, reason=fate.pick(["Withdrawal of consent", "Protocol deviation"])
        )

    totals = {1: baseline_total(enrolment.latent), **visit_totals(enrolment.latent, COURSES[treatment])}
    visits: list[DemoVisit] = []
    ordinal = 0
    previous: int | None = None
    for planned in design.visits:
        visit = _empty_visit(enrolment, planned)
        gone = leaving.day is not None and planned.day >= leaving.day
        if gone and not (planned.day == design.visits[-1].day and leaving.returns):
            visits.append(visit)
            continue
        if missed_draw.get(planned.day, 1.0) < VISIT_MISSED and 1 < planned.day < design.visits[-1].day:
            visits.append(_missed(visit, enrolment.site.time_zone, fate))
            continue
        draws = Draws(seed, enrolment.number, "visit", planned.day)
        ordinal += planned.dose
        dose_mg = _open_dose(design, planned.day, wanted=doses.get(planned.day, 0), previous=previous)
        held = _held(
            visit,
            planned,
            enrolment,
            treatment=treatment,
            design=design,
            ordinal=ordinal,
            dose_mg=dose_mg,
            madrs=totals.get(planned.day),
            works=works,
            sprays_at=(sprays_at or {}).get(planned.day),
            draws=draws,
        )
        # Streams of their own: what else happens to the participant hangs neither on their health nor on the guess.
        madrs = totals.get(planned.day)
        if "EQ5D5L" in planned.instruments and held.held_at is not None and madrs is not None:
            health = health_today(
                madrs,
                draws=Draws(seed, enrolment.number, "health", planned.day),
                at=held.held_at + timedelta(minutes=2),
                visit=planned.code,
            )
            held = replace(held, ratings=(*held.ratings, health))
        if "GUESS" in planned.instruments and held.held_at is not None:
            guess = treatment_guess(
                on_drug=treatment == "esketamine",
                draws=Draws(seed, enrolment.number, "guess"),
                at=held.held_at + timedelta(minutes=3),
                visit=planned.code,
            )
            held = replace(held, ratings=(*held.ratings, guess))
        if planned.day == 2 and not stays:
            held = _called_late(held, enrolment.site.time_zone, Draws(seed, enrolment.number, "late"))
        visits.append(held)
        if held.session is not None and held.session.dose_requested_at is not None:
            previous = dose_mg
    return _ending(enrolment, tuple(visits), treatment, leaving, seed=seed)


def draw_leaving(latent: Latent, treatment: Treatment, fate: Draws) -> Leaving:
    """Decide whether somebody leaves; who is worse early on is likelier to, above all on esketamine."""
    course, visits = COURSES[treatment], latent.visits
    early = (visits[2] + visits[8]) / 2 / 0.947  # standardised
    link = course.leaving_link
    inclination = link * early + (1 - link * link) ** 0.5 * fate.normal()
    day = fate.pick([day for day, _ in LEAVING_DAYS], [weight for _, weight in LEAVING_DAYS])
    for_event = fate.chance(course.stops_for_event / course.leaves)
    reason = fate.pick([name for name, _ in REASONS], [weight for _, weight in REASONS])
    returns = fate.chance(RETURNS_FOR_ENDPOINT)
    if inclination <= -float(ndtri(course.leaves)):
        return Leaving(None, False, "", False)
    reason = "Adverse event" if for_event else reason
    return Leaving(day, for_event, reason, returns and reason != "Lost to follow-up")


def _doses(treatment: Treatment, design: DemoDesign, fate: Draws) -> dict[int, int]:
    """Flexible dosing: up on one of the allowed days for most, and down again later for few."""
    raised, lowered = TITRATION[treatment]
    up = fate.pick(design.increase_days, RAISED_ON) if fate.chance(raised) else None
    later = [day for day in design.decrease_days if up is not None and day > up]
    down = fate.pick(later) if later and fate.chance(lowered) else None
    doses = {}
    for visit in design.visits:
        if visit.dose:
            high = up is not None and visit.day >= up and (down is None or visit.day < down)
            doses[visit.day] = design.high_mg if high else design.start_mg
    return doses


def _open_dose(design: DemoDesign, day: int, *, wanted: int, previous: int | None) -> int:
    """The wanted dose where the protocol allows the step on this day, else the dose asked for last."""
    if previous is None:
        return design.start_mg
    if wanted > previous and day not in design.increase_days:
        return previous
    if wanted < previous and day not in design.decrease_days:
        return previous
    return wanted


def _empty_visit(enrolment: Enrolment, planned: PlannedVisit) -> DemoVisit:
    day_one = enrolment.dates[1]
    target = day_one + timedelta(days=planned.day - 1)
    on = enrolment.dates[planned.day]
    return DemoVisit(
        code=planned.code,
        day=planned.day,
        is_dose=planned.dose,
        opens_on=target - timedelta(days=planned.before),
        target_on=target,
        closes_on=target + timedelta(days=planned.after),
        planned_at=local_moment(on, enrolment.hour, enrolment.site.time_zone),
    )


def _missed(visit: DemoVisit, zone: str, fate: Draws) -> DemoVisit:
    reason = fate.pick(["Ill at home", "Could not get away from work", "No transport", "Family emergency"])
    return replace(
        visit, missed_at=local_moment(visit.closes_on + timedelta(days=1), 9.5, zone), missed_reason=reason
    )


def _never_dosed(enrolment: Enrolment, design: DemoDesign, *, reason: str) -> CoursePlan:
    visits = tuple(_empty_visit(enrolment, planned) for planned in design.visits)
    return CoursePlan(visits, (), None, None, enrolment.randomized_at + timedelta(hours=2), reason)


def _held(
    visit: DemoVisit,
    planned: PlannedVisit,
    enrolment: Enrolment,
    *,
    treatment: Treatment,
    design: DemoDesign,
    ordinal: int,
    dose_mg: int,
    madrs: int | None,
    works: bool,
    sprays_at: datetime | None,
    draws: Draws,
) -> DemoVisit:
    first = planned.day == 1
    session: DemoSession | None = None
    if sprays_at is not None:
        arrives_at = sprays_at - timedelta(minutes=draws.whole(34, 48))
    elif first:
        arrives_at = enrolment.randomized_at + timedelta(minutes=draws.whole(8, 15))
    else:
        arrives_at = (visit.planned_at or enrolment.randomized_at) + timedelta(seconds=draws.whole(-480, 900))
    if planned.dose:
        session = simulate_session(
            treatment=treatment,
            body=enrolment.body,
            design=design,
            ordinal=ordinal,
            dose_mg=dose_mg,
            chair=1,
            arrives_at=arrives_at,
            next_day=_next_day(enrolment, planned, design),
            draws=draws,
            sprays_at=sprays_at,
            calm=first,
        )
    ratings: tuple[DemoRating, ...] = ()
    if madrs is not None and planned.instruments:
        # The remote rater telephones before the session; the participant fills in the rest on arrival.
        called_at = arrives_at - timedelta(minutes=draws.whole(30, 55))
        items = spread(madrs, enrolment.emphasis, maximum=MADRS_ITEM_MAXIMUM, draws=draws)
        ratings = (DemoRating("MADRS", planned.code, planned.madrs_recall, called_at, items),)
        ratings += depression_scales(
            madrs,
            instruments=planned.instruments,
            draws=draws,
            at=arrives_at + timedelta(minutes=2),
            visit=planned.code,
            works=works,
        )
    ideation = draws.pick([0, 1, 2, 3], [0.945, 0.043, 0.009, 0.003])
    return replace(visit, held_at=arrives_at, session=session, ratings=ratings, cssrs_ideation=ideation)


def _called_late(visit: DemoVisit, zone: str, draws: Draws) -> DemoVisit:
    """Now and then the rater reaches nobody until the next day, out of the window; what is told stays the same."""
    late = draws.chance(CALLED_LATE)
    return replace(
        visit,
        ratings=tuple(
            replace(rating, observed_at=rating.observed_at + timedelta(days=1))
            if late
            and rating.instrument == "MADRS"
            and (local_date(rating.observed_at, zone) + timedelta(days=1)).weekday() < SATURDAY
            else rating
            for rating in visit.ratings
        ),
    )


def _next_day(enrolment: Enrolment, planned: PlannedVisit, design: DemoDesign) -> timedelta | None:
    """A day later, if the window, the weekend and the next dose leave it free."""
    on = enrolment.dates[planned.day] + timedelta(days=1)
    closes = enrolment.dates[1] + timedelta(days=planned.day - 1 + planned.after)
    following = [
        enrolment.dates[visit.day] for visit in design.visits if visit.dose and visit.day > planned.day
    ]
    spaced = not following or (following[0] - on).days >= MIN_DAYS_BETWEEN_DOSES
    # Two doses on: never three within seven days.
    spaced = spaced and (len(following) < 2 or (following[1] - on).days >= 7)
    return timedelta(days=1) if on <= closes and on.weekday() < SATURDAY and spaced else None


def _ending(
    enrolment: Enrolment,
    visits: tuple[DemoVisit, ...],
    treatment: Treatment,
    leaving: Leaving,
    *,
    seed: int,
) -> CoursePlan:
    zone = enrolment.site.time_zone
    held = [visit.held_at for visit in visits if visit.held_at is not None]
    last = max(held)
    completed_at = discontinued_at = None
    if leaving.day is None:
        completed_at = last + timedelta(minutes=50)
        until = local_date(last, zone)
    else:
        seen = max(visit.held_at for visit in visits if visit.held_at is not None and visit.day < leaving.day)
        discontinued_at = max(
            local_moment(enrolment.dates[leaving.day], 12.5, zone), seen + timedelta(hours=5)
        )
        until = local_date(discontinued_at, zone)
    events = draw_events(
        treatment=treatment,
        body=enrolment.body,
        sessions=tuple((visit.day, visit.session) for visit in visits if visit.session is not None),
        until=until,
        zone=zone,
        stops_for_event=leaving.for_event,
        draws=Draws(seed, enrolment.number, "events"),
    )
    return CoursePlan(
        visits=visits,
        events=events,
        first_oral_dose_on=enrolment.dates[1] if enrolment.takes_oral else None,
        completed_at=completed_at,
        discontinued_at=discontinued_at,
        discontinuation_reason=leaving.reason,
        medicine=draw_medicine(enrolment.dates[1], until, Draws(seed, enrolment.number, "medicine")),
    )


def draw_medicine(first_dose_on: date, until: date, draws: Draws) -> DemoMedicine | None:
    """Now and then somebody is given what the protocol prohibits, after a week or more. It changes no score."""
    if not draws.chance(PROHIBITED):
        return None
    name, rule, indication = draws.pick(list(MEDICINES))
    started_on = first_dose_on + timedelta(days=draws.pick([9, 12, 16, 19]))
    return DemoMedicine(name, rule, indication, started_on) if started_on < until else None
