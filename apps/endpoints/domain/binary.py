"""Yes-or-no endpoints: response, remission, onset of response; rates and their differences.

Intervals: Wilson's score interval for a rate (Wilson, J Am Stat Assoc 1927;22:209) and Newcombe's hybrid of
two Wilson intervals for a difference (method 10 in Newcombe, Stat Med 1998;17:873), both without continuity
correction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from scipy import stats

from apps.endpoints.domain.locf import derive
from apps.endpoints.domain.results import Interval, MissingRule, NumberNeeded, Rate, RateDifference
from apps.endpoints.domain.values import NotAnalysable, ScoreSeries

# (score, baseline) -> whether the endpoint is reached
Criterion = Callable[[float, float], bool]


def response(*, share: float) -> Criterion:
    """Response: the score fell by at least `share` of the baseline (0.50 in these trials).

    Compared without division, so that exactly half is a response whatever the baseline.
    """
    return lambda score, baseline: baseline - score >= share * baseline and baseline > 0


def remission(*, at_most: float) -> Criterion:
    """Remission: the score is at or below the protocol's cut-off (12 or 10, depending on the trial)."""
    return lambda score, baseline: score <= at_most


def wilson_interval(count: int, denominator: int, *, level: float = 0.95) -> Interval | None:
    """Wilson's interval for a share, or None where nobody was counted.

    :raises NotAnalysable: if the count is negative or larger than the denominator.
    """
    if not 0 <= count <= denominator:
        raise NotAnalysable(f"{count} of {denominator} cannot be a rate.")
    if denominator == 0:
        return None
    z = float(stats.norm.ppf((1 + level) / 2))
    p = count / denominator
    centre = p + z * z / (2 * denominator)
    half = z * (p * (1 - p) / denominator + z * z / (4 * denominator * denominator)) ** 0.5
    scale = 1 + z * z / denominator
    low = 0.0 if count == 0 else (centre - half) / scale
    high = 1.0 if count == denominator else (centre + half) / scale
    return Interval(low, high, level, "Wilson")


def rate(count: int, denominator: int, *, rule: MissingRule, level: float = 0.95) -> Rate:
    """A rate with its Wilson interval."""
    return Rate(count, denominator, rule, wilson_interval(count, denominator, level=level))


def endpoint_rate(
    members: Iterable[str],
    *,
    series: Mapping[str, ScoreSeries],
    day: int,
    reached: Criterion,
    rule: MissingRule,
    level: float = 0.95,
) -> Rate:
    """How many of `members` reached the endpoint on `day`.

    The denominator follows from the rule. Observed cases: those with a baseline and a score on that day.
    Carried forward: those with a baseline and any score after it (LOCF), or with a baseline (BOCF).
    Non-responder: every member; who has no score did not reach it. No rule lets a participant vanish unsaid:
    the denominator is in the result.
    """
    numbers = _distinct(members)
    if rule is MissingRule.NONE:
        raise NotAnalysable("An endpoint at a visit needs a rule for missing data.")
    counts_everybody = rule is MissingRule.NON_RESPONDER
    derived = derive(
        [series[number] for number in numbers if number in series],
        day=day,
        rule=MissingRule.OBSERVED_CASES if counts_everybody else rule,
    ).scores
    count = sum(reached(one.score, one.baseline) for one in derived)
    return rate(count, len(numbers) if counts_everybody else len(derived), rule=rule, level=level)


def _distinct(members: Iterable[str]) -> tuple[str, ...]:
    """Each number once, in order, whatever kind of collection came in."""
    return tuple(sorted(set(members)))


@dataclass(frozen=True, slots=True)
class OnsetRule:
    """Onset of response by an early day, kept to the end; every number is the protocol's.

    Key secondary endpoint of TRANSFORM-1 and -2 (registry record NCT02417064): at least `share` improvement
    by `onset_day`, kept at every later visit to `end_day`; at most `excursions_allowed` of the
    `excursion_days` may fall short, and then improvement must still be at least `excursion_floor`. The end
    day itself may not fall short.
    """

    onset_day: int
    end_day: int
    excursion_days: tuple[int, ...]
    share: float = 0.50
    excursion_floor: float = 0.25
    excursions_allowed: int = 1


def has_onset(series: ScoreSeries, *, rule: OnsetRule) -> bool:
    """Whether response began by the onset day and was kept. A missing visit between shows no response kept:
    no."""
    if series.baseline is None or series.baseline <= 0:
        return False
    responds, holds_floor = response(share=rule.share), response(share=rule.excursion_floor)
    firm = [series.visits.get(rule.onset_day), series.visits.get(rule.end_day)]
    if any(score is None or not responds(score, series.baseline) for score in firm):
        return False
    excursions = 0
    for day in rule.excursion_days:
        if not rule.onset_day < day < rule.end_day:
            continue
        score = series.visits.get(day)
        if score is None or not holds_floor(score, series.baseline):
            return False
        excursions += not responds(score, series.baseline)
    return excursions <= rule.excursions_allowed


def onset_rate(
    members: Iterable[str], *, series: Mapping[str, ScoreSeries], rule: OnsetRule, level: float = 0.95
) -> Rate:
    """Onset of response among all members; who stopped early or has no score did not reach it."""
    numbers = _distinct(members)
    count = sum(has_onset(series[number], rule=rule) for number in numbers if number in series)
    return rate(count, len(numbers), rule=MissingRule.NON_RESPONDER, level=level)


def rate_difference(first: Rate, second: Rate, *, level: float = 0.95) -> RateDifference:
    """First minus second, with Newcombe's interval.

    :raises NotAnalysable: if a denominator is zero, or the two rates treat missing data differently.
    """
    if first.rule is not second.rule:
        raise NotAnalysable("Two rates with different rules for missing data cannot be compared.")
    one = wilson_interval(first.count, first.denominator, level=level)
    two = wilson_interval(second.count, second.denominator, level=level)
    if one is None or two is None or first.value is None or second.value is None:
        raise NotAnalysable("A rate without participants cannot be compared.")
    p, q = first.value, second.value
    low = p - q - ((p - one.low) ** 2 + (two.high - q) ** 2) ** 0.5
    high = p - q + ((one.high - p) ** 2 + (q - two.low) ** 2) ** 0.5
    return RateDifference(first, second, p - q, Interval(low, high, level, "Newcombe"))


def number_needed(difference: RateDifference) -> NumberNeeded:
    """The number needed to treat, from the difference and its interval turned over."""

    def inverse(x: float) -> float:
        return float("inf") if x == 0 else 1 / x

    low, high = inverse(difference.interval.low), inverse(difference.interval.high)
    crosses = not difference.interval.excludes(0)
    value = None if difference.value == 0 else inverse(difference.value)
    return NumberNeeded(
        value, low if crosses else min(low, high), high if crosses else max(low, high), crosses
    )
