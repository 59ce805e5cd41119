"""Descriptive statistics: what was observed, with no model behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.results import Interval, MissingRule, Rate, Summary
from apps.endpoints.domain.values import NotAnalysable, ScoreSeries


def summarize(values: Iterable[float], *, level: float = 0.95) -> Summary:
    """n, mean, SD, median, quartiles, range, and the t interval of the mean (from two values on).

    :raises NotAnalysable: if a value is not a finite number.
    """
    data = np.asarray(sorted(values), dtype=float)
    if not np.isfinite(data).all():
        raise NotAnalysable("A value is not a finite number.")
    n = int(data.size)
    if n == 0:
        return Summary(0, None, None, None, None, None, None, None, None)
    q1, median, q3 = (float(np.quantile(data, q, method="averaged_inverted_cdf")) for q in (0.25, 0.5, 0.75))
    mean = float(data.mean())
    sd = float(data.std(ddof=1)) if n > 1 else None
    interval = None
    if sd is not None:
        half = float(stats.t.ppf((1 + level) / 2, n - 1)) * sd / n**0.5
        interval = Interval(mean - half, mean + half, level, "t interval of the observed mean")
    return Summary(n, mean, sd, median, q1, q3, float(data[0]), float(data[-1]), interval)


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A characteristic that is measured: one summary per column, and how many of the column lack the
    value."""

    name: str
    summaries: tuple[Summary, ...]
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A characteristic that is counted: for each of its levels one rate per column, among those with a
    value."""

    name: str
    levels: tuple[tuple[str, tuple[Rate, ...]], ...]
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BaselineTable:
    """Who the participants were when they came in."""

    groups: tuple[Group, ...]
    rows: tuple[NumberRow | CategoryRow, ...]


def baseline_table(groups: Sequence[Group], *, names: Sequence[str]) -> BaselineTable:
    """Summarise the named characteristics in each column, in the order given.

    :raises NotAnalysable: if a characteristic is a number for one participant and a text for another.
    """
    return BaselineTable(tuple(groups), tuple(_baseline_row(groups, name) for name in names))


def _baseline_row(groups: Sequence[Group], name: str) -> NumberRow | CategoryRow:
    columns = [[one.characteristics.get(name) for one in group.members] for group in groups]
    missing = tuple(sum(value is None for value in column) for column in columns)
    numbers = [[value for value in column if isinstance(value, (int, float))] for column in columns]
    texts = [[value for value in column if isinstance(value, str)] for column in columns]
    if any(numbers) and any(texts):
        raise NotAnalysable(f"{name} holds numbers for some participants and words for others.")
    if not any(texts):
        return NumberRow(name, tuple(summarize(column) for column in numbers), missing)
    counts = [Counter(column) for column in texts]
    levels = tuple(
        (level, tuple(Rate(c[level], c.total(), MissingRule.OBSERVED_CASES, None) for c in counts))
        for level in sorted({text for column in texts for text in column})
    )
    return CategoryRow(name, levels, missing)


@dataclass(frozen=True, slots=True)
class VisitChange:
    """Observed scores and changes of one column at one visit."""

    group: str
    arm: str | None
    day: int
    baseline: Summary
    score: Summary
    change: Summary
    rule: MissingRule = MissingRule.OBSERVED_CASES


def change_by_visit(
    groups: Sequence[Group], *, series: Mapping[str, ScoreSeries], days: Sequence[int], level: float = 0.95
) -> tuple[VisitChange, ...]:
    """Observed cases: at each visit those with a baseline and a score on that day, and nobody else.

    The baseline of each row is that of the same participants, so that the three summaries describe one set of
    people.
    """
    rows = []
    for group in groups:
        members = [series[one.number] for one in group.members if one.number in series]
        for day in days:
            seen = [item for item in members if item.baseline is not None and day in item.visits]
            rows.append(
                VisitChange(
                    group=group.label,
                    arm=group.arm,
                    day=day,
                    baseline=summarize(
                        [item.baseline for item in seen if item.baseline is not None], level=level
                    ),
                    score=summarize([item.visits[day] for item in seen], level=level),
                    change=summarize(
                        [c for item in seen if (c := item.change(day)) is not None], level=level
                    ),
                )
            )
    return tuple(rows)
