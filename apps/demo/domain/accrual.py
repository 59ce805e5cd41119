"""Who came, when, where, and who got through screening: everything before the draw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from apps.demo.domain.calendar import SATURDAY, local_moment, next_first_dose_day, visit_dates
from apps.demo.domain.course import Enrolment
from apps.demo.domain.depression import draw_latent
from apps.demo.domain.design import DemoDesign
from apps.demo.domain.draws import Draws, clipped
from apps.demo.domain.people import draw_person
from apps.demo.domain.scales import MADRS_WEIGHTS, profile
from apps.demo.domain.screening import draw_failures, draw_screening, screening_ends_early
from apps.demo.domain.session import draw_constitution
from apps.demo.domain.values import DemoParticipant, DemoSite, Treatment


@dataclass(frozen=True, slots=True)
class AccrualPlan:
    """The trial up to every draw: those who failed, and those randomized in the order of their draws."""

    seed: int
    sites: tuple[DemoSite, ...]
    failed: tuple[DemoParticipant, ...]
    enrolments: tuple[Enrolment, ...]


def plan_accrual(
    *,
    seed: int,
    sites: Sequence[DemoSite],
    screened: int,
    randomized: int,
    never_dosed: int,
    without_oral: int,
    until: date,
    design: DemoDesign,
) -> AccrualPlan:
    """Bring `screened` people to the sites from their opening to `until`, of whom `randomized` get
    through."""
    draws = Draws(seed, "accrual")
    arrivals: list[tuple[datetime, DemoSite, int]] = []
    for place in range(screened):
        site = draws.pick(sites, [one.weight for one in sites])
        days = (until - site.opened_on).days
        on = site.opened_on + timedelta(days=int(days * draws.uniform() ** 0.9))
        while on.weekday() >= SATURDAY:
            on += timedelta(days=1)
        arrivals.append((local_moment(on, draws.uniform(8.7, 15.5), site.time_zone), site, place))
    passes = draws.shuffled(range(screened))[:randomized]
    undosed, without = set(passes[:never_dosed]), set(passes[never_dosed : never_dosed + without_oral])
    through = set(passes)
    counts: dict[str, int] = defaultdict(int)
    failed: list[DemoParticipant] = []
    enrolments: list[Enrolment] = []
    for consented_at, site, place in sorted(arrivals, key=lambda arrival: (arrival[0], arrival[2])):
        counts[site.code] += 1
        number = f"{site.code}-{counts[site.code]:03d}"
        own = Draws(seed, "person", place)
        if place in through:
            one = enrol(number, site, consented_at, seed=seed, design=design, draws=own)
            enrolments.append(replace(one, dosed=place not in undosed, takes_oral=place not in without))
        else:
            failed.append(_fails(number, site, consented_at, design=design, draws=own))
    enrolments.sort(key=lambda one: (one.randomized_at, one.number))
    return AccrualPlan(seed, tuple(sites), tuple(failed), tuple(enrolments))


def enrol(
    number: str,
    site: DemoSite,
    consented_at: datetime,
    *,
    seed: int,
    design: DemoDesign,
    draws: Draws,
    day_one: date | None = None,
    decided_at: datetime | None = None,
    fixed: Mapping[int, date] | None = None,
    hour: float | None = None,
) -> Enrolment:
    """Somebody who gets through screening and comes on Day 1, four to seven weeks later unless it is given.

    `decided_at` gives the moment of the verdict, `fixed` the dates of some visits, `hour` the usual hour of
    arrival.
    """
    person = draw_person(draws, country=site.country, on=consented_at.date())
    latent, body, emphasis = draw_latent(draws), draw_constitution(draws), profile(draws, MADRS_WEIGHTS)
    first_day = day_one or next_first_dose_day(consented_at.date() + timedelta(days=draws.whole(29, 45)))
    arrives_at = local_moment(first_day, draws.uniform(8.3, 10.5), site.time_zone)
    decided_at = decided_at or arrives_at + timedelta(seconds=draws.whole(2400, 3600))
    pressure = (
        round(clipped(body.sbp + draws.normal(0, 4), 92, 138)),
        round(clipped(body.dbp + draws.normal(0, 3), 55, 88)),
    )
    screening = draw_screening(
        person=person,
        latent=latent,
        emphasis=emphasis,
        design=design,
        opened_at=consented_at + timedelta(minutes=20),
        decided_at=decided_at,
        failed=(),
        predose_pressure=pressure,
        draws=draws,
    )
    return Enrolment(
        number=number,
        site=site,
        person=person,
        latent=latent,
        body=body,
        emphasis=emphasis,
        consented_at=consented_at,
        screening=screening,
        strata={"country": site.country, "oad_class": person.ad_class},
        randomized_at=decided_at + timedelta(seconds=draws.whole(300, 720)),
        dates=visit_dates(first_day, design, Draws(seed, number, "calendar"), fixed=fixed),
        hour=draws.uniform(8.7, 13.6) if hour is None else hour,
    )


def _fails(
    number: str, site: DemoSite, consented_at: datetime, *, design: DemoDesign, draws: Draws
) -> DemoParticipant:
    person = draw_person(draws, country=site.country, on=consented_at.date())
    failed = draw_failures(draws)
    wait = draws.whole(3, 12) if screening_ends_early(failed) else draws.whole(29, 36)
    on = consented_at.date() + timedelta(days=wait)
    while on.weekday() >= SATURDAY:
        on += timedelta(days=1)
    screening = draw_screening(
        person=person,
        latent=draw_latent(draws),
        emphasis=profile(draws, MADRS_WEIGHTS),
        design=design,
        opened_at=consented_at + timedelta(minutes=20),
        decided_at=local_moment(on, draws.uniform(10, 16), site.time_zone),
        failed=failed,
        predose_pressure=(draws.whole(108, 134), draws.whole(66, 86)),
        draws=draws,
    )
    # Some findings are about the person: their body is then what the screening says it is.
    facts = screening.facts
    height, weight = facts["height_cm"], facts["weight_kg"]
    if isinstance(height, int) and isinstance(weight, float):
        person = replace(person, height_cm=height, weight_kg=weight)
    return DemoParticipant(
        number=number,
        site=site,
        person=person,
        consented_at=consented_at,
        screening=screening,
        status="SCREEN_FAILED",
    )


def blocked_arms(enrolments: Iterable[Enrolment], *, seed: int, block: int = 4) -> dict[str, Treatment]:
    """Arms for a demonstration without a sealed list: blocks of `block` in each stratum, in the order of the
    draws."""
    waiting: dict[tuple[tuple[str, str], ...], list[Treatment]] = defaultdict(list)
    drawn: dict[str, Treatment] = {}
    streams: dict[tuple[tuple[str, str], ...], Draws] = {}
    for one in sorted(enrolments, key=lambda enrolment: (enrolment.randomized_at, enrolment.number)):
        stratum = tuple(sorted(one.strata.items()))
        stream = streams.setdefault(stratum, Draws(seed, "arms", stratum))
        if not waiting[stratum]:
            half: list[Treatment] = ["esketamine", "placebo"]
            waiting[stratum] = stream.shuffled(half * (block // 2))
        drawn[one.number] = waiting[stratum].pop()
    return drawn
