"""The sections about people: where they went, and who they were."""

from __future__ import annotations

from collections.abc import Sequence

from apps.endpoints.domain.descriptive import CategoryRow, NumberRow, baseline_table
from apps.endpoints.domain.figures import consort_figure
from apps.endpoints.domain.flow import ParticipantFlow, participant_flow
from apps.endpoints.domain.groups import Group, group_participants, suppress_small
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.document import Block, Cell, Column, Figure, Note, Row, Section, Table
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.report.tally import count_cell, mean_cell, seen, spread_cell
from apps.endpoints.domain.results import Rate
from apps.endpoints.domain.sets import analysis_set
from apps.endpoints.domain.values import TrialRecords


def heading(group: Group) -> Column:
    """A column's label with its number of participants below."""
    return Column(f"{group.label}\nN = {group.size}")


def flow_section(records: TrialRecords, plan: ReportPlan) -> Section:
    """Screening failures, and the flow by arm."""
    flow = participant_flow(records.participants, arms=plan.arms)
    figure = Figure(
        key="flow",
        title="Participant flow",
        svg=consort_figure(
            flow,
            key="flow",
            title="Participant flow",
            reason_labels=dict(plan.reason_labels),
            hide_below=plan.hide_below if plan.pooled else 0,
        ),
        caption="A screening failure counts once, under the first criterion that was not met.",
    )
    blocks: list[Block] = [figure, _failures(flow, plan)]
    return Section("flow", "Participant flow", tuple(blocks))


def _failures(flow: ParticipantFlow, plan: ReportPlan) -> Table:
    counts = [reason.count for reason in flow.screen_failed_by_reason]
    shown = suppress_small(counts, threshold=plan.least_shown)
    rows = [
        Row((Cell(_reason(reason.reason, plan)), Cell(str(count), count)))
        for reason, count in zip(flow.screen_failed_by_reason, shown, strict=True)
        if count is not None
    ]
    hidden = sum(counts) - sum(count for count in shown if count is not None)
    if hidden:
        rows.append(Row((Cell("Other criteria, each with few participants"), Cell(str(hidden), hidden))))
    rows.append(
        Row((Cell("All screening failures"), Cell(str(flow.screen_failed), flow.screen_failed)), "total")
    )
    return Table(
        key="screening-failures",
        title="Why screening failed",
        columns=(Column("First criterion not met", "start"), Column("Participants")),
        rows=tuple(rows),
    )


def _reason(code: str, plan: ReportPlan) -> str:
    words = plan.reason_labels.get(code, "")
    return f"{code} {words}" if words and not words.startswith(code) else words or code


def baseline_section(records: TrialRecords, plan: ReportPlan) -> Section:
    """Who the participants of the full analysis set were."""
    members = analysis_set(records.participants, definition=plan.full_set).members
    groups = group_participants(members, arms=plan.arms, total=plan.arms is not None)
    # Without a list in the plan: whatever the records hold, in the order in which it is met.
    names = plan.characteristics or tuple(
        dict.fromkeys(name for one in members for name in one.characteristics)
    )
    table = baseline_table(groups, names=names)
    rows: list[Row] = []
    for item in table.rows:
        rows += (
            _number_rows(item, groups, plan) if isinstance(item, NumberRow) else _category_rows(item, plan)
        )
    shown = Table(
        key="baseline",
        title=f"Baseline characteristics, {plan.full_set.label.lower()}",
        columns=(Column("Characteristic", "start"), *(heading(group) for group in groups)),
        rows=tuple(rows),
        notes=("Counts with percentages of participants with a value; other rows as named.",),
    )
    note = Note("No test compares the arms at baseline: whatever differs there differs by chance.")
    return Section("baseline", "Participants at baseline", (shown,) if plan.pooled else (shown, note))


def _number_rows(item: NumberRow, groups: Sequence[Group], plan: ReportPlan) -> list[Row]:
    dashes = tuple(Cell("") for _ in groups)
    rows = [
        Row((Cell(item.name), *dashes), "group"),
        Row((Cell("Mean (SD)"), *(mean_cell(s, plan) for s in item.summaries)), indent=1),
        Row(
            (
                Cell("Median (quartiles)" if plan.pooled else "Median (quartiles), range"),
                *(spread_cell(s, plan) if seen(s, plan) else wording.NONE for s in item.summaries),
            ),
            indent=1,
        ),
    ]
    if any(item.missing):
        rows.append(Row((Cell("Missing"), *(count_cell(n, plan) for n in item.missing)), indent=1))
    return rows


def _category_rows(item: CategoryRow, plan: ReportPlan) -> list[Row]:
    columns = len(item.missing)
    hidden = [
        suppress_small([rates[place].count for _, rates in item.levels], threshold=plan.least_shown)
        for place in range(columns)
    ]

    def cell(rate: Rate, shown: int | None) -> Cell:
        return wording.count_share(rate) if shown is not None else Cell(f"<{plan.hide_below}")

    rows = [Row((Cell(item.name), *(Cell("") for _ in range(columns))), "group")]
    for number, (level, rates) in enumerate(item.levels):
        cells = [cell(rate, hidden[place][number]) for place, rate in enumerate(rates)]
        rows.append(Row((Cell(level), *cells), indent=1))
    if any(item.missing):
        rows.append(Row((Cell("Missing"), *(count_cell(n, plan) for n in item.missing)), indent=1))
    return rows
