"""The sections about what was observed on the scale: change by visit, response and remission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.endpoints.domain.binary import (
    Criterion,
    endpoint_rate,
    number_needed,
    onset_rate,
    rate_difference,
    remission,
    response,
)
from apps.endpoints.domain.descriptive import VisitChange, change_by_visit
from apps.endpoints.domain.figures import (
    ChangeLine,
    ChangePoint,
    RateBar,
    RateGroup,
    change_figure,
    rates_figure,
)
from apps.endpoints.domain.groups import Group, group_participants
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.document import (
    Block,
    Cell,
    Column,
    Figure,
    Row,
    Section,
    Table,
)
from apps.endpoints.domain.report.people import heading
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.results import MissingRule, Rate
from apps.endpoints.domain.sets import analysis_set
from apps.endpoints.domain.values import ScoreSeries, TrialRecords

RULES = (MissingRule.OBSERVED_CASES, MissingRule.LOCF, MissingRule.NON_RESPONDER)


def full_groups(records: TrialRecords, plan: ReportPlan) -> tuple[Group, ...]:
    """The full analysis set in columns."""
    members = analysis_set(records.participants, definition=plan.full_set).members
    return group_participants(members, arms=plan.arms)


def change_section(records: TrialRecords, plan: ReportPlan) -> Section:
    """What was observed at each visit; nothing in this section comes from a model."""
    groups = full_groups(records, plan)
    series = records.series(plan.instrument)
    changes = change_by_visit(groups, series=series, days=plan.days, level=plan.level)
    label = plan.instrument_label
    caption = f"Observed mean change with its {plan.level:.0%} interval; down is better. Observed cases."
    blocks: tuple[Block, ...] = (
        Figure(
            "change", f"Change of {label} by visit", _change_figure(groups, changes, series, plan), caption
        ),
        Table(
            key="change",
            title=f"{label} by visit, observed cases, {plan.full_set.label.lower()}",
            columns=(
                Column("Visit", "start"),
                Column("n"),
                Column("Baseline\nmean (SD)"),
                Column("Score\nmean (SD)"),
                Column("Change\nmean (SD)"),
                Column("Change\nmedian (quartiles), range"),
            ),
            rows=tuple(_change_rows(groups, changes)),
            notes=(
                "Observed cases: each row describes those with a baseline and a score on that day, and nobody else.",
            ),
        ),
    )
    return Section("change", f"Change of {label}, as observed", blocks)


def _change_rows(groups: Sequence[Group], changes: Sequence[VisitChange]) -> list[Row]:
    rows: list[Row] = []
    for group in groups:
        rows.append(Row((Cell(f"{group.label} (N = {group.size})"), *(Cell("") for _ in range(5))), "group"))
        rows += [
            Row(
                (
                    Cell(f"Day {one.day}"),
                    Cell(str(one.change.n), one.change.n),
                    wording.mean_sd(one.baseline),
                    wording.mean_sd(one.score),
                    wording.mean_sd(one.change),
                    wording.median_range(one.change),
                ),
                indent=1,
            )
            for one in changes
            if one.group == group.label
        ]
    return rows


def _change_figure(
    groups: Sequence[Group],
    changes: Sequence[VisitChange],
    series: Mapping[str, ScoreSeries],
    plan: ReportPlan,
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
            if one.group == group.label and one.change.mean is not None
        ]
        with_baseline = sum(n in series and series[n].baseline is not None for n in group.numbers)
        lines.append(ChangeLine(group.brief, tuple(points), with_baseline))
    return change_figure(
        lines,
        key="change",
        title=f"Change of {plan.instrument_label} by visit",
        scale_name=plan.instrument_label,
        counted=MissingRule.OBSERVED_CASES.label,
        baseline_day=plan.baseline_day,
    )


def rates_section(records: TrialRecords, plan: ReportPlan) -> Section:
    """Response, remission and onset; each rate with its denominator and its rule for missing data."""
    groups = full_groups(records, plan)
    series = records.series(plan.instrument)
    endpoints: tuple[tuple[str, Criterion], ...] = (
        (
            f"Response (at least {plan.response_share:.0%} better than baseline)",
            response(share=plan.response_share),
        ),
        (f"Remission (total at most {plan.remission_at_most:g})", remission(at_most=plan.remission_at_most)),
    )
    rows: list[Row] = []
    comparisons: list[Row] = []
    bars: list[RateGroup] = []
    for name, reached in endpoints:
        rows.append(Row((Cell(name), *(Cell("") for _ in groups)), "group"))
        for rule in RULES:
            rates = [
                endpoint_rate(
                    group.numbers,
                    series=series,
                    day=plan.endpoint_day,
                    reached=reached,
                    rule=rule,
                    level=plan.level,
                )
                for group in groups
            ]
            rows.append(Row((Cell(_sentence(rule.label)), *(_rate_cell(rate) for rate in rates)), indent=1))
            comparisons += _compare(f"{name.split(' (')[0]}, {rule.label}", groups, rates, plan)
            bars.append(RateGroup(f"{name.split(' (')[0]}, {rule.label}", _bars(groups, rates)))
    if plan.onset is not None:
        onset = [
            onset_rate(group.numbers, series=series, rule=plan.onset, level=plan.level) for group in groups
        ]
        name = f"Onset of response by Day {plan.onset.onset_day}, kept to Day {plan.onset.end_day}"
        rows.append(Row((Cell(name), *(Cell("") for _ in groups)), "group"))
        rows.append(
            Row(
                (Cell(_sentence(MissingRule.NON_RESPONDER.label)), *(_rate_cell(one) for one in onset)),
                indent=1,
            )
        )
        comparisons += _compare(f"Onset by Day {plan.onset.onset_day}", groups, onset, plan)
    table = Table(
        key="rates",
        title=f"Response and remission at Day {plan.endpoint_day}, {plan.full_set.label.lower()}",
        columns=(
            Column("Endpoint and rule for missing data", "start"),
            *(heading(group) for group in groups),
        ),
        rows=tuple(rows),
        notes=(f"Percent (participants/denominator), {plan.level:.0%} interval by Wilson's method.",),
    )
    title = f"Response and remission at Day {plan.endpoint_day}"
    blocks: list[Block] = [Figure("rates", title, rates_figure(bars, key="rates", title=title)), table]
    if comparisons:
        blocks.append(
            Table(
                key="rate-differences",
                title="Differences of rates",
                columns=(
                    Column("Endpoint", "start"),
                    Column("Difference, percentage points"),
                    Column(f"{plan.level:.0%} interval"),
                    Column("Number needed to treat"),
                ),
                rows=tuple(comparisons),
                notes=(
                    "Intervals by Newcombe's method; the number needed to treat turns difference and limits over.",
                ),
            )
        )
    return Section("rates", "Response and remission", tuple(blocks))


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _rate_cell(rate: Rate) -> Cell:
    cell = wording.percent(rate)
    if rate.interval is None:
        return cell
    return Cell(f"{cell.text}, {wording.limits(rate.interval, factor=100)}", cell.value)


def _bars(groups: Sequence[Group], rates: Sequence[Rate]) -> tuple[RateBar, ...]:
    return tuple(RateBar(group.brief, rate) for group, rate in zip(groups, rates, strict=True))


def _compare(name: str, groups: Sequence[Group], rates: Sequence[Rate], plan: ReportPlan) -> list[Row]:
    reference = plan.reference_arm
    if reference is None:
        return []
    by_arm = {group.arm: rate for group, rate in zip(groups, rates, strict=True)}
    rows = []
    for arm in plan.compared:
        one, other = by_arm[arm.code], by_arm[reference.code]
        label = name if len(plan.compared) == 1 else f"{name}: {arm.label}"
        if not one.denominator or not other.denominator:
            rows.append(Row((Cell(label), Cell("nobody could be counted"), wording.NONE, wording.NONE)))
            continue
        difference = rate_difference(one, other, level=plan.level)
        rows.append(
            Row(
                (
                    Cell(label),
                    Cell(wording.decimal(100 * difference.value), difference.value),
                    Cell(wording.limits(difference.interval, factor=100)),
                    Cell(wording.needed(number_needed(difference))),
                )
            )
        )
    return rows
