"""The finished trial: 435 screened, 227 randomized, everybody's four weeks over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from apps.demo.domain import published
from apps.demo.domain.accrual import AccrualPlan, blocked_arms, plan_accrual
from apps.demo.domain.course import Enrolment, simulate_course
from apps.demo.domain.design import TRANSFORM_2, DemoDesign
from apps.demo.domain.places import sites
from apps.demo.domain.values import DemoParticipant, DemoTrial, DemoVisit, Status, Treatment

# The day on which the real trial's first participant is said to have come; any number would do.
SEED = 20150807
FIRST_SITE_OPENED = date(2023, 9, 4)
MONTHS_OF_ACCRUAL = 18


def plan_finished_trial(*, seed: int = SEED, design: DemoDesign = TRANSFORM_2) -> AccrualPlan:
    """Everything before the draws. Draw an arm for each of `enrolments` in their order, then
    `complete_trial`."""
    clinics = sites(first_opening=FIRST_SITE_OPENED, target=published.RANDOMIZED)
    return plan_accrual(
        seed=seed,
        sites=clinics,
        screened=published.SCREENED,
        randomized=published.RANDOMIZED,
        never_dosed=published.RANDOMIZED - published.DOSED,
        without_oral=published.DOSED - published.FULL_ANALYSIS,
        until=FIRST_SITE_OPENED + timedelta(days=round(MONTHS_OF_ACCRUAL * 30.4)),
        design=design,
    )


def complete_trial(
    plan: AccrualPlan, *, arms: Mapping[str, Treatment], design: DemoDesign = TRANSFORM_2
) -> DemoTrial:
    """Play everybody's course under the arm that was drawn for them (participant number to treatment).

    :raises KeyError: if an arm is missing.
    """
    finished = [finish(one, arms[one.number], design=design, seed=plan.seed) for one in plan.enrolments]
    everybody = sorted((*plan.failed, *finished), key=lambda one: one.number)
    return DemoTrial(plan.seed, plan.sites, tuple(with_chairs(everybody)))


def generate_finished_trial(*, seed: int = SEED, design: DemoDesign = TRANSFORM_2) -> DemoTrial:
    """The whole trial with arms from blocks of its own: for tests and for looking at."""
    plan = plan_finished_trial(seed=seed, design=design)
    return complete_trial(plan, arms=blocked_arms(plan.enrolments, seed=seed), design=design)


def finish(enrolment: Enrolment, treatment: Treatment, *, design: DemoDesign, seed: int) -> DemoParticipant:
    """One randomized participant to the end."""
    course = simulate_course(enrolment, treatment=treatment, design=design, seed=seed)
    status: Status = "COMPLETED" if course.completed_at is not None else "DISCONTINUED"
    return DemoParticipant(
        number=enrolment.number,
        site=enrolment.site,
        person=enrolment.person,
        consented_at=enrolment.consented_at,
        screening=enrolment.screening,
        status=status,
        strata=enrolment.strata,
        randomized_at=enrolment.randomized_at,
        treatment=treatment,
        first_oral_dose_on=course.first_oral_dose_on,
        medicine=course.medicine,
        visits=course.visits,
        events=course.events,
        completed_at=course.completed_at,
        discontinued_at=course.discontinued_at,
        discontinuation_reason=course.discontinuation_reason,
    )


def with_chairs(participants: Iterable[DemoParticipant]) -> list[DemoParticipant]:
    """Seat every session in the lowest chair of its site that is free at check-in."""
    people = list(participants)
    seats: dict[tuple[str, int], int] = {}
    taken: dict[str, list[tuple[DemoVisit, int]]] = {}
    waiting = sorted(
        ((session.checked_in_at, one.number, visit) for one in people for visit, session in one.sessions),
        key=lambda item: (item[0], item[1]),
    )
    site_of = {one.number: one.site.code for one in people}
    for checked_in_at, number, visit in waiting:
        here = [
            (other, chair)
            for other, chair in taken.get(site_of[number], [])
            if other.session and (other.session.ended_at is None or other.session.ended_at > checked_in_at)
        ]
        used = {chair for _, chair in here}
        chair = next(free for free in range(1, len(used) + 2) if free not in used)
        taken[site_of[number]] = [*here, (visit, chair)]
        seats[number, visit.day] = chair
    return [_seated(one, seats) for one in people]


def _seated(participant: DemoParticipant, seats: Mapping[tuple[str, int], int]) -> DemoParticipant:
    visits = tuple(
        replace(visit, session=replace(visit.session, chair=seats[participant.number, visit.day]))
        if visit.session is not None
        else visit
        for visit in participant.visits
    )
    return replace(participant, visits=visits)
