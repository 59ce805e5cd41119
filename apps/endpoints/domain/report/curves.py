"""What a Kaplan-Meier curve shows its reader: shares on days, quartiles, the figure; pooled without a few's times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.endpoints.domain.figures import SurvivalLine, survival_figure
from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.document import Cell, Column, Figure, Row, Table
from apps.endpoints.domain.report.people import heading
from apps.endpoints.domain.report.plan import PlannedAnalysis, PlannedTimes, ReportPlan
from apps.endpoints.domain.report.tally import breakdown, count_cell
from apps.endpoints.domain.survival import QuantileTime, SurvivalCurve
from apps.endpoints.domain.values import NotAnalysable

_WITHHELD = Cell("withheld")
_QUARTILES = ((0.25, "A quarter"), (0.5, "Half (median)"), (0.75, "Three quarters"))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A column with its curve; None where nobody in it was followed."""

    group: Group
    curve: SurvivalCurve | None


def curves_table(
    drawn: Sequence[Drawn], plan: ReportPlan, analysis: PlannedAnalysis, times: PlannedTimes
) -> Table:
    """Followed, with the event, censored; the shares without it on the planned days; quartiles of the time."""
    event = times.event.label
    counts = [
        breakdown([one.curve.events, one.curve.n - one.curve.events], plan)
        if one.curve
        else (wording.NONE,) * 2
        for one in drawn
    ]
    known = [(one.curve, _told(one.curve, analysis.days, plan)) for one in drawn]
    blank = tuple(Cell("") for _ in drawn)
    rows = [
        Row((Cell("Followed"), *(count_cell(one.curve.n if one.curve else 0, plan) for one in drawn))),
        Row((Cell(f"With the event ({event})"), *(cells[0] for cells in counts))),
        Row((Cell("Censored"), *(cells[1] for cells in counts))),
        Row((Cell(f"Without the event, percent ({times.level:.0%} interval)"), *blank), "group"),
        *(
            Row((Cell(f"Day {day}"), *(_share(curve, day, told, plan) for curve, told in known)), indent=1)
            for day in analysis.days
        ),
        Row((Cell(f"Day by which the event came ({times.level:.0%} interval)"), *blank), "group"),
        *(
            Row((Cell(label), *(_quantile(one.curve, share, plan) for one in drawn)), indent=1)
            for share, label in _QUARTILES
        ),
    ]
    notes = [
        f"Days are counted from {times.event.origin.label} (Day 1); without the event {times.event.censor_at.label}. "
        "Kaplan and Meier's estimate with log-log intervals."
    ]
    if plan.pooled:
        notes.append(
            f"Shares that would tell of fewer than {plan.least_shown} participants, and times of as few, are withheld."
        )
    return Table(
        key=analysis.key,
        title=f"{analysis.label}, {analysis.definition.label.lower()}",
        columns=(Column("Measure", "start"), *(heading(one.group) for one in drawn)),
        rows=tuple(rows),
        notes=tuple(notes),
    )


def _told(curve: SurvivalCurve | None, days: Sequence[int], plan: ReportPlan) -> frozenset[int]:
    """The days whose share may be told: none or enough had the event from then to the next day told, and to the end.

    The last day is asked first: it is the one that matters most.
    """
    told: list[int] = []
    if curve is None:
        return frozenset()
    after = curve.events
    for day in reversed(days):
        had = _had(curve, day)
        # Counted from either side, nobody's part may be a few's: not of those with the event, not of the others.
        parts = (after - had, had, curve.n - had)
        if not any(0 < part < plan.least_shown for part in parts):
            told.append(day)
            after = had
    return frozenset(told)


def _had(curve: SurvivalCurve, day: float) -> int:
    return sum(step.events for step in curve.steps if step.time <= day)


