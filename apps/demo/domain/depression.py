"""How depression moves in the fictional trial: MADRS totals over the visits, and who stays.

Each participant has correlated normal scores, one for the baseline and one for each visit. A visit's score
becomes a total through the quantile of a beta law on 0 to 60 whose mean and spread belong to the arm and the
day. A beta law is used because scores pile up near zero at Day 28: with a normal law neither the published
spread nor the published remission rate could hold.

What is published fixes Day 28 (observed change and its SD, response, remission, and the change carried
forward). The days between were interpolated: that is an assumption. The parameters at Day 28 describe
everybody, those who left included, and are a little worse than the published observed cases, because those
who left had improved less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scipy.special import betaincinv, ndtr

from apps.demo.domain.draws import Draws, clipped

MADRS_DAYS = (2, 8, 15, 22, 28)
MADRS_MAXIMUM = 60

# Baseline: beta on 24 to 54 with mean 37.15 and SD 5.7 (published 37.0 and 37.3, SD 5.7).
BASELINE_RANGE = (24, 54)
BASELINE_SHAPE = (2.55, 3.27)

# Where each visit lies on the scale on which correlation decays by `DECAY` per unit.
POSITION = {2: 0.0, 8: 0.9, 15: 1.7, 22: 2.4, 28: 3.0}
DECAY = 0.72
# Correlation of the score on each day with the baseline.
BASELINE_LINK = {2: 0.50, 8: 0.42, 15: 0.34, 22: 0.28, 28: 0.25}


@dataclass(frozen=True, slots=True)
class Course:
    """One treatment's parameters: (mean, SD) of the total on each day, and who leaves.

    `leaves` is the share of the dosed who stop early, `leaves_slope` how strongly that depends on the early
    score (log odds per SD), `stops_for_event` the share of all dosed who stop for an adverse event.
    """

    totals: Mapping[int, tuple[float, float]]
    leaves: float
    leaving_link: float
    stops_for_event: float


COURSES: Mapping[str, Course] = {
    "esketamine": Course(
        totals={2: (28.6, 9.3), 8: (26.2, 10.0), 15: (22.8, 11.2), 22: (19.6, 12.0), 28: (16.3, 12.7)},
        leaves=0.132,
        leaving_link=0.75,
        stops_for_event=0.070,
    ),
    "placebo": Course(
        totals={2: (30.6, 8.9), 8: (28.2, 10.0), 15: (25.3, 11.6), 22: (22.5, 13.0), 28: (20.25, 14.1)},
        leaves=0.100,
        leaving_link=0.12,
        stops_for_event=0.009,
    ),
}


@dataclass(frozen=True, slots=True)
class Latent:
    """A participant's normal scores: `baseline`, and by day. High is ill. They do not know the arm."""

    baseline: float
    visits: Mapping[int, float]


def draw_latent(draws: Draws) -> Latent:
    """Draw the scores: an autoregressive path over the visits, tied to the baseline."""
    baseline = draws.normal()
    visits: dict[int, float] = {}
    own, before = 0.0, None
    for day in MADRS_DAYS:
        kept = 0.0 if before is None else DECAY ** (POSITION[day] - POSITION[before])
        own = kept * own + (1 - kept * kept) ** 0.5 * draws.normal()
        link = BASELINE_LINK[day]
        visits[day] = link * baseline + (1 - link * link) ** 0.5 * own
        before = day
    return Latent(baseline, visits)


def baseline_total(latent: Latent) -> int:
    """The MADRS total before the first dose."""
    low, high = BASELINE_RANGE
    return round(low + (high - low) * float(betaincinv(*BASELINE_SHAPE, ndtr(latent.baseline))))


def visit_totals(latent: Latent, course: Course) -> dict[int, int]:
    """The MADRS totals of the visits under this treatment, whether or not the participant will be there."""
    totals = {}
    for day, score in latent.visits.items():
        mean, sd = (value / MADRS_MAXIMUM for value in course.totals[day])
        weight = mean * (1 - mean) / (sd * sd) - 1
        share = float(betaincinv(mean * weight, (1 - mean) * weight, ndtr(score)))
        totals[day] = round(clipped(MADRS_MAXIMUM * share, 0, MADRS_MAXIMUM))
    return totals
