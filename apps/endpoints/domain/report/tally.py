"""Counts and distributions as their reader may see them: whole, or with small numbers of participants withheld."""

from __future__ import annotations

from collections.abc import Sequence

from apps.endpoints.domain.groups import suppress_small
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.document import Cell
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.results import Rate, Summary


def hidden(plan: ReportPlan) -> Cell:
    """What stands for a small count."""
    return Cell(f"<{plan.least_shown}")


def count_cell(count: int, plan: ReportPlan) -> Cell:
    """A number of participants."""
    return hidden(plan) if 0 < count < plan.least_shown else Cell(str(count), count)


def share_cell(rate: Rate, plan: ReportPlan) -> Cell:
    """A number of participants with its percentage of the column."""
    return hidden(plan) if 0 < rate.count < plan.least_shown else wording.count_share(rate)


def rate_cell(rate: Rate, plan: ReportPlan) -> Cell:
    """A rate with its interval; withheld where few reached the endpoint, or few did not."""
    few = 0 < rate.count < plan.least_shown or 0 < rate.denominator - rate.count < plan.least_shown
    return hidden(plan) if few else wording.percent_interval(rate)


def seen(summary: Summary, plan: ReportPlan) -> bool:
    """Whether a distribution may be described: not that of a few, whose values could be told."""
    return summary.n >= plan.least_shown


def spread_cell(summary: Summary, plan: ReportPlan) -> Cell:
    """Median, quartiles and range; pooled without the range, whose ends are single participants."""
    cell = wording.median_range(summary)
    if not plan.pooled or cell.value is None:
        return cell
    kept = tuple(part for part in cell.parts if part[0] in ("q1", "q3"))
    return Cell(f"{cell.text.split('), ')[0]})", cell.value, kept)


def mean_cell(summary: Summary, plan: ReportPlan) -> Cell:
    """Mean and spread, unless they would describe a few."""
    return wording.mean_sd(summary) if seen(summary, plan) or not summary.n else hidden(plan)


def breakdown(counts: Sequence[int], plan: ReportPlan) -> tuple[Cell, ...]:
    """The cells of a complete breakdown, so withheld that no total gives a small one away."""
    shown = suppress_small(counts, threshold=plan.least_shown)
    return tuple(hidden(plan) if count is None else Cell(str(count), count) for count in shown)