def _share(curve: SurvivalCurve | None, day: int, told: frozenset[int], plan: ReportPlan) -> Cell:
    if curve is None:
        return wording.NONE
    if day not in told:
        return _WITHHELD
    try:
        step = curve.at(day)
    except NotAnalysable:
        return Cell("nobody followed so long")
    if step is None:
        return Cell("100.0", 1.0)
    if step.interval is None:
        return Cell("0.0", 0.0)
    low, high = step.interval.low, step.interval.high
    text = f"{100 * step.share:.1f} ({wording.limits(step.interval, factor=100)})"
    return Cell(text, step.share, (("low", low), ("high", high), ("at_risk", curve.at_risk(day))))


def _quantile(curve: SurvivalCurve | None, share: float, plan: ReportPlan) -> Cell:
    if curve is None:
        return wording.NONE
    if 0 < curve.events < plan.least_shown:
        return _WITHHELD
    known = curve.time_by(share)
    if known.value is None and known.low is None:
        return Cell("not reached")
    return Cell(
        f"{_day(known.value)} ({_day(known.low)} to {_day(known.high)})", known.value, tuple(_limits(known))
    )


def _limits(known: QuantileTime) -> list[tuple[str, float]]:
    pairs = (("low", known.low), ("high", known.high))
    return [(name, value) for name, value in pairs if value is not None]


def _day(value: float | None) -> str:
    return "not reached" if value is None else f"{value:g}"


def curves_figure(
    drawn: Sequence[Drawn], plan: ReportPlan, analysis: PlannedAnalysis, times: PlannedTimes
) -> Figure | None:
    """The curves; None where nobody was followed, or where all that could be drawn is a few's."""
    lines = [
        _line(one.group, one.curve, plan, analysis.days)
        for one in drawn
        if one.curve is not None and not 0 < one.curve.events < plan.least_shown
    ]
    if not lines:
        return None
    # Curves that stay high are told apart only where the axis does not begin at nought; the caption says so.
    bottom = min(line.share(line.until) for line in lines)
    lowest = 0.5 if bottom >= 0.6 else 0.0
    caption = f"Share without the event ({times.event.label}) by day from {times.event.origin.label}. "
    caption += "The axis begins at 50 percent. " if lowest else ""
    caption += (
        f"Drawn in steps of at least {plan.least_shown} participants, without single days and without those at risk."
        if plan.pooled
        else "A tick is somebody censored; beneath, how many were still followed and without the event."
    )
    svg = survival_figure(
        lines, key=analysis.key, title=analysis.label, across="Day", up="Without the event", lowest=lowest
    )
    return Figure(analysis.key, analysis.label, svg, caption)


def _line(group: Group, curve: SurvivalCurve, plan: ReportPlan, days: Sequence[int]) -> SurvivalLine:
    beneath = (1, *(day for day in days if day > 1))
    if not plan.pooled:
        steps = tuple((step.time, step.share) for step in curve.steps)
        at_risk = tuple((day, str(curve.at_risk(day))) for day in beneath)
        return SurvivalLine(group.brief, steps, curve.censored, curve.last_seen, at_risk)
    # How many were at risk on a day, beside the steps, would tell of single participants.
    merged = _merged(curve, plan, days)
    until = max([min(float(days[-1]), curve.last_seen), *(day for day, _ in merged)])
    counts = tuple((day, str(curve.n) if day == 1 else wording.NONE.text) for day in beneath)
    return SurvivalLine(group.brief, merged, (), until, counts)


def _merged(curve: SurvivalCurve, plan: ReportPlan, days: Sequence[int]) -> tuple[tuple[float, float], ...]:
    """Steps of several at once, so that no step, and no share told in the table, parts a few from the others."""
    ends = sorted({curve.events, *(_had(curve, day) for day in _told(curve, days, plan))} - {0})
    shown: list[tuple[float, float]] = []
    had = last = 0
    for step in curve.steps:
        had += step.events
        end = next(one for one in ends if one >= had)
        enough = had - last >= plan.least_shown and (had == end or end - had >= plan.least_shown)
        if enough and not 0 < curve.n - had < plan.least_shown:
            shown.append((step.time, step.share))
            last = had
    return tuple(shown)
