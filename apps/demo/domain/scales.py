"""Turning totals into items: a plausible way in which a scale could have added up to what it did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.demo.domain.draws import Draws, clipped
from apps.demo.domain.values import DemoRating

# How heavily each MADRS item usually weighs: sadness and inability to feel high, suicidal thoughts low.
MADRS_WEIGHTS = (1.15, 1.25, 1.05, 1.05, 0.70, 1.10, 1.15, 1.20, 0.95, 0.40)
MADRS_ITEM_MAXIMUM = 6
PHQ_WEIGHTS = (1.2, 1.3, 1.1, 1.2, 0.9, 1.1, 1.0, 0.7, 0.5)
PHQ_ITEM_MAXIMUM = 3
SDS_WEIGHTS = (1.0, 1.05, 0.95)
SDS_ITEM_MAXIMUM = 10
GAD_WEIGHTS = (1.1, 1.1, 1.2, 1.1, 0.8, 1.0, 0.7)
CADSS_ITEMS = 23
CADSS_ITEM_MAXIMUM = 4


def profile(draws: Draws, weights: Sequence[float]) -> tuple[float, ...]:
    """A person's own emphasis over the items of a scale, kept from visit to visit."""
    return tuple(weight * 2.718281828 ** draws.normal(0, 0.25) for weight in weights)


def spread(total: int, emphasis: Sequence[float], *, maximum: int, draws: Draws) -> tuple[int, ...]:
    """Items between 0 and `maximum` that add up to `total` exactly, in proportion to the emphasis with some
    noise."""
    count = len(emphasis)
    if not 0 <= total <= count * maximum:
        raise ValueError(f"{count} items of at most {maximum} cannot add up to {total}.")
    noisy = [weight * draws.uniform(0.75, 1.25) for weight in emphasis]
    scale = total / sum(noisy)
    items = [min(int(weight * scale), maximum) for weight in noisy]
    left = total - sum(items)
    while left:
        # Give the next point to the item that is furthest below its share and not yet full.
        room = [i for i in range(count) if items[i] < maximum]
        best = max(room, key=lambda i: noisy[i] * scale - items[i])
        items[best] += 1
        left -= 1
    return tuple(items)


def few_items(total: int, *, count: int, maximum: int, draws: Draws) -> tuple[int, ...]:
    """Items of a scale on which most stay zero: points fall one by one, rather where there is one already."""
    items = [0] * count
    for _ in range(min(total, count * maximum)):
        weights = [0.0 if item == maximum else 1.0 + 1.5 * item for item in items]
        items[draws.pick(range(count), weights)] += 1
    return tuple(items)


def depression_scales(
    madrs: int, *, instruments: Sequence[str], draws: Draws, at: datetime, visit: str, works: bool
) -> tuple[DemoRating, ...]:
    """The other scales that go with a MADRS total: PHQ-9 and SDS move about 0.6 points for each MADRS point.

    Whoever does not work leaves the first SDS item empty, and then there is no SDS total.
    """
    ill = madrs - 37
    phq = round(clipped(20 + 0.60 * ill + draws.normal(0, 2.8), 0, 27))
    sds = round(clipped(24 + 0.62 * ill + draws.normal(0, 3.2), 0, 30))
    gad = round(clipped(12.5 + 0.36 * ill + draws.normal(0, 3), 0, 21))
    severity = round(clipped(5.2 + 0.105 * ill + draws.normal(0, 0.4), 1, 7))
    items: dict[str, tuple[int | None, ...]] = {
        "PHQ9": spread(phq, PHQ_WEIGHTS, maximum=PHQ_ITEM_MAXIMUM, draws=draws),
        "SDS": spread(sds, SDS_WEIGHTS, maximum=SDS_ITEM_MAXIMUM, draws=draws),
        "GAD7": spread(gad, GAD_WEIGHTS, maximum=PHQ_ITEM_MAXIMUM, draws=draws),
        "CGIS": (severity,),
    }
    if not works:
        items["SDS"] = (None, *items["SDS"][1:])
    return tuple(DemoRating(name, visit, "", at, items[name]) for name in instruments if name in items)


#: Of five levels each: how heavily mobility, self-care, usual activities, pain and anxiety weigh in depression.
_HEALTH_WEIGHTS = (0.35, 0.45, 1.15, 0.75, 1.30)


def health_today(madrs: int, *, draws: Draws, at: datetime, visit: str) -> DemoRating:
    """EQ-5D-5L that goes with a MADRS total: five levels, and a visual analogue scale that rises as the MADRS falls."""
    levels = tuple(
        round(clipped(1 + weight * madrs / 15 + draws.normal(0, 0.5), 1, 5)) for weight in _HEALTH_WEIGHTS
    )
    scale = round(clipped(84 - 1.1 * madrs + draws.normal(0, 9), 0, 100))
    return DemoRating("EQ5D5L", visit, "", at, (*levels, scale))


#: How participants guess, from "certainly the study drug" to "certainly the placebo". Certain right guesses as
#: published for such a trial (about three in four on the drug, about half on placebo); the rest is ours.
_BELIEFS = {True: (0.72, 0.10, 0.10, 0.05, 0.03), False: (0.10, 0.10, 0.20, 0.13, 0.47)}


def treatment_guess(*, on_drug: bool, draws: Draws, at: datetime, visit: str) -> DemoRating:
    """What a participant believes they had, asked at the end of treatment."""
    return DemoRating("GUESS", visit, "", at, (draws.pick((1, 2, 3, 4, 5), _BELIEFS[on_drug]),))
