"""Response and remission at every visit, as observed: how soon, and whether it lasts. No hypothesis is tested here."""

from __future__ import annotations

from apps.endpoints.domain.binary import endpoint_rate
from apps.endpoints.domain.figures import CourseLine, CoursePoint, course_figure
from apps.endpoints.domain.report.columns import full_groups
from apps.endpoints.domain.report.document import Block, Cell, Column, Figure, Note, Row, Section, Table
from apps.endpoints.domain.report.estimated import primary_records
from apps.endpoints.domain.report.people import heading
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.report.proportions import criterion_of
from apps.endpoints.domain.report.tally import rate_cell
from apps.endpoints.domain.results import MissingRule, Rate
from apps.endpoints.domain.values import TrialRecords


def over_time_section(records: TrialRecords, plan: ReportPlan) -> Section:
    """Rates by visit, observed cases, with a figure for response and one for remission."""
    groups, series = full_groups(records, plan), primary_records(records, plan).series(plan.instrument)
    blocks: list[Block] = []
    rows: list[Row] = []
    for outcome in ("response", "remission"):
        words, reached = criterion_of(outcome, plan)
        rates: dict[int, list[Rate]] = {
            day: [
                endpoint_rate(
                    group.numbers,
                    series=series,
                    day=day,
                    reached=reached,
                    rule=MissingRule.OBSERVED_CASES,
                    level=plan.level,
                )
                for group in groups
            ]
            for day in plan.days
        }
        lines = tuple(
            CourseLine(
                group.brief,
                tuple(
                    CoursePoint(
                        day,
                        100 * one.value,
                        100 * one.interval.low if one.interval else None,
                        100 * one.interval.high if one.interval else None,
                        one.denominator,
                    )
                    for day in plan.days
                    for one in [rates[day][place]]
                    if one.value is not None and rate_cell(one, plan).value is not None
                ),
            )
            for place, group in enumerate(groups)
        )
        if any(line.points for line in lines):
            title = f"{outcome.capitalize()} by visit, observed cases"
            svg = course_figure(
                lines,
                key=f"{outcome}-by-visit",
                title=title,
                across="Day",
                up="Percent of participants",
                decimals=0,
            )
            blocks.append(
                Figure(f"{outcome}-by-visit", title, svg, f"{words}. With {plan.level:.0%} intervals.")
            )
        rows.append(Row((Cell(words), *(Cell("") for _ in groups)), "group"))
        rows += [
            Row((Cell(f"Day {day}"), *(rate_cell(one, plan) for one in rates[day])), indent=1)
            for day in plan.days
        ]
    table = Table(
        key="rates-by-visit",
        title=f"Response and remission by visit, observed cases, {plan.full_set.label.lower()}",
        columns=(Column("Visit", "start"), *(heading(group) for group in groups)),
        rows=tuple(rows),
        notes=(f"Percent (participants/denominator), {plan.level:.0%} interval by Wilson's method.",),
    )
    note = Note("Beside the plan: nothing here is tested.")
    return Section("over-time", "Response and remission over time", (*blocks, table, note))
