"""A scale as observed at each visit; nothing here comes from a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.endpoints.domain.descriptive import VisitChange, change_by_visit
from apps.endpoints.domain.figures import ChangeLine, ChangePoint, change_figure
from apps.endpoints.domain.groups import Group, group_participants
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.document import Block, Cell, Column, Figure, Note, Row, Section, Table
from apps.endpoints.domain.report.left_out import left_out_notes, without_values
from apps.endpoints.domain.report.outcomes import Made, title_of
from apps.endpoints.domain.report.plan import PlannedAnalysis, ReportPlan
from apps.endpoints.domain.report.tally import hidden, seen, spread_cell
from apps.endpoints.domain.results import MissingRule
from apps.endpoints.domain.sets import analysis_set
from apps.endpoints.domain.values import NotAnalysable, ScoreSeries, TrialRecords


def set_groups(records: TrialRecords, plan: ReportPlan, analysis: PlannedAnalysis) -> tuple[Group, ...]:
    """The analysis's set in columns."""
    members = analysis_set(records.participants, definition=analysis.definition).members
    return group_participants(members, arms=plan.arms)


def descriptive_analysis(records: TrialRecords, plan: ReportPlan, analysis: PlannedAnalysis) -> Made:
    """Scores and changes by visit, observed cases.

    :raises NotAnalysable: if nobody has a total on this scale.
    """
    groups = set_groups(records, plan, analysis)
    series = records.series(analysis.instrument)
    if not series:
        raise NotAnalysable(f"No participant has a value of {analysis.instrument_label}.")
    changes = change_by_visit(groups, series=series, days=analysis.days, level=plan.level)
    name, key = analysis.instrument_label, analysis.key
    blocks: list[Block] = []
    if sum(one.change.mean is not None and seen(one.change, plan) for one in changes) > len(groups):
        blocks.append(
            Figure(
                key,
                f"Change of {name} by visit, as observed",
                _figure(groups, changes, series, plan, analysis),
                f"Observed mean change with its {plan.level:.0%} interval; {analysis.better}. Observed cases.",
            )
        )
    blocks.append(
        Table(
            key=key,
            title=f"{name} by visit, observed cases, {analysis.definition.label.lower()}",
            columns=(
                Column("Visit", "start"),
                Column("n"),
                Column("Baseline\nmean (SD)"),
                Column("Score\nmean (SD)"),
                Column("Change\nmean (SD)"),
                Column("Change\nmedian (quartiles), range"),
            ),
            rows=tuple(_rows(groups, changes, plan)),
            notes=(
                "Observed cases: each row describes those with a baseline and a score on that day, and nobody else.",
                *(("More is better on this scale.",) if analysis.higher_is_better else ()),
            ),
        )
    )
    notes: tuple[Note, ...] = left_out_notes(without_values(groups, series, analysis.days), groups, plan)
    return Made(Section(key, title_of(analysis), (*blocks, *notes)))


def _rows(groups: Sequence[Group], changes: Sequence[VisitChange], plan: ReportPlan) -> list[Row]:
    rows: list[Row] = []
    for group in groups:
        rows.append(Row((Cell(f"{group.label} (N = {group.size})"), *(Cell("") for _ in range(5))), "group"))
        for one in changes:
            if one.group != group.label:
                continue
            cells = (
                (
                    Cell(str(one.change.n), one.change.n),
                    wording.mean_sd(one.baseline),
                    wording.mean_sd(one.score),
                    wording.mean_sd(one.change),
                    spread_cell(one.change, plan),
                )
                if seen(one.change, plan) or one.change.n == 0
                else (hidden(plan), *(wording.NONE,) * 4)
            )
            rows.append(Row((Cell(f"Day {one.day}"), *cells), indent=1))
    return rows


def _figure(
    groups: Sequence[Group],
    changes: Sequence[VisitChange],
    series: Mapping[str, ScoreSeries],
    plan: ReportPlan,
    analysis: PlannedAnalysis,
) -> str:
    lines = []
    for group in groups:
        points = [
            ChangePoint(
                one.day,
                one.change.mean,
                one.change.mean_interval.low if one.change.mean_interval else None,
                one.change.mean_interval.high if one.change.mean_interval else None,
                one.change.n,
            )
            for one in changes
            if one.group == group.label and one.change.mean is not None and seen(one.change, plan)
        ]
        with_baseline = sum(n in series and series[n].baseline is not None for n in group.numbers)
        lines.append(ChangeLine(group.brief, tuple(points), with_baseline))
    return change_figure(
        lines,
        key=analysis.key,
        title=f"Change of {analysis.instrument_label} by visit",
        scale_name=analysis.instrument_label,
        counted=MissingRule.OBSERVED_CASES.label,
        baseline_day=plan.baseline_day,
        higher_is_better=analysis.higher_is_better,
    )
