"""How long a stratum can go on randomizing, told so that nobody learns an arm, a block or a list.

Everything here is known to everybody: how many places were asked for when the list was built, the caps of the
protocol, and who was randomized when and in which stratum. What is truly left of a list is not used, although it knows
no arm: a list ends with a complete block, so whoever could count it down would know where a block ends and, from two
lists or a longer one, how large blocks are. So a list counts as long as it was asked to be, never as it is.

Where the protocol has several lists, each stratum is taken to be drawn from the shortest of them alone: which list
somebody was drawn from is kept from the site as well (docs/decisions/0010-kit-ledger-and-worst-case-stock.md).

The cautious pace is the upper limit of the exact one-sided 95 % interval of a Poisson rate (Garwood 1936, Biometrika
28:437). Together with the pace observed it makes the interval that is told, in the five steps of the stock's outlook.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import exp, fsum, inf, lgamma, log

STEPS = (0, 7, 14, 28, 56)
"""The only answers there are: days for which it surely goes on. The last one means as far as anybody looks."""

RATE_DAYS = 56
"""Days back over which the pace of enrolment is observed."""

LEAST_DAYS = 7
"""A trial younger than this is taken to have run so long: a pace of hours is none."""

CONFIDENCE = 0.95
"""How surely the true pace lies below the cautious one."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that ends: how many it still lets in, and how many it let in of late. `kind` names it."""

    kind: str
    left: int
    recently: int


@dataclass(frozen=True, slots=True)
class Span:
    """Days that are surely covered at the cautious pace and at the observed one; what may end before the horizon."""

    days: int
    days_at_pace: int
    kinds: tuple[str, ...]


@cache
def cautious_count(recently: int) -> float:
    """Return the mean that a Poisson count this small or smaller leaves only 5 in 100 chances to exceed.

    3.00 for none, 4.74 for one, 16.96 for ten. Raises ValueError for a negative count.
    """
    if recently < 0:
        raise ValueError("A count is 0 or more.")
    low, high = float(recently), 2.0 * recently + 10.0
    for _ in range(80):
        middle = (low + high) / 2
        if _at_most(recently, middle) > 1 - CONFIDENCE:
            low = middle
        else:
            high = middle
    return high


def _at_most(count: int, mean: float) -> float:
    """Return the chance that a Poisson variable of this mean is at most `count`."""
    return fsum(exp(n * log(mean) - mean - lgamma(n + 1)) for n in range(count + 1))


def days_of_pace(*, since_first: int | None) -> int:
    """Return over how many days the pace was observed, given the days since the study's first draw (None: none yet)."""
    return RATE_DAYS if since_first is None else min(RATE_DAYS, max(LEAST_DAYS, since_first))


def span_of(limits: Iterable[Limit], *, observed_days: int) -> Span:
    """Return how long all of these limits surely let somebody in, and for how long they do at the observed pace.

    Whoever comes first may come today; others follow at the pace. So a limit that lets n more in holds until n have
    come after them.
    """
    days, at_pace, kinds = STEPS[-1], STEPS[-1], []
    for limit in limits:
        cautious = step_of(limit.left * observed_days / cautious_count(limit.recently))
        observed = limit.left * observed_days / limit.recently if limit.recently else inf
        days = min(days, cautious)
        at_pace = min(at_pace, step_of(observed if limit.left > 0 else 0))
        if cautious < STEPS[-1]:
            kinds.append(limit.kind)
    return Span(days, at_pace, tuple(kinds))


def step_of(days: float) -> int:
    """Return the greatest step that is no more than these days."""
    return max(step for step in STEPS if step <= max(days, 0))
