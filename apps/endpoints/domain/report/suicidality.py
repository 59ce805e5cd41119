"""The section about suicidal ideation and behavior: from before the first dose to the worst after it."""

from __future__ import annotations

from apps.endpoints.domain.report.columns import safety_groups
from apps.endpoints.domain.report.document import Block, Cell, Column, Note, Paragraph, Row, Section, Table
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.report.tally import breakdown, count_cell
from apps.endpoints.domain.tolerability import SUICIDALITY_CLASSES, shift_table
from apps.endpoints.domain.values import TrialRecords

KEY, TITLE = "suicidality", "Suicidal ideation and behavior"


def suicidality_section(records: TrialRecords, plan: ReportPlan) -> Section:
    """The shift table of the C-SSRS by column, and how many got worse than before the first dose."""
    if not records.suicidality:
        return Section(KEY, TITLE, (Paragraph("No rating of the C-SSRS has been received."),))
    groups = safety_groups(records, plan)
    columns = shift_table(
        groups,
        baseline={one.number: one.before for one in records.suicidality},
        later={one.number: (one.after,) for one in records.suicidality if one.after is not None},
    )
    labels = [one.label for one in SUICIDALITY_CLASSES]
    rows: list[Row] = []
    for column in columns:
        head = f"{column.group.label} (n = {column.counted})"
        rows.append(Row((Cell(head), *(Cell("") for _ in labels)), "group"))
        flat = breakdown([count for line in column.cells for count in line], plan)
        for place, label in enumerate(labels):
            cells = flat[place * len(labels) : (place + 1) * len(labels)]
            rows.append(Row((Cell(label), *cells), indent=1))
    table = Table(
        key=KEY,
        title="Most severe category of the C-SSRS: before the first dose (rows) and after it (columns)",
        columns=(Column("Before the first dose", "start"), *(Column(label) for label in labels)),
        rows=tuple(rows),
        notes=("Participants of the safety set with a rating before and after the first dose.",),
    )
    worse = Table(
        key="suicidality-emergent",
        title="Worse than before the first dose, and without a rating",
        columns=(Column("", "start"), *(Column(column.group.label) for column in columns)),
        rows=(
            Row((Cell("Worse category than before"), *(count_cell(one.emergent, plan) for one in columns))),
            Row(
                (
                    Cell("No rating before the first dose"),
                    *(count_cell(one.without_baseline, plan) for one in columns),
                )
            ),
            Row(
                (
                    Cell("No rating after the first dose"),
                    *(count_cell(one.without_later, plan) for one in columns),
                )
            ),
        ),
    )
    blocks: tuple[Block, ...] = (
        table,
        worse,
        Note("Ratings of the scale; what was said in a session is among the findings and adverse events."),
    )
    return Section(KEY, TITLE, blocks)
